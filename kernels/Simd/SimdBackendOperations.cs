namespace GpuVae.Kernels.Simd;

/// <summary>The operations at one vector width: shapes are checked here, the work is shared out to the team.</summary>
internal sealed unsafe partial class SimdBackend<S, TVector>(int threads) : SimdBackend(threads)
    where S : ISimd<TVector>
    where TVector : unmanaged
{
    // Half of a second-level cache of 1 MiB: what of V stays there while rows of P pass by.
    private const int GroupBytes = 512 * 1024;

    private readonly NativeBuffer<float> _tiles = new((long)threads * Product.ScratchLength<S, TVector>());
    private NativeBuffer<float> _panels = new(0);
    private NativeBuffer<float> _lastRows = new(0);
    private NativeBuffer<float> _partialLoss = new(0);
    private NativeBuffer<int> _steps = new(0);

    public override void Multiply(
        Orientation orientation, View<float> a, View<float> b, in Epilogue epilogue, View<float> c)
    {
        (int m, int n, int k) = Shapes.OfProduct(orientation, a, b, in epilogue, c);
        if (m == 0 || n == 0)
            return;
        ProductPlan plan = ProductPlan.Choose<S, TVector>(
            orientation, HostBuffer<float>.Of(a), HostBuffer<float>.Of(b), m, n, k);
        var product = new Product
        {
            Depth = k,
            TilesAreTransposed = plan.TilesAreTransposed,
            Listed = plan.Listed,
            C = HostBuffer<float>.Of(c),
            Rows = m,
            Columns = n,
            Operands = new EpilogueOperands
            {
                Bias = HostBuffer<float>.Of(epilogue.Bias),
                Activated = HostBuffer<float>.Of(epilogue.Activated),
                Target = HostBuffer<float>.Of(epilogue.Target),
                GradientScale = epilogue.GradientScale,
            },
        };
        Place(ref product, orientation, HostBuffer<float>.Of(a), HostBuffer<float>.Of(b), m, n, k);

        int width = 2 * S.Lanes;
        int panels = Product.TileCount(product.VCount, width);
        product.Panels = Scratch(ref _panels, (long)panels * width * k);
        product.Tiles = _tiles.Pointer;
        product.LastRows = Scratch(ref _lastRows, (long)S.TileRows * k);
        product.GroupPanels = Math.Clamp(GroupBytes / (width * sizeof(float) * Math.Max(1, k)), 1, panels);
        if (plan.Listed != ListedOperand.None)
        {
            int lists = plan.Listed == ListedOperand.V ? panels : Product.TileCount(product.PCount, S.TileRows);
            int* memory = Scratch(ref _steps, (long)lists * (k + 2));
            product.Steps = new StepLists { Counts = memory, Lists = memory + lists, Depth = k };
        }
        int lossTiles = product.LossTiles<S, TVector>();
        if (epilogue.Kind == EpilogueKind.Likelihood)
            product.PartialLoss = Scratch(ref _partialLoss, (long)lossTiles * m);

        Team.Run(&Product.Pack<S, TVector>, &product, product.PackItems<S, TVector>());
        product.EndPacking<S, TVector>();
        Team.Run(Body(in epilogue), &product, panels * Product.TileCount(product.PCount, Product.TileRows));
        if (epilogue.Kind == EpilogueKind.Likelihood)
            Product.SumLoss<S, TVector>(product.PartialLoss, lossTiles, m, HostBuffer<float>.Of(epilogue.Loss));
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _tiles.Dispose();
        _panels.Dispose();
        _lastRows.Dispose();
        _partialLoss.Dispose();
        _itemSums.Dispose();
        _steps.Dispose();
    }

    private static void Place(ref Product product, Orientation orientation, float* a, float* b, int m, int n, int k)
    {
        // An operand that is contiguous along k has its rows k apart; one that is contiguous across it has its k's apart.
        bool aAlongDepth = orientation != Orientation.TN;
        bool bAlongDepth = orientation == Orientation.NT;
        bool transposed = product.TilesAreTransposed;
        (int pCount, bool pAlongDepth) = transposed ? (n, bAlongDepth) : (m, aAlongDepth);
        (int vCount, bool vAlongDepth) = transposed ? (m, aAlongDepth) : (n, bAlongDepth);
        product.P = transposed ? b : a;
        product.PCount = pCount;
        product.PRowStride = pAlongDepth ? k : 1;
        product.PStep = pAlongDepth ? 1 : pCount;
        product.V = transposed ? a : b;
        product.VCount = vCount;
        product.VIsTransposed = vAlongDepth;
        product.VStride = vAlongDepth ? k : vCount;
    }

    private static delegate*<void*, int, int, int, void> Body(in Epilogue epilogue) => epilogue.Kind switch
    {
        EpilogueKind.Store => &Product.Compute<S, TVector, StoreTile>,
        EpilogueKind.BiasActivation => epilogue.Activation switch
        {
            Activation.Identity => &Product.Compute<S, TVector, BiasActivationTile<IdentityFunction>>,
            Activation.Relu => &Product.Compute<S, TVector, BiasActivationTile<ReluFunction>>,
            Activation.Tanh => &Product.Compute<S, TVector, BiasActivationTile<TanhFunction>>,
            Activation.Sigmoid => &Product.Compute<S, TVector, BiasActivationTile<SigmoidFunction>>,
            _ => throw new ArgumentOutOfRangeException(nameof(epilogue)),
        },
        EpilogueKind.Derivative => epilogue.Activation switch
        {
            Activation.Identity => &Product.Compute<S, TVector, DerivativeTile<IdentityFunction>>,
            Activation.Relu => &Product.Compute<S, TVector, DerivativeTile<ReluFunction>>,
            Activation.Tanh => &Product.Compute<S, TVector, DerivativeTile<TanhFunction>>,
            Activation.Sigmoid => &Product.Compute<S, TVector, DerivativeTile<SigmoidFunction>>,
            _ => throw new ArgumentOutOfRangeException(nameof(epilogue)),
        },
        EpilogueKind.Likelihood => epilogue.Function switch
        {
            Likelihood.Bernoulli => &Product.Compute<S, TVector, LikelihoodTile<BernoulliFunction>>,
            Likelihood.Gaussian => &Product.Compute<S, TVector, LikelihoodTile<GaussianFunction>>,
            Likelihood.Laplace => &Product.Compute<S, TVector, LikelihoodTile<LaplaceFunction>>,
            _ => throw new ArgumentOutOfRangeException(nameof(epilogue)),
        },
        _ => throw new ArgumentOutOfRangeException(nameof(epilogue)),
    };

    // Memory that an operation keeps between calls; it grows to the largest shape seen.
    private static T* Scratch<T>(ref NativeBuffer<T> buffer, long length)
        where T : unmanaged
    {
        if (buffer.Length < length)
        {
            buffer.Dispose();
            buffer = new NativeBuffer<T>(length);
        }
        return buffer.Pointer;
    }
}
