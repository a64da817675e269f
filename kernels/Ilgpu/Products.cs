using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Ilgpu;

// The launcher of ProductKernel: which of its types a product needs, compiled when it is first asked for.
public sealed partial class IlgpuBackend
{
    private readonly Dictionary<ProductVariant, ProductLauncher> products = [];
    private readonly Scratch partialLoss;

    private delegate void ProductLauncher(
        AcceleratorStream stream, KernelConfig config, int m, int n, int k, ArrayView<float> a, ArrayView<float> b,
        EpilogueOperands operands, ArrayView<float> c, ArrayView<float> partialLoss);

    private readonly record struct ProductVariant(
        TileSize Tile, Orientation Orientation, EpilogueKind Kind, Activation Activation, Likelihood Function);

    /// <inheritdoc/>
    public void Multiply(Orientation orientation, View<float> a, View<float> b, in Epilogue epilogue, View<float> c)
    {
        (int m, int n) = (c.Rows, c.Columns);
        int k = orientation == Orientation.TN ? a.Rows : a.Columns;
        RequireShape(a, orientation == Orientation.TN ? k : m, orientation == Orientation.TN ? m : k, nameof(a));
        RequireShape(b, orientation == Orientation.NT ? n : k, orientation == Orientation.NT ? k : n, nameof(b));
        RequireEpilogue(epilogue, m, n);
        _ = ElementCount(a, nameof(a)) + ElementCount(b, nameof(b)) + ElementCount(c, nameof(c));
        if (c.Length == 0)
            return;

        TileSize tile = shapes.Tile(m, n);
        KernelConfig config = tile switch
        {
            TileSize.Large => LaunchShapes.Tiles<LargeTile>(m, n),
            TileSize.Small => LaunchShapes.Tiles<SmallTile>(m, n),
            _ => LaunchShapes.Tiles<HostTile>(m, n),
        };
        int lossColumns = config.GridDim.X * config.GroupDim.X;
        ArrayView<float> partials =
            epilogue.Kind == EpilogueKind.Likelihood ? PartialLoss(m, lossColumns) : ArrayView<float>.Empty;
        var operands = new EpilogueOperands(
            Array(epilogue.Bias),
            Array(epilogue.Kind == EpilogueKind.Likelihood ? epilogue.Target : epilogue.Activated),
            epilogue.GradientScale);
        var variant = new ProductVariant(tile, orientation, epilogue.Kind, epilogue.Activation, epilogue.Function);
        if (!products.TryGetValue(variant, out ProductLauncher? product))
        {
            product = LoadProduct(variant);
            products.Add(variant, product);
        }
        product(CountedStream(), config, m, n, k, Array(a), Array(b), operands, Array(c), partials);
        if (epilogue.Kind == EpilogueKind.Likelihood)
            SumRows(m, lossColumns, partials, Array(epilogue.Loss));
    }

    private static void RequireEpilogue(in Epilogue epilogue, int m, int n)
    {
        if (epilogue.Kind is EpilogueKind.BiasActivation or EpilogueKind.Likelihood)
            RequireLength(epilogue.Bias, n, nameof(epilogue.Bias));
        if (epilogue.Kind == EpilogueKind.Derivative)
            RequireShape(epilogue.Activated, m, n, nameof(epilogue.Activated));
        if (epilogue.Kind == EpilogueKind.Likelihood)
        {
            RequireShape(epilogue.Target, m, n, nameof(epilogue.Target));
            RequireLength(epilogue.Loss, m, nameof(epilogue.Loss));
        }
    }

    private ArrayView<float> PartialLoss(int rows, int columns)
    {
        long length = (long)rows * columns;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, int.MaxValue, nameof(rows));
        return partialLoss.Take(length);
    }

    private ProductLauncher LoadProduct(ProductVariant variant) => variant.Tile switch
    {
        TileSize.Large => LoadProduct<LargeTile>(variant),
        TileSize.Small => LoadProduct<SmallTile>(variant),
        _ => LoadProduct<HostTile>(variant),
    };

    private ProductLauncher LoadProduct<TTile>(ProductVariant variant)
        where TTile : struct, ITile => variant.Orientation switch
        {
            Orientation.NT => LoadProduct<TTile, DepthContiguous, DepthContiguous>(variant),
            Orientation.NN => LoadProduct<TTile, DepthContiguous, ExtentContiguous>(variant),
            Orientation.TN => LoadProduct<TTile, ExtentContiguous, ExtentContiguous>(variant),
            _ => throw new ArgumentOutOfRangeException(nameof(variant), variant.Orientation, null),
        };

    private ProductLauncher LoadProduct<TTile, TLeft, TRight>(ProductVariant variant)
        where TTile : struct, ITile
        where TLeft : struct, IOperandLayout
        where TRight : struct, IOperandLayout => variant switch
        {
            { Kind: EpilogueKind.Store } => LoadProduct<TTile, TLeft, TRight, StoreEpilogue>(),
            { Kind: EpilogueKind.Likelihood, Function: Likelihood.Bernoulli } =>
                LoadProduct<TTile, TLeft, TRight, LikelihoodEpilogue<BernoulliFunction>>(),
            { Kind: EpilogueKind.Likelihood, Function: Likelihood.Gaussian } =>
                LoadProduct<TTile, TLeft, TRight, LikelihoodEpilogue<GaussianFunction>>(),
            { Activation: Activation.Identity } => LoadProduct<TTile, TLeft, TRight, IdentityFunction>(variant.Kind),
            { Activation: Activation.Relu } => LoadProduct<TTile, TLeft, TRight, ReluFunction>(variant.Kind),
            { Activation: Activation.Tanh } => LoadProduct<TTile, TLeft, TRight, TanhFunction>(variant.Kind),
            { Activation: Activation.Sigmoid } => LoadProduct<TTile, TLeft, TRight, SigmoidFunction>(variant.Kind),
            _ => throw new ArgumentOutOfRangeException(nameof(variant), variant, null),
        };

    private ProductLauncher LoadProduct<TTile, TLeft, TRight, TActivation>(EpilogueKind kind)
        where TTile : struct, ITile
        where TLeft : struct, IOperandLayout
        where TRight : struct, IOperandLayout
        where TActivation : struct, IActivationFunction => kind switch
        {
            EpilogueKind.BiasActivation => LoadProduct<TTile, TLeft, TRight, BiasActivationEpilogue<TActivation>>(),
            EpilogueKind.Derivative => LoadProduct<TTile, TLeft, TRight, DerivativeEpilogue<TActivation>>(),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
        };

    private ProductLauncher LoadProduct<TTile, TLeft, TRight, TEpilogue>()
        where TTile : struct, ITile
        where TLeft : struct, IOperandLayout
        where TRight : struct, IOperandLayout
        where TEpilogue : struct, IProductEpilogue =>
        new(accelerator.LoadKernel<
            int, int, int, ArrayView<float>, ArrayView<float>, EpilogueOperands, ArrayView<float>, ArrayView<float>>(
            ProductKernel<TTile, TLeft, TRight, TEpilogue>.Run));
}
