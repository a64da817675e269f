using GpuVae.Kernels.Gpu.Cuda;
using GpuVae.Kernels.Gpu.Gemm;

namespace GpuVae.Kernels.Gpu.Convolution;

/// <summary>From the choices of a convolution's product to the kernel that is compiled for them.</summary>
/// <param name="Tile">The tile of its plan.</param>
/// <param name="LoadsFloat4">True where the pixels of both operands begin on 16 bytes.</param>
/// <param name="Mode">What tensor cores round to, if the tile is one of theirs.</param>
internal readonly record struct ConvolutionSelector<TForm, TLayoutA, TLayoutB>(
    TileKind Tile, bool LoadsFloat4, TensorMode Mode)
    where TForm : struct, IConvolutionForm<TLayoutA, TLayoutB>
    where TLayoutA : struct, IOperandLayout
    where TLayoutB : struct, IOperandLayout
{
    /// <summary>The kernel of a convolution that ends with <paramref name="epilogue"/>, whose activation has a bias.</summary>
    public LazyKernel<ConvolutionLauncher> For(in Epilogue epilogue) =>
        epilogue.Accept<OfEpilogue, LazyKernel<ConvolutionLauncher>>(new(this));

    /// <summary>The kernel of one that ends with <typeparamref name="TEpilogue"/>.</summary>
    public LazyKernel<ConvolutionLauncher> For<TEpilogue>()
        where TEpilogue : struct, IGemmEpilogue =>
        LoadsFloat4 ? For<Float4Loads, TEpilogue>() : For<ScalarLoads, TEpilogue>();

    // No wide tile: it would be for many channels of many pixels on GPUs without tensor cores, at half as many kernels again.
    private LazyKernel<ConvolutionLauncher> For<TWidth, TEpilogue>()
        where TWidth : struct, IVectorWidth
        where TEpilogue : struct, IGemmEpilogue => Tile switch
        {
            TileKind.Large => ConvolutionGemmKernel<LargeTile, TForm, TLayoutA, TLayoutB, TWidth, TEpilogue>.Kernel,
            TileKind.Small => ConvolutionGemmKernel<SmallTile, TForm, TLayoutA, TLayoutB, TWidth, TEpilogue>.Kernel,
            TileKind.Host => ConvolutionGemmKernel<HostTile, TForm, TLayoutA, TLayoutB, TWidth, TEpilogue>.Kernel,
            TileKind.LargeTensor => ForTensorCores<LargeTensorTile, TWidth, TEpilogue>(),
            TileKind.SmallTensor => ForTensorCores<SmallTensorTile, TWidth, TEpilogue>(),
            _ => throw new ArgumentOutOfRangeException(nameof(Tile), Tile, null),
        };

    private LazyKernel<ConvolutionLauncher> ForTensorCores<TTile, TWidth, TEpilogue>()
        where TTile : struct, ITensorTile
        where TWidth : struct, IVectorWidth
        where TEpilogue : struct, IGemmEpilogue => Mode switch
        {
            TensorMode.Tf32 =>
                TensorConvolutionGemmKernel<TTile, TForm, TLayoutA, TLayoutB, Tf32Precision, TWidth, TEpilogue>.Kernel,
            TensorMode.Bf16 =>
                TensorConvolutionGemmKernel<TTile, TForm, TLayoutA, TLayoutB, Bf16Precision, TWidth, TEpilogue>.Kernel,
            TensorMode.Tf32x3 =>
                TensorConvolutionGemmKernel<TTile, TForm, TLayoutA, TLayoutB, Tf32x3Precision, TWidth, TEpilogue>.Kernel,
            _ => throw new ArgumentOutOfRangeException(nameof(Mode), Mode, null),
        };

    /// <summary>Apart from the selector, so that a form without epilogues has no kernels for them.</summary>
    private readonly struct OfEpilogue(ConvolutionSelector<TForm, TLayoutA, TLayoutB> selector)
        : IEpilogueVisitor<LazyKernel<ConvolutionLauncher>>
    {
        private readonly ConvolutionSelector<TForm, TLayoutA, TLayoutB> _selector = selector;

        public LazyKernel<ConvolutionLauncher> Store() => _selector.For<StoreEpilogue>();

        public LazyKernel<ConvolutionLauncher> Activation<TFunction>()
            where TFunction : struct, IVectorActivation => _selector.For<ActivationEpilogue<TFunction, ColumnBias>>();

        public LazyKernel<ConvolutionLauncher> Derivative<TFunction>()
            where TFunction : struct, IVectorActivation => _selector.For<DerivativeEpilogue<TFunction>>();

        public LazyKernel<ConvolutionLauncher> Likelihood<TFunction>()
            where TFunction : struct, IVectorLikelihood =>
            throw new NotSupportedException("no convolution ends with a likelihood");
    }
}
