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

    /// <summary>For loops over <paramref name="length"/> elements that start at the global index and step by the grid.</summary>
    public KernelConfig Elements(int length) =>
        new(Math.Min(DivideUp(length, groupLimit), elementGroups), groupLimit);

    /// <summary>A group for each row of (<paramref name="rows"/>, <paramref name="columns"/>), a power of two of threads.</summary>
    public KernelConfig Rows(int rows, int columns)
    {
        int group = Math.Min(32, groupLimit);
        while (group < columns && group < groupLimit)
            group *= 2;
        return new(rows, group);
    }

    /// <summary>Groups that each sum some columns: threads (columns, parts of the rows), the second a power of two.</summary>
    public KernelConfig Columns(int columns)
    {
        int width = Math.Min(32, groupLimit);
        return new(new Index2D(DivideUp(columns, width), 1), new Index2D(width, groupLimit / width));
    }

    /// <summary>The largest tile that the device can run and that leaves it two tiles for each multiprocessor.</summary>
    public TileSize Tile(int rows, int columns)
    {
        if (groupLimit == 1)
            return TileSize.Host;
        if (groupLimit < TileThreads<LargeTile>())
            return TileSize.Small;
        return (long)DivideUp(rows, 64) * DivideUp(columns, 64) < 2 * multiprocessors ? TileSize.Small : TileSize.Large;
    }

    /// <summary>A group for each tile of C.</summary>
    public static KernelConfig Tiles<TTile>(int rows, int columns)
        where TTile : struct, ITile =>
        new(
            new Index2D(DivideUp(columns, 4 * TTile.ThreadColumns), DivideUp(rows, 4 * TTile.ThreadRows)),
            new Index2D(TTile.ThreadColumns, TTile.ThreadRows));

    private static int TileThreads<TTile>()
        where TTile : struct, ITile => TTile.ThreadRows * TTile.ThreadColumns;

    private static int DivideUp(int value, int divisor) => (int)(((long)value + divisor - 1) / divisor);
}

/// <summary>Which <see cref="ITile"/> a product uses.</summary>
internal enum TileSize
{
    /// <summary><see cref="LargeTile"/>.</summary>
    Large,

    /// <summary><see cref="SmallTile"/>.</summary>
    Small,

    /// <summary><see cref="HostTile"/>.</summary>
    Host,
}
