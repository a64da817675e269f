namespace GpuVae.Distributed;

/// <summary>The rows of a batch that a rank takes.</summary>
/// <param name="First">The first row, a multiple of four: so many numbers a block of <see cref="Kernels.Philox"/> gives.</param>
/// <param name="Count">How many; none where there are fewer blocks of four than ranks.</param>
internal readonly record struct BatchSlice(int First, int Count)
{
    /// <summary>Rows that stay together.</summary>
    public const int Block = 4;

    /// <summary>What a rank takes of so many rows: blocks of four, which differ by one from rank to rank at most.</summary>
    public static BatchSlice Of(int rows, int rank, int size)
    {
        int blocks = (rows + Block - 1) / Block;
        int first = Start(blocks, rows, rank, size);
        return new BatchSlice(first, Start(blocks, rows, rank + 1, size) - first);
    }

    // The first ranks take the more, so that a batch of one block is rank 0's.
    private static int Start(int blocks, int rows, int rank, int size) =>
        (int)Math.Min(rows, Block * ((((long)blocks * rank) + size - 1) / size));

    /// <summary>The part of a batch that each rank has.</summary>
    public static float[] Weights(int rows, int size) =>
        [.. Enumerable.Range(0, size).Select(rank => (float)Of(rows, rank, size).Count / rows)];
}
