namespace GpuVae.Kernels.Cpu.Gemm;

/// <summary>
/// Runs <see cref="Multiply"/>: chooses a plan, says which operand is broadcast and which is packed, takes scratch
/// memory, and divides the tiles among the threads.
/// </summary>
internal static unsafe class MultiplyKernel
{
    // Half of a second-level cache of 1 MiB: what of the packed operand stays there while rows of the other pass by.
    private const int GroupBytes = 512 * 1024;

    // Tiles in a worker's range for each panel that it packs, where all workers pack the same ones: with fewer, packing
    // would take a good part of the time.
    private const int FewestTilesPerPanel = 5;

    // Up to this depth a product stores so often that it waits for its stores.
    private const int ShallowDepth = 64;

    // What a worker's index lists of the broadcast operand's rows may take.
    private const int ListBytes = 2 * 1024 * 1024;

    private static readonly ScratchUse _tiles = new();
    private static readonly ScratchUse _packedGroups = new();
    private static readonly ScratchUse _panels = new();
    private static readonly ScratchUse _lastRows = new();
    private static readonly ScratchUse _partialLoss = new();
    private static readonly ScratchUse _indices = new();
    private static readonly ScratchUse _indexedFor = new();
    private static readonly ScratchUse _columns = new();
    private static readonly ScratchUse _columnBits = new();

    /// <summary><see cref="Multiply"/>.</summary>
    public static void Run<S, TVector>(CpuDevice<S, TVector> device, in Multiply operation)
        where S : ISimd<TVector>
        where TVector : unmanaged
    {
        (int m, int n, int k) = (operation.M, operation.N, operation.K);
        if (m == 0 || n == 0)
            return;
        Epilogue epilogue = operation.Epilogue;
        float* a = operation.A.Pointer(), b = operation.B.Pointer();
        ProductPlan plan = device.Plans.Find(operation.Orientation, a, b, m, n, k);
        var product = new MatrixProduct
        {
            Depth = k,
            TilesAreTransposed = plan.TilesAreTransposed,
            Sparse = plan.Sparse,
            IsNonTemporal = StoresMuch(in epilogue, k) && device.PrefersNonTemporalStores(operation.C.Length),
            C = operation.C.Pointer(),
            Rows = m,
            Columns = n,
            Operands = EpilogueOperands.Of(epilogue),
        };
        SetOperands(ref product, operation.Orientation, a, b, m, n, k);
        if (plan.NonzeroShare < 1 && epilogue.Kind == EpilogueKind.Store)
            LeaveOutZeroColumns(device, ref product);
        bool unitsAreInA = operation.Orientation == Orientation.TN;
        TakeScratch(device, ref product, unitsArePacked: unitsAreInA == plan.TilesAreTransposed);
        int lossTiles = MatrixProduct.TileCount(n, MatrixProduct.LossColumns<S, TVector>());
        if (epilogue.Kind == EpilogueKind.Likelihood)
            product.PartialLoss = device.Scratch.Take<float>(_partialLoss, (long)lossTiles * m);

        product.CopyLastRows<S, TVector>();
        int blocks = MatrixProduct.TileCount(product.BroadcastCount, MatrixProduct.TileRows);
        var partition = new TilePartition(
            product.GroupPanels, blocks, product.PanelVectors, MatrixProduct.TileCount(product.PackedCount, S.Lanes),
            device.Pool.Size);
        var body = (delegate*<void*, int, int, int, void>)epilogue.Accept<TileLoops<S, TVector>, nint>(default);
        device.Pool.Run(body, &product, product.PanelCount<S, TVector>() * blocks, partition);
        if (epilogue.Kind == EpilogueKind.Likelihood)
            MatrixProduct.SumLoss<S, TVector>(product.PartialLoss, lossTiles, m, epilogue.Loss.Pointer());
    }

    // Whether stores are a good part of the work: of a shallow product, or of the last one, which has the most results.
    private static bool StoresMuch(in Epilogue epilogue, int k) =>
        epilogue.Kind == EpilogueKind.Likelihood || (epilogue.Kind == EpilogueKind.Activation && k <= ShallowDepth);

    private static void SetOperands(
        ref MatrixProduct product, Orientation orientation, float* a, float* b, int m, int n, int k)
    {
        // An operand that is contiguous along k has its rows k apart; one that is contiguous across it has its k's
        // apart.
        bool aAlongDepth = orientation != Orientation.TN;
        bool bAlongDepth = orientation == Orientation.NT;
        bool transposed = product.TilesAreTransposed;
        (int broadcastCount, bool broadcastAlongDepth) = transposed ? (n, bAlongDepth) : (m, aAlongDepth);
        (int packedCount, bool packedAlongDepth) = transposed ? (m, aAlongDepth) : (n, bAlongDepth);
        product.Broadcast = transposed ? b : a;
        product.BroadcastCount = broadcastCount;
        product.BroadcastRowStride = broadcastAlongDepth ? k : 1;
        product.BroadcastStep = broadcastAlongDepth ? 1 : broadcastCount;
        product.Packed = transposed ? a : b;
        product.PackedCount = packedCount;
        product.PackedIsTransposed = packedAlongDepth;
        product.PackedStride = packedAlongDepth ? k : packedCount;
    }

