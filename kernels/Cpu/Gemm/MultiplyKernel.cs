namespace GpuVae.Kernels.Cpu.Gemm;

/// <summary>
/// <see cref="Multiply"/>: chooses a plan, gives the product its memory, divides its tiles among the workers
/// (<see cref="TileLoop"/>), and adds up the losses of rows.
/// </summary>
internal static unsafe class MultiplyKernel
{
    // Half of a second-level cache of 1 MiB: what of the packed operand stays there while rows of the other pass by.
    private const int GroupBytes = 512 * 1024;

    // Tiles in a worker's range for each panel that it packs, where all workers pack the same ones: with fewer, packing would
    // take a good part of the time.
    private const int MinTilesPerPanel = 5;

    // Up to this K a product stores so often that it waits for its stores.
    private const int ShallowDepth = 64;

    // What a worker's nonzero indices of broadcast rows may take.
    private const int IndexBytes = 2 * 1024 * 1024;

    private static readonly ScratchUse _tiles = new();
    private static readonly ScratchUse _panels = new();
    private static readonly ScratchUse _packedGroups = new();
    private static readonly ScratchUse _lastRows = new();
    private static readonly ScratchUse _indices = new();
    private static readonly ScratchUse _scanKeys = new();
    private static readonly ScratchUse _columnIndices = new();
    private static readonly ScratchUse _columnBits = new();

    public static void Run<S, V>(CpuDevice<S, V> device, in Multiply operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        (int m, int n, int k) = (operation.M, operation.N, operation.K);
        if (m == 0 || n == 0)
            return;

        float* a = operation.A.Pointer(), b = operation.B.Pointer();
        Epilogue epilogue = operation.Epilogue;
        ProductPlan plan = device.Plans.Find(operation.Orientation, a, b, m, n, k);
        var product = new MatrixProduct
        {
            Depth = k,
            TilesAreTransposed = plan.TilesAreTransposed,
            Sparse = plan.Sparse,
            Output = EpilogueLoop.Output(device, in epilogue, operation.C),
        };
        product.Output.IsNonTemporal =
            device.PrefersNonTemporalStores(operation.C.Length) && StoresMuch(epilogue.Kind, k);
        PlaceOperands(ref product, operation.Orientation, a, b, m, n, k);
        if (plan.NonzeroColumnShare < 1 && epilogue.Kind == EpilogueKind.Store)
            SkipZeroColumns(device, ref product);
        bool unitsAreInA = operation.Orientation == Orientation.TN;
        TakeScratch(device, ref product, unitsArePacked: unitsAreInA == plan.TilesAreTransposed);
        Packing.CopyLastRows<S, V>(in product);

        int blocks = MatrixProduct.DivideUp(product.Broadcast.Rows, MatrixProduct.TileRows);
        var partition = new TilePartition(
            product.GroupPanels, blocks, product.PanelVectors, MatrixProduct.DivideUp(product.Packed.Columns, S.Lanes),
            device.Pool.Size);
        delegate*<void*, int, int, int, void> body = TileEpilogueTypes<Bodies<S, V>>.Find(epilogue, hasBias: true);
        device.Pool.Run(body, &product, product.PanelCount<S, V>() * blocks, partition);
        if (epilogue.Kind == EpilogueKind.Likelihood)
            EpilogueLoop.SumLoss<S, V>(in product.Output, epilogue.Loss.Pointer());
    }

    // Whether stores are a good part of the work: of a shallow product, or of the last one, which has the most results.
    private static bool StoresMuch(EpilogueKind kind, int k) =>
        kind == EpilogueKind.Likelihood || (kind == EpilogueKind.Activation && k <= ShallowDepth);

    private static void PlaceOperands(
        ref MatrixProduct product, Orientation orientation, float* a, float* b, int m, int n, int k)
    {
        // An operand that is contiguous along k has its rows k apart; one that is contiguous across it has its k's apart.
        bool aAlongDepth = orientation != Orientation.TN;
        bool bAlongDepth = orientation == Orientation.NT;
        bool transposed = product.TilesAreTransposed;
        (int rows, bool broadcastAlongDepth) = transposed ? (n, bAlongDepth) : (m, aAlongDepth);
        (int columns, bool packedAlongDepth) = transposed ? (m, aAlongDepth) : (n, bAlongDepth);
        product.Broadcast = new BroadcastOperand
        {
            Data = transposed ? b : a,
            Rows = rows,
            RowStride = broadcastAlongDepth ? k : 1,
            DepthStride = broadcastAlongDepth ? 1 : rows,
        };
        product.Packed = new PackedOperand
        {
            Data = transposed ? a : b,
            Columns = columns,
            Stride = packedAlongDepth ? k : columns,
            IsTransposed = packedAlongDepth,
        };
    }

