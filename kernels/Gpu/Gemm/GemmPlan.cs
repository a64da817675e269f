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

    /// <summary>
    /// Plans C (<paramref name="m"/>, <paramref name="n"/>) with inner dimension <paramref name="k"/>: the largest tile
    /// that the device can run and that leaves it two tiles for each multiprocessor (one of those of tensor cores,
    /// which are four times as large).
    /// </summary>
    public static GemmPlan Make(KernelConfigs device, bool usesTensorCores, int m, int n, int k)
    {
        int multiprocessors = device.Multiprocessors;
        TileKind tile;
        if (usesTensorCores)
        {
            tile = Tiles(m, n, 128) < multiprocessors ? TileKind.SmallTensor : TileKind.LargeTensor;
        }
        else if (device.GroupLimit == 1)
        {
            tile = TileKind.Host;
        }
        else
        {
            tile = device.GroupLimit < LargeTile.Threads || Tiles(m, n, 64) < 2 * multiprocessors ? TileKind.Small
                : Tiles(m, n, 128) < 2 * multiprocessors ? TileKind.Large
                : TileKind.Wide;
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
            KernelConfigs.DivideUp(k, WideTile.Depth), new Index3D(WideTile.ThreadColumns, WideTile.ThreadRows, 1),
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
            KernelConfigs.DivideUp(k, TTile.Depth), new Index3D(TTile.ThreadColumns, TTile.ThreadRows, 1),
            multiprocessors, phases);

    private static GemmPlan MakeTensor<TTile>(TileKind tile, int m, int n, int k, int multiprocessors, int phases)
        where TTile : struct, ITensorTile =>
        Make(
            tile, KernelConfigs.DivideUp(m, 2 * TTile.WarpSide), KernelConfigs.DivideUp(n, 2 * TTile.WarpSide),
            KernelConfigs.DivideUp(k, TTile.Depth), new Index3D(TensorGroup.Threads, 1, 1),
            multiprocessors, phases);

    private static GemmPlan Make(
        TileKind tile, int tileRows, int tileColumns, int slices, Index3D group, int multiprocessors, int phases)
    {
        long tiles = (long)tileRows * tileColumns * phases;
        long splits = tile == TileKind.Host
            ? 1
            : Math.Min(Math.Min(2 * multiprocessors / tiles, slices / SlicesPerSplit), MaximumSplits);
        int splitSlices = KernelConfigs.DivideUp(slices, (int)Math.Max(splits, 1));
        int usedSplits = slices == 0 ? 1 : KernelConfigs.DivideUp(slices, splitSlices);
        var config = new KernelConfig(new Index3D(tileColumns, tileRows, usedSplits), group);
        return new(tile, config, usedSplits, splitSlices);
    }

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
