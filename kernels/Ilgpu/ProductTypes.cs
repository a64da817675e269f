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
    Likelihood Function);

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
        where TRight : struct, IOperandLayout => variant switch
        {
            { Kind: EpilogueKind.Store } => loader.Load<TLeft, TRight, StoreEpilogue>(accelerator),
            { Kind: EpilogueKind.Likelihood, Function: Likelihood.Bernoulli } =>
                loader.Load<TLeft, TRight, LikelihoodEpilogue<BernoulliFunction>>(accelerator),
            { Kind: EpilogueKind.Likelihood, Function: Likelihood.Gaussian } =>
                loader.Load<TLeft, TRight, LikelihoodEpilogue<GaussianFunction>>(accelerator),
            { Kind: EpilogueKind.Likelihood, Function: Likelihood.Laplace } =>
                loader.Load<TLeft, TRight, LikelihoodEpilogue<LaplaceFunction>>(accelerator),
            { Activation: Activation.Identity } =>
                Load<TLeft, TRight, IdentityFunction>(loader, accelerator, variant.Kind),
            { Activation: Activation.Relu } => Load<TLeft, TRight, ReluFunction>(loader, accelerator, variant.Kind),
            { Activation: Activation.Tanh } => Load<TLeft, TRight, TanhFunction>(loader, accelerator, variant.Kind),
            { Activation: Activation.Sigmoid } =>
                Load<TLeft, TRight, SigmoidFunction>(loader, accelerator, variant.Kind),
            _ => throw new ArgumentOutOfRangeException(nameof(variant), variant, null),
        };

    private static ProductLauncher Load<TLeft, TRight, TActivation>(
        IProductLoader loader, Accelerator accelerator, EpilogueKind kind)
        where TLeft : struct, IOperandLayout
        where TRight : struct, IOperandLayout
        where TActivation : struct, IActivationFunction => kind switch
        {
            EpilogueKind.BiasActivation =>
                loader.Load<TLeft, TRight, BiasActivationEpilogue<TActivation>>(accelerator),
            EpilogueKind.Derivative => loader.Load<TLeft, TRight, DerivativeEpilogue<TActivation>>(accelerator),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
        };
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