    // Leaves one column at least, so that there is a tile that fills the others' rows of C.
    private static void LeaveOutZeroColumns<S, TVector>(CpuDevice<S, TVector> device, ref MatrixProduct product)
        where S : ISimd<TVector>
        where TVector : unmanaged
    {
        int vectors = MatrixProduct.TileCount(product.PackedCount, S.Lanes);
        product.PackedColumns = device.Scratch.Take<int>(_columns, product.PackedCount + S.Lanes);
        var columns = new NonzeroColumns
        {
            Values = product.Packed,
            Columns = product.PackedCount,
            Rows = product.Depth,
            Bits = device.Scratch.Take<uint>(_columnBits, vectors),
        };
        device.Pool.Run(&NonzeroColumns.Vectors<S, TVector>, &columns, vectors);
        product.PackedCount = columns.Indices<S, TVector>(product.PackedColumns);
    }

    private static void TakeScratch<S, TVector>(
        CpuDevice<S, TVector> device, ref MatrixProduct product, bool unitsArePacked)
        where S : ISimd<TVector>
        where TVector : unmanaged
    {
        int k = product.Depth, workers = device.Pool.Size;
        product.Number = ++device.Products;
        product.PanelVectors = product.Sparse == SparseOperand.Broadcast ? S.SparseVectors : 2;
        int panels = product.PanelCount<S, TVector>();
        int width = product.PanelVectors * S.Lanes;

        // Workers divide the units of a layer: its rows of weights, going forward and for their gradient. Where those
        // are columns of the packed operand, a worker takes one panel after the other; where they are rows of the
        // broadcast one, all workers need all of the packed operand, and each takes as many panels at once as fit in
        // its cache.
        int most = (int)Math.Clamp(
            GroupBytes / ((long)width * sizeof(float) * Math.Max(1, k)), 1, MatrixProduct.MostGroupPanels);
        int tiles = panels * MatrixProduct.TileCount(product.BroadcastCount, MatrixProduct.TileRows);
        most = unitsArePacked ? 1 : Math.Clamp(tiles / (FewestTilesPerPanel * workers), 1, most);
        product.GroupPanels = MatrixProduct.TileCount(panels, MatrixProduct.TileCount(panels, most));

        ScratchMemory scratch = device.Scratch;
        product.Panels = scratch.Take<float>(_panels, (long)workers * product.GroupPanels * width * k);
        product.PackedGroups = scratch.Take<PackedGroup>(_packedGroups, workers);
        product.Tiles = scratch.Take<float>(_tiles, (long)workers * MatrixProduct.ScratchLength<S, TVector>());
        product.LastRows = scratch.Take<float>(_lastRows, (long)product.KernelRows<S, TVector>() * k);
        if (product.Sparse != SparseOperand.None)
            TakeIndexLists(device, ref product);
    }

    // A worker keeps the index lists of all rows of the broadcast operand, or of those that it had last where they are
    // very many.
    private static void TakeIndexLists<S, TVector>(CpuDevice<S, TVector> device, ref MatrixProduct product)
        where S : ISimd<TVector>
        where TVector : unmanaged
    {
        int length = NonzeroIndices.Length(product.Depth), workers = device.Pool.Size;
        if (product.Sparse == SparseOperand.Packed)
        {
            product.WorkerIndexLists = product.GroupPanels;
        }
        else
        {
            int rows = NonzeroIndices.RowsAtOnce<S, TVector>(), lists = rows / NonzeroIndices.GroupRows;
            int most = (int)Math.Max(1, ListBytes / ((long)lists * length * sizeof(int)));
            product.IndexChunks = Math.Min(MatrixProduct.TileCount(product.BroadcastCount, rows), most);
            product.WorkerIndexLists = product.IndexChunks * lists;
            product.IndexedFor = device.Scratch.Take<long>(_indexedFor, (long)workers * product.IndexChunks);
        }
        long all = (long)workers * product.WorkerIndexLists;
        int* memory = device.Scratch.Take<int>(_indices, all * (1 + length));
        product.Indices = new NonzeroIndices { Counts = memory, Lists = memory + all, Depth = product.Depth };
    }

    /// <summary>The loop over tiles that is compiled for an epilogue.</summary>
    private readonly struct TileLoops<S, TVector> : IEpilogueVisitor<nint>
        where S : ISimd<TVector>
        where TVector : unmanaged
    {
        public nint Store() => (nint)(delegate*<void*, int, int, int, void>)&MatrixProduct.Compute<S, TVector, StoreTile>;

        public nint Activation<TFunction>()
            where TFunction : struct, IVectorActivation =>
            (nint)(delegate*<void*, int, int, int, void>)
                &MatrixProduct.Compute<S, TVector, BiasActivationTile<TFunction>>;

        public nint Derivative<TFunction>()
            where TFunction : struct, IVectorActivation =>
            (nint)(delegate*<void*, int, int, int, void>)&MatrixProduct.Compute<S, TVector, DerivativeTile<TFunction>>;

        public nint Likelihood<TFunction>()
            where TFunction : struct, IVectorLikelihood =>
            (nint)(delegate*<void*, int, int, int, void>)&MatrixProduct.Compute<S, TVector, LikelihoodTile<TFunction>>;
    }
}
