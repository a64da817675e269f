using GpuVae.Kernels.Gpu.Cuda;
using ILGPU;

namespace GpuVae.Kernels.Gpu.Gemm;

/// <summary>How a product is cut up: its tiles, and the splits of its inner dimension.</summary>
/// <param name="Tile">The tiles.</param>
/// <param name="Config">A group for each tile and split.</param>
/// <param name="Splits">Splits of the inner dimension; the last of a tile adds them up.</param>
/// <param name="SplitSlices">Slices in a split.</param>
internal readonly record struct GemmPlan(TileKind Tile, KernelConfig Config, int Splits, int SplitSlices)
{
    // Adding up costs about what two slices do, and partial sums must not outgrow the operands.
    private const int SlicesPerSplit = 4;
    private const int MaximumSplits = 16;

    // A part of so much of the inner dimension is worth the sums that it leaves, even where no multiprocessor is without a group.
    private const int LongPart = 256;

    /// <summary>
    /// Plans C (<paramref name="m"/>, <paramref name="n"/>) with inner dimension <paramref name="k"/>: the largest tile
    /// that the device can run and that, with long inner dimensions in parts, leaves it two groups for each multiprocessor (one of those of
    /// tensor cores, which are four times as large). The widest is so much ahead of the others that it is taken with three
    /// tiles for two multiprocessors.
    /// </summary>
    public static GemmPlan Make(KernelConfigs device, bool usesTensorCores, int m, int n, int k)
    {
        int multiprocessors = device.Multiprocessors;
        TileKind tile;
        int parts = Math.Clamp(k / LongPart, 1, MaximumSplits);
        if (usesTensorCores)
        {
            tile = parts * Tiles(m, n, 128) < multiprocessors ? TileKind.SmallTensor : TileKind.LargeTensor;
        }
        else if (device.GroupLimit == 1)
        {
            tile = TileKind.Host;
        }
        else if (device.GroupLimit < LargeTile.Threads)
        {
            tile = TileKind.Small;
        }
        else
        {
            tile = 2 * Tiles(m, n, 128) >= 3 * multiprocessors || parts * Tiles(m, n, 128) >= 2 * multiprocessors ? TileKind.Wide
                : parts * Tiles(m, n, 64) >= 2 * multiprocessors ? TileKind.Large
                : TileKind.Small;
        }
        return Make(tile, m, n, k, multiprocessors);
    }

    /// <summary>
    /// The same for <paramref name="phases"/> products of a convolution in one launch, of which none is larger. Maps have many pixels and few
    /// channels: a tile is not larger than the shorter side of C needs.
    /// </summary>
    public static GemmPlan MakeOfMaps(KernelConfigs device, bool usesTensorCores, int phases, int m, int n, int k)
    {
        int multiprocessors = device.Multiprocessors, shorter = Math.Min(m, n);
        TileKind tile;
        if (usesTensorCores)
        {
            tile = shorter <= 64 || phases * Tiles(m, n, 128) < multiprocessors ? TileKind.SmallTensor : TileKind.LargeTensor;
        }
        else if (device.GroupLimit == 1)
        {
            tile = TileKind.Host;
        }
        else
        {
            tile = device.GroupLimit < LargeTile.Threads || shorter <= 32 || phases * Tiles(m, n, 64) < 2 * multiprocessors
                ? TileKind.Small
                : TileKind.Large;
        }
        return Make(tile, m, n, k, multiprocessors, phases);
    }

    /// <summary>The plan with a tile that has been chosen.</summary>
    public static GemmPlan Make(TileKind tile, int m, int n, int k, int multiprocessors, int phases = 1) => tile switch
    {
        TileKind.Wide => Make(
            tile, KernelConfigs.DivideUp(m, 128), KernelConfigs.DivideUp(n, 128),
            KernelConfigs.DivideUp(k, WideTile.Depth), k, new Index3D(WideTile.ThreadColumns, WideTile.ThreadRows, 1),
            multiprocessors, phases),
        TileKind.Large => Make<LargeTile>(tile, m, n, k, multiprocessors, phases),
        TileKind.Small => Make<SmallTile>(tile, m, n, k, multiprocessors, phases),
        TileKind.Host => Make<HostTile>(tile, m, n, k, multiprocessors, phases),
        TileKind.LargeTensor => MakeTensor<LargeTensorTile>(tile, m, n, k, multiprocessors, phases),
        TileKind.SmallTensor => MakeTensor<SmallTensorTile>(tile, m, n, k, multiprocessors, phases),
        _ => throw new ArgumentOutOfRangeException(nameof(tile), tile, null),
    };

    private static GemmPlan Make<TTile>(TileKind tile, int m, int n, int k, int multiprocessors, int phases)
        where TTile : struct, ITile =>
        Make(
            tile, KernelConfigs.DivideUp(m, 4 * TTile.ThreadRows), KernelConfigs.DivideUp(n, 4 * TTile.ThreadColumns),
            KernelConfigs.DivideUp(k, TTile.Depth), k, new Index3D(TTile.ThreadColumns, TTile.ThreadRows, 1),
            multiprocessors, phases);

    private static GemmPlan MakeTensor<TTile>(TileKind tile, int m, int n, int k, int multiprocessors, int phases)
        where TTile : struct, ITensorTile =>
        Make(
            tile, KernelConfigs.DivideUp(m, 2 * TTile.WarpSide), KernelConfigs.DivideUp(n, 2 * TTile.WarpSide),
            KernelConfigs.DivideUp(k, TTile.Depth), k, new Index3D(TensorGroup.Threads, 1, 1),
            multiprocessors, phases);

    private static GemmPlan Make(
        TileKind tile, int tileRows, int tileColumns, int slices, int k, Index3D group, int multiprocessors, int phases)
    {
        long tiles = (long)tileRows * tileColumns * phases;
        // In short parts until every multiprocessor has two groups, in long ones until it has as many as hide what they wait for.
        long inShort = Math.Min(2 * multiprocessors / tiles, slices / SlicesPerSplit);
        long inLong = Math.Min(GroupsToFill(tile) * multiprocessors / tiles, k / LongPart);
        long splits = tile == TileKind.Host ? 1 : Math.Min(Math.Max(inShort, inLong), MaximumSplits);
        int splitSlices = KernelConfigs.DivideUp(slices, (int)Math.Max(splits, 1));
        int usedSplits = slices == 0 ? 1 : KernelConfigs.DivideUp(slices, splitSlices);
        var config = new KernelConfig(new Index3D(tileColumns, tileRows, usedSplits), group);
        return new(tile, config, usedSplits, splitSlices);
    }

    /// <summary>Groups that fill a multiprocessor: about 512 threads, or the registers of the widest tile.</summary>
    private static int GroupsToFill(TileKind tile) => tile switch
    {
        TileKind.Small => 8,
        TileKind.Large or TileKind.SmallTensor => 4,
        _ => 2,
    };

    private static long Tiles(int rows, int columns, int side) =>
        (long)KernelConfigs.DivideUp(rows, side) * KernelConfigs.DivideUp(columns, side);
}

/// <summary>Which tile a product has.</summary>
internal enum TileKind
{
    /// <summary><see cref="WideTile"/>.</summary>
    Wide,

    /// <summary><see cref="LargeTile"/>.</summary>
    Large,

    /// <summary><see cref="SmallTile"/>.</summary>
    Small,

    /// <summary><see cref="HostTile"/>.</summary>
    Host,

    /// <summary><see cref="LargeTensorTile"/>.</summary>
    LargeTensor,

    /// <summary><see cref="SmallTensorTile"/>.</summary>
    SmallTensor,
}