    // Leaves one column at least, so that there is a tile that fills the others' rows of C.
    private static void SkipZeroColumns<S, V>(CpuDevice<S, V> device, ref MatrixProduct product)
        where S : ISimd<V>
        where V : unmanaged
    {
        int vectors = MatrixProduct.DivideUp(product.Packed.Columns, S.Lanes);
        product.Packed.ColumnIndices = device.Scratch.Take<int>(_columnIndices, product.Packed.Columns + S.Lanes);
        var columns = new NonzeroColumns
        {
            Values = product.Packed.Data,
            Columns = product.Packed.Columns,
            Rows = product.Depth,
            Bits = device.Scratch.Take<uint>(_columnBits, vectors),
        };
        device.Pool.Run(&NonzeroColumns.ScanVectors<S, V>, &columns, vectors);
        product.Packed.Columns = columns.WriteIndices<S, V>(product.Packed.ColumnIndices);
    }

    private static void TakeScratch<S, V>(CpuDevice<S, V> device, ref MatrixProduct product, bool unitsArePacked)
        where S : ISimd<V>
        where V : unmanaged
    {
        int workers = device.Pool.Size, k = product.Depth;
        product.Number = ++device.Products;
        product.PanelVectors = product.Sparse == SparseOperand.Broadcast ? S.SparsePanelVectors : 2;
        int panels = product.PanelCount<S, V>();
        int width = product.PanelVectors * S.Lanes;

        // Workers divide the units of a layer: its rows of weights, going forward and for their gradient. Where those are
        // columns of the packed operand, a worker takes one panel after the other; where they are rows of the broadcast one, all
        // workers need all panels, and each takes as many at once as fit in its cache.
        int most = (int)Math.Clamp(
            GroupBytes / ((long)width * sizeof(float) * Math.Max(1, k)), 1, MatrixProduct.MaxGroupPanels);
        int tiles = panels * MatrixProduct.DivideUp(product.Broadcast.Rows, MatrixProduct.TileRows);
        most = unitsArePacked ? 1 : Math.Clamp(tiles / (MinTilesPerPanel * workers), 1, most);
        product.GroupPanels = MatrixProduct.DivideUp(panels, MatrixProduct.DivideUp(panels, most));
        product.Panels = device.Scratch.Take<float>(_panels, (long)workers * product.GroupPanels * width * k);
        product.PackedGroups = device.Scratch.Take<PackedGroup>(_packedGroups, workers);
        product.Tiles = device.Scratch.Take<float>(_tiles, (long)workers * MatrixProduct.TileScratchLength<S, V>());
        product.LastRows = device.Scratch.Take<float>(_lastRows, (long)product.KernelRows<S, V>() * k);
        if (product.Sparse != SparseOperand.None)
            TakeIndexScratch(device, ref product);
    }

    // A worker keeps the nonzero indices of all broadcast rows, or of those that it had last where they are very many.
    private static void TakeIndexScratch<S, V>(CpuDevice<S, V> device, ref MatrixProduct product)
        where S : ISimd<V>
        where V : unmanaged
    {
        int workers = device.Pool.Size, capacity = NonzeroIndices.Capacity(product.Depth);
        if (product.Sparse == SparseOperand.Packed)
        {
            product.WorkerGroups = product.GroupPanels;
        }
        else
        {
            int rows = NonzeroIndices.RowsPerScan<S, V>(), groups = rows / NonzeroIndices.GroupRows;
            int most = (int)Math.Max(1, IndexBytes / ((long)groups * capacity * sizeof(int)));
            product.KeptScans = Math.Min(MatrixProduct.DivideUp(product.Broadcast.Rows, rows), most);
            product.WorkerGroups = product.KeptScans * groups;
            product.ScanKeys = device.Scratch.Take<long>(_scanKeys, (long)workers * product.KeptScans);
        }
        long all = (long)workers * product.WorkerGroups;
        int* memory = device.Scratch.Take<int>(_indices, all * (1 + capacity));
        product.Indices = new NonzeroIndices { Counts = memory, Indices = memory + all, Depth = product.Depth };
    }

    // From an epilogue to the loop over tiles that is compiled for it.
    private readonly struct Bodies<S, V> : ITileEpilogueSelector
        where S : ISimd<V>
        where V : unmanaged
    {
        public static delegate*<void*, int, int, int, void> For<TEpilogue>()
            where TEpilogue : struct, ITileEpilogue => &TileLoop.Run<S, V, TEpilogue>;
    }
}
