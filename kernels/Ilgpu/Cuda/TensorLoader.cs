using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Ilgpu.Cuda;

/// <summary>Compiles <see cref="TensorProductKernel{T1, T2, T3, T4, T5, T6}"/>, which takes operands as addresses.</summary>
internal sealed class TensorLoader<TTile, TPrecision, TCopy> : IProductLoader
    where TTile : struct, ITensorTile
    where TPrecision : struct, ITensorPrecision
    where TCopy : struct, ICopyWidth
{
    /// <inheritdoc/>
    public ProductLauncher Load<TLeft, TRight, TEpilogue>(Accelerator accelerator)
        where TLeft : struct, IOperandLayout
        where TRight : struct, IOperandLayout
        where TEpilogue : struct, IProductEpilogue
    {
        var launch = accelerator.LoadKernel<
            int, int, int, int, long, long, EpilogueOperands, ArrayView<float>, ArrayView<float>>(
            TensorProductKernel<TTile, TLeft, TRight, TPrecision, TCopy, TEpilogue>.Run);
        return (stream, config, m, n, k, partSlices, a, b, operands, c, partialLoss) =>
            launch(stream, config, m, n, k, partSlices, Address(a), Address(b), operands, c, partialLoss);
    }

    /// <summary>An operand of no numbers has no address, and none is read.</summary>
    private static long Address(ArrayView<float> view) => view.Length == 0 ? 0 : view.LoadEffectiveAddressAsPtr();
}

/// <summary>Which <see cref="ITensorPrecision"/> a backend multiplies with, if any.</summary>
internal enum TensorMode
{
    /// <summary>None: the multipliers and adders of float32.</summary>
    None,

    /// <summary><see cref="Tf32Precision"/>.</summary>
    Tf32,

    /// <summary><see cref="Bf16Precision"/>.</summary>
    Bf16,

    /// <summary><see cref="SplitTf32Precision"/>.</summary>
    SplitTf32,
}

/// <summary>The kernel of each mode and tile.</summary>
internal static class TensorLoaders
{
    /// <summary>What compiles the variant's kernel.</summary>
    public static IProductLoader Find(TensorMode mode, ProductVariant variant) => mode switch
    {
        TensorMode.Tf32 => Find<Tf32Precision>(variant),
        TensorMode.Bf16 => Find<Bf16Precision>(variant),
        TensorMode.SplitTf32 => Find<SplitTf32Precision>(variant),
        _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, null),
    };

    private static IProductLoader Find<TPrecision>(ProductVariant variant)
        where TPrecision : struct, ITensorPrecision => variant switch
        {
            { Tile: TileKind.LargeTensor, CopiesFour: true } =>
                new TensorLoader<LargeTensorTile, TPrecision, FourNumbers>(),
            { Tile: TileKind.LargeTensor } => new TensorLoader<LargeTensorTile, TPrecision, OneNumber>(),
            { Tile: TileKind.SmallTensor, CopiesFour: true } =>
                new TensorLoader<SmallTensorTile, TPrecision, FourNumbers>(),
            { Tile: TileKind.SmallTensor } => new TensorLoader<SmallTensorTile, TPrecision, OneNumber>(),
            _ => throw new ArgumentOutOfRangeException(nameof(variant), variant.Tile, null),
        };
}
