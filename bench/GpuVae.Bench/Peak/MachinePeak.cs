using GpuVae.Bench.Reports;

namespace GpuVae.Bench.Peak;

/// <summary>A place that data may be in.</summary>
/// <param name="Name">L2, L3 or DRAM.</param>
/// <param name="OneCore">Bytes of a working set that lies there and belongs to one core.</param>
/// <param name="AllCores">The same, shared out to all cores.</param>
internal sealed record MemoryLevel(string Name, long OneCore, long AllCores);

/// <summary>The limits that other figures are shares of.</summary>
/// <param name="Flops">Multiply-adds of all cores, in FLOP/s.</param>
/// <param name="Triad">Bytes a second of all cores, by <see cref="Levels"/>.</param>
internal sealed record MachinePeak(double Flops, IReadOnlyList<double> Triad)
{
    /// <summary>
    /// Half of a cache is the size that lies there with room for the rest of the process; four times the third level
    /// lies in none.
    /// </summary>
    public static IReadOnlyList<MemoryLevel> Levels { get; } =
    [
        new("L2", Machine.SecondLevelCache / 2, Machine.SecondLevelCache / 2 * Machine.Cores),
        new("L3", ThirdLevelSet, ThirdLevelSet),
        new("DRAM", 4 * Machine.ThirdLevelCache, 4 * Machine.ThirdLevelCache),
    ];

    private static long ThirdLevelSet =>
        Math.Max(Machine.ThirdLevelCache / 2, 2 * Machine.SecondLevelCache * Machine.Cores);

    /// <summary>Measures what is needed for shares: all cores, the widest vectors, read and write.</summary>
    public static MachinePeak Measure() => new(
        MeasureFlops(), [.. Levels.Select(level => Bandwidth.Triad(Machine.Cores, level.AllCores))]);

    /// <summary>Multiply-adds of all cores with the widest vectors.</summary>
    public static double MeasureFlops() => MultiplyAddRate.Measure(Machine.Cores, Machine.VectorBits);

    /// <summary>Where data of this size lies once it has been used: an index of <see cref="Levels"/>.</summary>
    public static int LevelOf(double bytes)
    {
        if (bytes <= Machine.SecondLevelCache * (double)Machine.Cores)
            return 0;
        return bytes <= Machine.ThirdLevelCache ? 1 : 2;
    }
}
