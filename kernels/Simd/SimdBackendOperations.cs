namespace GpuVae.Kernels.Simd;

/// <summary>The operations at one vector width: shapes are checked here, the work is shared out to the team.</summary>
internal sealed unsafe partial class SimdBackend<S, TVector>(int threads) : SimdBackend(threads)
    where S : ISimd<TVector>
    where TVector : unmanaged
{
    // Half of a second-level cache of 1 MiB: what of V stays there while rows of P pass by.
    private const int GroupBytes = 512 * 1024;

    // Tiles in a worker's share for each panel that it packs, where all workers pack the same ones: with fewer, packing would
    // take a good part of the time.
    private const int FewestTilesPerPanel = 5;

    // Up to it a product stores so often that it waits for its stores.
    private const int ShallowDepth = 64;

    // Fewer numbers are wanted again before memory has them.
    private const int FewestNonTemporal = 32 * 1024;

    // What a worker's lists of P's rows may take.
    private const int ListBytes = 2 * 1024 * 1024;

    private readonly NativeBuffer<float> _tiles = new((long)threads * Product.ScratchLength<S, TVector>());
    private readonly ProductPlans<S, TVector> _plans = new();
    private readonly PartedItems _adamItems = new();
    private readonly NativeBuffer<PackedGroup> _packed = new(threads);
    private NativeBuffer<float> _panels = new(0);
    private NativeBuffer<float> _lastRows = new(0);
    private NativeBuffer<float> _partialLoss = new(0);
    private NativeBuffer<int> _steps = new(0);
    private NativeBuffer<long> _rowsListedFor = new(0);
    private NativeBuffer<int> _places = new(0);
    private NativeBuffer<uint> _liveBits = new(0);
    private long _products;

    public override void Multiply(
        Orientation orientation, View<float> a, View<float> b, in Epilogue epilogue, View<float> c)
    {
        (int m, int n) = (c.Rows, c.Columns);
        int k = orientation == Orientation.TN ? a.Rows : a.Columns;
        if (m == 0 || n == 0)
            return;

        ProductPlan plan = _plans.Find(orientation, HostBuffer<float>.Of(a), HostBuffer<float>.Of(b), m, n, k);
        var product = new Product
        {
            Depth = k,
            TilesAreTransposed = plan.TilesAreTransposed,
            Listed = plan.Listed,
            IsNonTemporal = IsNonTemporal(c) && StoresMuch(in epilogue, k),
            C = HostBuffer<float>.Of(c),
            Rows = m,
            Columns = n,
            Operands = new EpilogueOperands
            {
                Bias = HostBuffer<float>.Of(epilogue.Bias),
                Activated = HostBuffer<float>.Of(epilogue.Saved),
                Target = HostBuffer<float>.Of(epilogue.Target),
                GradientScale = epilogue.GradientScale,
            },
        };
        Place(ref product, orientation, HostBuffer<float>.Of(a), HostBuffer<float>.Of(b), m, n, k);
        if (plan.LiveShare < 1 && epilogue.Kind == EpilogueKind.Store)
            LeaveOutZeroColumns(ref product);
        bool unitsAreInA = orientation == Orientation.TN;
        Prepare(ref product, unitsAreInV: unitsAreInA == plan.TilesAreTransposed);
        int lossTiles = Product.TileCount(n, Product.LossColumns<S, TVector>());
        if (epilogue.Kind == EpilogueKind.Likelihood)
            product.PartialLoss = Scratch(ref _partialLoss, (long)lossTiles * m);

        product.CopyLastRows<S, TVector>();
        int blocks = Product.TileCount(product.PCount, Product.TileRows);
        var shares = new TileShares(
            product.GroupPanels, blocks, product.PanelVectors, Product.TileCount(product.VCount, S.Lanes), Team.Size);
        Team.Run(Body(in epilogue), &product, product.PanelCount<S, TVector>() * blocks, shares);
        if (epilogue.Kind == EpilogueKind.Likelihood)
            Product.SumLoss<S, TVector>(product.PartialLoss, lossTiles, m, HostBuffer<float>.Of(epilogue.Loss));
    }

    // Whether to write around the caches what the other cores read in other operations of a step, if there are others.
    private bool IsNonTemporal(View<float> c) => Team.Size > 1 && c.Length >= FewestNonTemporal;

    // Whether stores are a good part of the work: of a shallow product, or of the last one, which has the most results.
    private static bool StoresMuch(in Epilogue epilogue, int k) =>
        epilogue.Kind == EpilogueKind.Likelihood || (epilogue.Kind == EpilogueKind.Activation && k <= ShallowDepth);

    // Leaves one column at least, so that there is a tile that fills the others' rows of C.
    private void LeaveOutZeroColumns(ref Product product)
    {
        int vectors = Product.TileCount(product.VCount, S.Lanes);
        product.VPlaces = Scratch(ref _places, product.VCount + S.Lanes);
        var columns = new LiveColumns
        {
            Values = product.V,
            Columns = product.VCount,
            Rows = product.Depth,
            Bits = Scratch(ref _liveBits, vectors),
        };
        Team.Run(&LiveColumns.Vectors<S, TVector>, &columns, vectors);
        product.VCount = columns.Places<S, TVector>(product.VPlaces);
    }

    // Gives a product its scratch memory.
    private void Prepare(ref Product product, bool unitsAreInV)
    {
        int k = product.Depth;
        product.Number = ++_products;
        product.PanelVectors = product.Listed == ListedOperand.P ? S.ListedVectors : 2;
        int panels = product.PanelCount<S, TVector>();
        int width = product.PanelVectors * S.Lanes;

        // Workers divide the units of a layer: its rows of weights, going forward and for their gradient. Where those are
        // V's columns, a worker takes one panel after the other; where they are P's rows, all workers need all of V, and
        // each takes as many panels at once as fit in its cache.
        int most = (int)Math.Clamp(
            GroupBytes / ((long)width * sizeof(float) * Math.Max(1, k)), 1, Product.MostGroupPanels);
        int tiles = panels * Product.TileCount(product.PCount, Product.TileRows);
        most = unitsAreInV ? 1 : Math.Clamp(tiles / (FewestTilesPerPanel * Team.Size), 1, most);
        product.GroupPanels = Product.TileCount(panels, Product.TileCount(panels, most));
        product.Panels = Scratch(ref _panels, (long)Team.Size * product.GroupPanels * width * k);
        product.Packed = _packed.Pointer;
        product.Tiles = _tiles.Pointer;
        product.LastRows = Scratch(ref _lastRows, (long)product.KernelRows<S, TVector>() * k);
        if (product.Listed != ListedOperand.None)
            PrepareLists(ref product);
    }

    // A worker keeps the lists of all rows of P, or of those that it had last where they are very many.
    private void PrepareLists(ref Product product)
    {
        int length = StepLists.Length(product.Depth);
        if (product.Listed == ListedOperand.V)
        {
            product.WorkerLists = product.GroupPanels;
        }
        else
        {
            int rows = StepLists.RowsListed<S, TVector>(), lists = rows / StepLists.GroupRows;
            int most = (int)Math.Max(1, ListBytes / ((long)lists * length * sizeof(int)));
            product.ListedChunks = Math.Min(Product.TileCount(product.PCount, rows), most);
            product.WorkerLists = product.ListedChunks * lists;
            product.RowsListedFor = Scratch(ref _rowsListedFor, (long)Team.Size * product.ListedChunks);
        }
        long all = (long)Team.Size * product.WorkerLists;
        int* memory = Scratch(ref _steps, all * (1 + length));
        product.Steps = new StepLists { Counts = memory, Lists = memory + all, Depth = product.Depth };
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
        _rowsListedFor.Dispose();
        _places.Dispose();
        _liveBits.Dispose();
        _packed.Dispose();
        _adamItems.Dispose();
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

    private static delegate*<void*, int, int, int, void> Body(in Epilogue epilogue) =>
        (delegate*<void*, int, int, int, void>)epilogue.Accept<TileBodies, nint>(default);

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

    private readonly struct TileBodies : IEpilogueVisitor<nint>
    {
        public nint Store() => (nint)(delegate*<void*, int, int, int, void>)&Product.Compute<S, TVector, StoreTile>;

        public nint Activation<TFunction>()
            where TFunction : struct, IVectorActivation =>
            (nint)(delegate*<void*, int, int, int, void>)&Product.Compute<S, TVector, BiasActivationTile<TFunction>>;

        public nint Derivative<TFunction>()
            where TFunction : struct, IVectorActivation =>
            (nint)(delegate*<void*, int, int, int, void>)&Product.Compute<S, TVector, DerivativeTile<TFunction>>;

        public nint Likelihood<TFunction>()
            where TFunction : struct, IVectorLikelihood =>
            (nint)(delegate*<void*, int, int, int, void>)&Product.Compute<S, TVector, LikelihoodTile<TFunction>>;
    }
}
