using GpuVae.Kernels.Gpu.Cuda;

namespace GpuVae.Kernels.Gpu.Gemm;

/// <summary>From the choices of a layer's products to the kernel that is compiled for them.</summary>
/// <param name="Tile">The tile of both plans.</param>
/// <param name="LoadsFloat4">True where the rows of all operands begin on 16 bytes.</param>
/// <param name="Mode">What tensor cores round to, if the tile is one of theirs.</param>
/// <param name="CopiesAhead">Whether the device has <c>cp.async</c>; tensor cores have.</param>
internal readonly record struct LinearGradientSelector(TileKind Tile, bool LoadsFloat4, TensorMode Mode, bool CopiesAhead)
    : IEpilogueVisitor<LazyKernel<LinearGradientLauncher>>
{
    /// <summary>The kernel of a layer whose input's gradient ends with <paramref name="epilogue"/>.</summary>
    public LazyKernel<LinearGradientLauncher> For(in Epilogue epilogue) =>
        epilogue.Accept<LinearGradientSelector, LazyKernel<LinearGradientLauncher>>(this);

    /// <inheritdoc/>
    public LazyKernel<LinearGradientLauncher> Store() => For<StoreEpilogue>();

    /// <inheritdoc/>
    public LazyKernel<LinearGradientLauncher> Derivative<TFunction>()
        where TFunction : struct, IVectorActivation => For<DerivativeEpilogue<TFunction>>();

    /// <inheritdoc/>
    public LazyKernel<LinearGradientLauncher> Activation<TFunction>()
        where TFunction : struct, IVectorActivation => throw new NotSupportedException("no gradient ends with an activation");

    /// <inheritdoc/>
    public LazyKernel<LinearGradientLauncher> Likelihood<TFunction>()
        where TFunction : struct, IVectorLikelihood => throw new NotSupportedException("no gradient ends with a likelihood");

    private LazyKernel<LinearGradientLauncher> For<TEpilogue>()
        where TEpilogue : struct, IGemmEpilogue =>
        LoadsFloat4 ? For<Float4Loads, TEpilogue>() : For<ScalarLoads, TEpilogue>();

    private LazyKernel<LinearGradientLauncher> For<TWidth, TEpilogue>()
        where TWidth : struct, IVectorWidth
        where TEpilogue : struct, IGemmEpilogue => Tile switch
        {
            TileKind.Large => ForGroups<LargeTile, TWidth, TEpilogue>(),
            TileKind.Small => ForGroups<SmallTile, TWidth, TEpilogue>(),
            TileKind.Host => LinearGradientKernel<HostTile, TWidth, TEpilogue>.Kernel,
            TileKind.LargeTensor => ForTensorCores<LargeTensorTile, TWidth, TEpilogue>(),
            TileKind.SmallTensor => ForTensorCores<SmallTensorTile, TWidth, TEpilogue>(),
            _ => throw new ArgumentOutOfRangeException(nameof(Tile), Tile, null),
        };

    private LazyKernel<LinearGradientLauncher> ForGroups<TTile, TWidth, TEpilogue>()
        where TTile : struct, ITile
        where TWidth : struct, IVectorWidth
        where TEpilogue : struct, IGemmEpilogue =>
        CopiesAhead
            ? AsyncLinearGradientKernel<TTile, TWidth, TEpilogue>.Kernel
            : LinearGradientKernel<TTile, TWidth, TEpilogue>.Kernel;

    private LazyKernel<LinearGradientLauncher> ForTensorCores<TTile, TWidth, TEpilogue>()
        where TTile : struct, ITensorTile
        where TWidth : struct, IVectorWidth
        where TEpilogue : struct, IGemmEpilogue => Mode switch
        {
            TensorMode.Tf32 => TensorLinearGradientKernel<TTile, Tf32Precision, TWidth, TEpilogue>.Kernel,
            TensorMode.Bf16 => TensorLinearGradientKernel<TTile, Bf16Precision, TWidth, TEpilogue>.Kernel,
            TensorMode.Tf32x3 => TensorLinearGradientKernel<TTile, Tf32x3Precision, TWidth, TEpilogue>.Kernel,
            _ => throw new ArgumentOutOfRangeException(nameof(Mode), Mode, null),
        };
}
