using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Ilgpu;

/// <summary>Launches a compiled product, as <see cref="ProductKernel{T1, T2, T3, T4, T5}"/> has its parameters.</summary>
internal delegate void ProductLauncher(
    AcceleratorStream stream, KernelConfig config, int m, int n, int k, int partSlices, ArrayView<float> a,
    ArrayView<float> b, EpilogueOperands operands, ArrayView<float> c, ArrayView<float> partialLoss);

/// <summary>A kind of product kernel, which needs to be told the layouts and the epilogue.</summary>
internal interface IProductLoader
{
    /// <summary>Compiles the kernel.</summary>
    ProductLauncher Load<TLeft, TRight, TEpilogue>(Accelerator accelerator)
        where TLeft : struct, IOperandLayout
        where TRight : struct, IOperandLayout
        where TEpilogue : struct, IProductEpilogue;
}

/// <summary>What decides which kernel a product needs.</summary>
internal readonly record struct ProductVariant(
    TileKind Tile, bool CopiesFour, Orientation Orientation, EpilogueKind Kind, Activation Activation,
    Likelihood Function)
{
    /// <summary>An epilogue of that kind and those functions, without operands.</summary>
    public Epilogue Epilogue => Kind switch
    {
        EpilogueKind.Store => Epilogue.Store,
        EpilogueKind.Activation => Epilogue.Activate(Activation),
        EpilogueKind.Derivative => Epilogue.Derivative(default, Activation),
        _ => Epilogue.NegativeLogLikelihood(default, Function, 0, default),
    };
}

/// <summary>From the choices of a product to the types that its kernel is compiled for.</summary>
internal static class ProductTypes
{
    /// <summary>Compiles the variant's kernel.</summary>
    public static ProductLauncher Load(IProductLoader loader, Accelerator accelerator, ProductVariant variant) =>
        variant.Orientation switch
        {
            Orientation.NT => Load<DepthContiguous, DepthContiguous>(loader, accelerator, variant),
            Orientation.NN => Load<DepthContiguous, ExtentContiguous>(loader, accelerator, variant),
            Orientation.TN => Load<ExtentContiguous, ExtentContiguous>(loader, accelerator, variant),
            _ => throw new ArgumentOutOfRangeException(nameof(variant), variant.Orientation, null),
        };

    private static ProductLauncher Load<TLeft, TRight>(
        IProductLoader loader, Accelerator accelerator, ProductVariant variant)
        where TLeft : struct, IOperandLayout
        where TRight : struct, IOperandLayout =>
        variant.Epilogue.Accept<Epilogues<TLeft, TRight>, ProductLauncher>(new(loader, accelerator));

    private readonly struct Epilogues<TLeft, TRight>(IProductLoader loader, Accelerator accelerator)
        : IEpilogueVisitor<ProductLauncher>
        where TLeft : struct, IOperandLayout
        where TRight : struct, IOperandLayout
    {
        public ProductLauncher Store() => loader.Load<TLeft, TRight, StoreEpilogue>(accelerator);

        public ProductLauncher Activation<TFunction>()
            where TFunction : struct, IVectorActivation =>
            loader.Load<TLeft, TRight, BiasActivationEpilogue<TFunction>>(accelerator);

        public ProductLauncher Derivative<TFunction>()
            where TFunction : struct, IVectorActivation =>
            loader.Load<TLeft, TRight, DerivativeEpilogue<TFunction>>(accelerator);

        public ProductLauncher Likelihood<TFunction>()
            where TFunction : struct, IVectorLikelihood =>
            loader.Load<TLeft, TRight, LikelihoodEpilogue<TFunction>>(accelerator);
    }
}

/// <summary>Compiles <see cref="ProductKernel{T1, T2, T3, T4, T5}"/>.</summary>
internal sealed class ProductLoader<TTile, TCopy> : IProductLoader
    where TTile : struct, ITile
    where TCopy : struct, ICopyWidth
{
    /// <inheritdoc/>
    public ProductLauncher Load<TLeft, TRight, TEpilogue>(Accelerator accelerator)
        where TLeft : struct, IOperandLayout
        where TRight : struct, IOperandLayout
        where TEpilogue : struct, IProductEpilogue =>
        new(accelerator.LoadKernel<
            int, int, int, int, ArrayView<float>, ArrayView<float>, EpilogueOperands, ArrayView<float>,
            ArrayView<float>>(
            ProductKernel<TTile, TLeft, TRight, TCopy, TEpilogue>.Run));
}

/// <summary>Compiles <see cref="WideProductKernel{T1, T2, T3, T4}"/>.</summary>
internal sealed class WideProductLoader<TCopy> : IProductLoader
    where TCopy : struct, ICopyWidth
{
    /// <inheritdoc/>
    public ProductLauncher Load<TLeft, TRight, TEpilogue>(Accelerator accelerator)
        where TLeft : struct, IOperandLayout
        where TRight : struct, IOperandLayout
        where TEpilogue : struct, IProductEpilogue =>
        new(accelerator.LoadKernel<
            int, int, int, int, ArrayView<float>, ArrayView<float>, EpilogueOperands, ArrayView<float>,
            ArrayView<float>>(
            WideProductKernel<TLeft, TRight, TCopy, TEpilogue>.Run));
}
