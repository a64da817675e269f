using GpuVae.Kernels.Gpu.Gemm;
using ILGPU;

namespace GpuVae.Kernels.Gpu.Cuda;

/// <summary>
/// What <see cref="GemmEnd{TEpilogue}"/> does, with the same bits, where the sums of a tile lie in shared memory: a thread takes its rows one
/// after the other, and of each its four columns at once.
/// </summary>
/// <remarks>
/// What an element needs, parts of its sum and what the epilogue reads, is read for four before one is stored, at places that C has
/// whatever the sizes: loads between stores, or in branches, would wait for each other. The rows are a loop, because ILGPU and the
/// assembler take their time for each copy of an epilogue, and functions here take numbers, because it takes its time for each record.
/// </remarks>
internal static class AsyncGemmEnd<TEpilogue>
    where TEpilogue : struct, IGemmEpilogue
{
    /// <summary>Takes the sums of a tile, or a part of them, to C.</summary>
    /// <param name="m">Rows of C.</param>
    /// <param name="n">Columns of C.</param>
    /// <param name="thread">Whose elements they are; <see cref="TileThread.Free"/> is behind the sums.</param>
    /// <param name="operands">What the epilogue reads.</param>
    /// <param name="outputs">What is written.</param>
    /// <param name="shared">The sums (Rows, Columns + 1), which all threads have put there.</param>
    public static void StoreAndFinish(
        int m, int n, TileThread thread, EpilogueOperands operands, GemmOutputs outputs, ArrayView<float> shared)
    {
        int splits = thread.Place.Splits;
        int rows = Math.Min(thread.Rows, m - thread.FirstRow);
        int column = thread.FirstColumn + thread.Lane; // of the first of four
        int step = thread.Lanes;
        int tiles = 1; // what is left of them to this group
        if (splits > 1)
        {
            int offset = thread.Place.Split * outputs.C.IntLength;
            for (int r = thread.RowThread; r < rows; r += thread.RowThreads)
            {
                Float4 part = Take(shared, (r * (thread.Columns + 1)) + thread.Lane, step);
                Put(column, step, n, offset + ((thread.FirstRow + r) * n), part, outputs.Parts);
            }
            tiles = GemmEnd<TEpilogue>.CountLastOfTile(thread, outputs, shared);
        }
        if (tiles == 1)
        {
            for (int r = thread.RowThread; r < rows; r += thread.RowThreads)
            {
                int start = (thread.FirstRow + r) * n;
                Float4 sums = splits > 1
                    ? SumOfParts(column, step, n, start, splits, outputs.C.IntLength, outputs.Parts)
                    : Take(shared, (r * (thread.Columns + 1)) + thread.Lane, step);
                (float value0, float loss0) = Apply(column, n, start, sums.X, operands);
                (float value1, float loss1) = Apply(column + step, n, start, sums.Y, operands);
                (float value2, float loss2) = Apply(column + (2 * step), n, start, sums.Z, operands);
                (float value3, float loss3) = Apply(column + (3 * step), n, start, sums.W, operands);
                Put(column, step, n, start, new Float4(value0, value1, value2, value3), outputs.C);
                if (TEpilogue.HasLoss)
                {
                    float loss = column < n ? loss0 : 0f;
                    loss += column + step < n ? loss1 : 0f;
                    loss += column + (2 * step) < n ? loss2 : 0f;
                    loss += column + (3 * step) < n ? loss3 : 0f;
                    shared[thread.LossPlace(r, thread.Lane)] = loss;
                }
            }
            if (splits > 1)
                GemmEnd<TEpilogue>.AddRowParts(m, thread, outputs);
            if (TEpilogue.HasLoss)
                GemmEnd<TEpilogue>.SumLosses(m, thread, outputs, shared);
        }
    }

    /// <summary>Four sums of a row of the tile.</summary>
    private static Float4 Take(ArrayView<float> shared, int place, int step) =>
        new(shared[place], shared[place + step], shared[place + (2 * step)], shared[place + (3 * step)]);

    /// <summary>The sums of all parts of four elements, in the order of parts.</summary>
    private static Float4 SumOfParts(
        int column, int step, int n, int start, int splits, int length, ArrayView<float> parts)
    {
        int place0 = start + Math.Min(column, n - 1), place1 = start + Math.Min(column + step, n - 1);
        int place2 = start + Math.Min(column + (2 * step), n - 1), place3 = start + Math.Min(column + (3 * step), n - 1);
        Float4 sums = default;
        for (int split = 0; split < splits; split++)
        {
            sums = sums.Add(new(parts[place0], parts[place1], parts[place2], parts[place3]));
            place0 += length;
            place1 += length;
            place2 += length;
            place3 += length;
        }
        return sums;
    }

    private static (float Value, float Loss) Apply(int column, int n, int start, float sum, EpilogueOperands operands)
    {
        int inside = Math.Min(column, n - 1);
        return TEpilogue.Apply(sum, inside, start + inside, operands);
    }

    /// <summary>Stores four elements of a row, as far as C has them.</summary>
    private static void Put(int column, int step, int n, int start, Float4 values, ArrayView<float> target)
    {
        if (column < n)
            target[start + column] = values.X;
        if (column + step < n)
            target[start + column + step] = values.Y;
        if (column + (2 * step) < n)
            target[start + column + (2 * step)] = values.Z;
        if (column + (3 * step) < n)
            target[start + column + (3 * step)] = values.W;
    }
}
