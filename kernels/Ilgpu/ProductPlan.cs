using GpuVae.Kernels.Ilgpu.Cuda;
using ILGPU;

namespace GpuVae.Kernels.Ilgpu;

/// <summary>How a product is cut up: its tiles, and the parts of its inner dimension.</summary>
/// <param name="Tile">The tiles.</param>
/// <param name="Config">A group for each tile and part.</param>
/// <param name="Parts">Parts of the inner dimension; more than one are summed in a second pass.</param>
/// <param name="PartSlices">Slices in a part.</param>
/// <param name="LossColumns">Partial losses of each row, where there is one part.</param>
internal readonly record struct ProductPlan(
    TileKind Tile, KernelConfig Config, int Parts, int PartSlices, int LossColumns)
{
    // A part's second pass costs about what two of its slices do, and partial sums must not outgrow the operands.
    private const int SlicesPerPart = 4;
    private const int MaximumParts = 16;

    /// <summary>Plans C (m, n) with inner dimension k.</summary>
    public static ProductPlan Make(TileKind tile, int m, int n, int k, int multiprocessors) => tile switch
    {
        TileKind.Wide => Make(
            tile, LaunchShapes.DivideUp(m, 128), LaunchShapes.DivideUp(n, 128),
            LaunchShapes.DivideUp(k, WideTile.Depth), new Index3D(WideTile.ThreadColumns, WideTile.ThreadRows, 1),
            WideTile.ThreadColumns, multiprocessors),
        TileKind.Large => Make<LargeTile>(tile, m, n, k, multiprocessors),
        TileKind.Small => Make<SmallTile>(tile, m, n, k, multiprocessors),
        TileKind.Host => Make<HostTile>(tile, m, n, k, multiprocessors),
        TileKind.LargeTensor => MakeTensor<LargeTensorTile>(tile, m, n, k, multiprocessors),
        TileKind.SmallTensor => MakeTensor<SmallTensorTile>(tile, m, n, k, multiprocessors),
        _ => throw new ArgumentOutOfRangeException(nameof(tile), tile, null),
    };

    private static ProductPlan Make<TTile>(TileKind tile, int m, int n, int k, int multiprocessors)
        where TTile : struct, ITile =>
        Make(
            tile, LaunchShapes.DivideUp(m, 4 * TTile.ThreadRows), LaunchShapes.DivideUp(n, 4 * TTile.ThreadColumns),
            LaunchShapes.DivideUp(k, TTile.Depth), new Index3D(TTile.ThreadColumns, TTile.ThreadRows, 1),
            TTile.ThreadColumns, multiprocessors);

    private static ProductPlan MakeTensor<TTile>(TileKind tile, int m, int n, int k, int multiprocessors)
        where TTile : struct, ITensorTile =>
        Make(
            tile, LaunchShapes.DivideUp(m, 2 * TTile.WarpSide), LaunchShapes.DivideUp(n, 2 * TTile.WarpSide),
            LaunchShapes.DivideUp(k, TTile.Depth), new Index3D(TensorGroup.Threads, 1, 1),
            TensorGroup.LanesInWarp, multiprocessors);

    private static ProductPlan Make(
        TileKind tile, int tileRows, int tileColumns, int slices, Index3D group, int lossThreads, int multiprocessors)
    {
        long tiles = (long)tileRows * tileColumns;
        long parts = tile == TileKind.Host
            ? 1
            : Math.Min(Math.Min(2 * multiprocessors / tiles, slices / SlicesPerPart), MaximumParts);
        int partSlices = LaunchShapes.DivideUp(slices, (int)Math.Max(parts, 1));
        int usedParts = slices == 0 ? 1 : LaunchShapes.DivideUp(slices, partSlices);
        var config = new KernelConfig(new Index3D(tileColumns, tileRows, usedParts), group);
        return new(tile, config, usedParts, partSlices, checked(tileColumns * lossThreads));
    }
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

    /// <summary>No tiles: the second pass over parts, <see cref="ProductParts{TEpilogue}"/>.</summary>
    Parts,
}
