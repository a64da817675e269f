using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Ilgpu;

/// <summary>
/// Groups and grids that suit a device; what it can run is asked once. A device that cannot run the threads of the
/// smallest GPU tile in a group gets groups of one.
/// </summary>
internal sealed class LaunchShapes
{
    /// <summary>Threads that <see cref="GroupSum"/> has room for.</summary>
    public const int MaximumGroup = 256;

    private readonly int groupLimit;
    private readonly int multiprocessors;
    private readonly int elementGroups;

    /// <summary>Asks <paramref name="accelerator"/> for its limits.</summary>
    public LaunchShapes(Accelerator accelerator)
    {
        multiprocessors = Math.Max(accelerator.NumMultiprocessors, 1);
        groupLimit = 1;
        if (accelerator.MaxNumThreadsPerGroup >= TileThreads<SmallTile>())
        {
            while (groupLimit * 2 <= Math.Min(accelerator.MaxNumThreadsPerGroup, MaximumGroup))
                groupLimit *= 2;
        }
        // A GPU hides the latency of memory behind other groups; the CPU accelerator runs one on each multiprocessor.
        elementGroups = accelerator.AcceleratorType == AcceleratorType.CPU ? multiprocessors : 32 * multiprocessors;
    }

    /// <summary>For loops over so many elements that start at the global index and step by the grid.</summary>
    public KernelConfig Elements(int length) =>
        new(Math.Min(DivideUp(length, groupLimit), elementGroups), groupLimit);

    /// <summary>A group for each row of a matrix, with a power of two of threads.</summary>
    public KernelConfig Rows(int rows, int columns)
    {
        int group = Math.Min(32, groupLimit);
        while (group < columns && group < groupLimit)
            group *= 2;
        return new(rows, group);
    }

    /// <summary>Groups that each sum some columns: threads (columns, row parts), the second a power of two.</summary>
    public KernelConfig Columns(int columns)
    {
        int width = Math.Min(32, groupLimit);
        return new(new Index2D(DivideUp(columns, width), 1), new Index2D(width, groupLimit / width));
    }

    /// <summary>
    /// How to cut up C (<paramref name="m"/>, <paramref name="n"/>): the largest tile that the device can run and that
    /// leaves it two tiles for each multiprocessor (one of those of tensor cores, which are four times as large).
    /// </summary>
    public ProductPlan Plan(bool usesTensorCores, int m, int n, int k)
    {
        TileKind tile;
        if (usesTensorCores)
        {
            tile = Tiles(m, n, 128) < multiprocessors ? TileKind.SmallTensor : TileKind.LargeTensor;
        }
        else if (groupLimit == 1)
        {
            tile = TileKind.Host;
        }
        else
        {
            tile = groupLimit < TileThreads<LargeTile>() || Tiles(m, n, 64) < 2 * multiprocessors ? TileKind.Small
                : Tiles(m, n, 128) < 2 * multiprocessors ? TileKind.Large
                : TileKind.Wide;
        }
        return ProductPlan.Make(tile, m, n, k, multiprocessors);
    }

    /// <summary>A thread for each element of a matrix, groups along its rows.</summary>
    public KernelConfig Parts(int rows, int columns)
    {
        int width = Math.Min(128, groupLimit);
        return new(new Index2D(DivideUp(columns, width), rows), new Index2D(width, 1));
    }

    private static long Tiles(int rows, int columns, int side) =>
        (long)DivideUp(rows, side) * DivideUp(columns, side);

    private static int TileThreads<TTile>()
        where TTile : struct, ITile => TTile.ThreadRows * TTile.ThreadColumns;

    /// <summary>⌈value / divisor⌉.</summary>
    public static int DivideUp(int value, int divisor) => (int)(((long)value + divisor - 1) / divisor);
}
