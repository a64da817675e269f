using GpuVae.Kernels.Gpu.Cuda;
using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu.Gemm;

/// <summary>
/// Launches a product; <see cref="GemmKernel{TTile, TLayoutA, TLayoutB, TWidth, TEpilogue}"/> says what its parameters
/// are.
/// </summary>
internal delegate void GemmLauncher(
    AcceleratorStream stream, KernelConfig config, int m, int n, int k, int splitSlices, ArrayView<float> a,
    ArrayView<float> b, EpilogueOperands operands, GemmOutputs outputs);

/// <summary>From the choices of a product to the kernel that is compiled for them.</summary>
/// <param name="Tile">The tile of its plan.</param>
/// <param name="LoadsFloat4">True where both operands' rows begin on 16 bytes.</param>
/// <param name="Orientation">Which operand is read transposed.</param>
/// <param name="Mode">What tensor cores round to, if the tile is one of theirs.</param>
/// <param name="CopiesAhead">Whether the device has <c>cp.async</c>; tensor cores have.</param>
internal readonly record struct GemmSelector(
    TileKind Tile, bool LoadsFloat4, Orientation Orientation, TensorMode Mode, bool CopiesAhead)
    : IEpilogueSelector<LazyKernel<GemmLauncher>>
{
    /// <summary>The kernel of a product that ends with <paramref name="epilogue"/>.</summary>
    public LazyKernel<GemmLauncher> For(in Epilogue epilogue) =>
        epilogue.Accept<EpilogueTypes<ColumnBias, GemmSelector, LazyKernel<GemmLauncher>>, LazyKernel<GemmLauncher>>(
            new(this));

    /// <inheritdoc/>
    public LazyKernel<GemmLauncher> For<TEpilogue>()
        where TEpilogue : struct, IGemmEpilogue => Orientation switch
        {
            Orientation.NT => For<KMajor, KMajor, TEpilogue>(),
            Orientation.NN => For<KMajor, MnMajor, TEpilogue>(),
            Orientation.TN => For<MnMajor, MnMajor, TEpilogue>(),
            _ => throw new ArgumentOutOfRangeException(nameof(Orientation), Orientation, null),
        };

    private LazyKernel<GemmLauncher> For<TLayoutA, TLayoutB, TEpilogue>()
        where TLayoutA : struct, IOperandLayout
        where TLayoutB : struct, IOperandLayout
        where TEpilogue : struct, IGemmEpilogue =>
        LoadsFloat4
            ? For<TLayoutA, TLayoutB, Float4Loads, TEpilogue>()
            : For<TLayoutA, TLayoutB, ScalarLoads, TEpilogue>();

    private LazyKernel<GemmLauncher> For<TLayoutA, TLayoutB, TWidth, TEpilogue>()
        where TLayoutA : struct, IOperandLayout
        where TLayoutB : struct, IOperandLayout
        where TWidth : struct, IVectorWidth
        where TEpilogue : struct, IGemmEpilogue => Tile switch
        {
            TileKind.Wide => WideGemmKernel<TLayoutA, TLayoutB, TWidth, TEpilogue>.Kernel,
            TileKind.Large => ForGroups<LargeTile, TLayoutA, TLayoutB, TWidth, TEpilogue>(),
            TileKind.Small => ForGroups<SmallTile, TLayoutA, TLayoutB, TWidth, TEpilogue>(),
            TileKind.Host => GemmKernel<HostTile, TLayoutA, TLayoutB, TWidth, TEpilogue>.Kernel,
            TileKind.LargeTensor => ForTensorCores<LargeTensorTile, TLayoutA, TLayoutB, TWidth, TEpilogue>(),
            TileKind.SmallTensor => ForTensorCores<SmallTensorTile, TLayoutA, TLayoutB, TWidth, TEpilogue>(),
            _ => throw new ArgumentOutOfRangeException(nameof(Tile), Tile, null),
        };

    private LazyKernel<GemmLauncher> ForGroups<TTile, TLayoutA, TLayoutB, TWidth, TEpilogue>()
        where TTile : struct, ITile
        where TLayoutA : struct, IOperandLayout
        where TLayoutB : struct, IOperandLayout
        where TWidth : struct, IVectorWidth
        where TEpilogue : struct, IGemmEpilogue =>
        CopiesAhead
            ? AsyncGemmKernel<TTile, TLayoutA, TLayoutB, TWidth, TEpilogue>.Kernel
            : GemmKernel<TTile, TLayoutA, TLayoutB, TWidth, TEpilogue>.Kernel;

    private LazyKernel<GemmLauncher> ForTensorCores<TTile, TLayoutA, TLayoutB, TWidth, TEpilogue>()
        where TTile : struct, ITensorTile
        where TLayoutA : struct, IOperandLayout
        where TLayoutB : struct, IOperandLayout
        where TWidth : struct, IVectorWidth
        where TEpilogue : struct, IGemmEpilogue => Mode switch
        {
            TensorMode.Tf32 => TensorGemmKernel<TTile, TLayoutA, TLayoutB, Tf32Precision, TWidth, TEpilogue>.Kernel,
            TensorMode.Bf16 => TensorGemmKernel<TTile, TLayoutA, TLayoutB, Bf16Precision, TWidth, TEpilogue>.Kernel,
            TensorMode.Tf32x3 => TensorGemmKernel<TTile, TLayoutA, TLayoutB, Tf32x3Precision, TWidth, TEpilogue>.Kernel,
            _ => throw new ArgumentOutOfRangeException(nameof(Mode), Mode, null),
        };
}
