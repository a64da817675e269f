using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu.Gemm;

/// <summary>Where a tile is.</summary>
/// <param name="FirstRow">Of the broadcast operand.</param>
/// <param name="Rows">Rows of the broadcast operand, at most <see cref="MatrixProduct.TileRows"/>.</param>
/// <param name="FirstColumn">Of the packed operand.</param>
/// <param name="Columns">Columns of the packed operand.</param>
internal readonly record struct TileBounds(int FirstRow, int Rows, int FirstColumn, int Columns)
{
    /// <summary>Whether its columns fill the vectors of a panel.</summary>
    public bool FillsVectors<S, V>()
        where S : ISimd<V>
        where V : unmanaged =>
        Columns == Packing.Vectors<S, V>(Columns) * S.Lanes;
}

/// <summary>
/// Ranges of a product's tiles with equally many multiply-adds: the last panel may be narrow, and the last rows few.
/// </summary>
/// <param name="groupPanels">Panels of a group.</param>
/// <param name="blocks">Blocks of rows, a tile in each panel.</param>
/// <param name="panelVectors">Vectors of a panel.</param>
/// <param name="vectors">Vectors of all panels.</param>
/// <param name="workers">Among how many they are divided.</param>
internal readonly struct TilePartition(int groupPanels, int blocks, int panelVectors, int vectors, int workers) : IPartition
{
    public int Begin(int worker)
    {
        long work = (long)vectors * blocks * worker / workers;
        int groupVectors = groupPanels * panelVectors;
        int group = (int)(work / ((long)groupVectors * blocks));
        int width = Math.Min(groupVectors, vectors - (group * groupVectors));
        int panels = MatrixProduct.DivideUp(width, panelVectors);
        long within = (work - ((long)group * groupVectors * blocks)) * panels / width;
        return (int)(((long)group * groupPanels * blocks) + within);
    }
}

/// <summary>The tiles of a <see cref="MatrixProduct"/>: packs what a tile needs, sums it, and hands it to the epilogue.</summary>
internal static unsafe class TileLoop
{
    /// <summary>
    /// Tiles, as items of <see cref="CpuThreadPool.Run"/>: by group of panels, then rows of the broadcast operand, then panels.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<S, V, TEpilogue>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
        where TEpilogue : struct, ITileEpilogue
    {
        // A copy, since the caller's stack is in its core's cache.
        MatrixProduct product = *(MatrixProduct*)context;
        int width = product.PanelVectors * S.Lanes;
        int panels = product.PanelCount<S, V>();
        int blocks = MatrixProduct.DivideUp(product.Broadcast.Rows, MatrixProduct.TileRows);
        float* tile = product.Tiles + (worker * MatrixProduct.TileScratchLength<S, V>());

        int group = first / (blocks * product.GroupPanels) * product.GroupPanels;
        int groupPanels = Math.Min(product.GroupPanels, panels - group);
        int inGroup = first - (group * blocks);
        int row = inGroup / groupPanels * MatrixProduct.TileRows;
        int slot = inGroup % groupPanels;
        for (; count > 0; count--)
        {
            int column = (group + slot) * width;
            var bounds = new TileBounds(
                row, Math.Min(MatrixProduct.TileRows, product.Broadcast.Rows - row), column,
                Math.Min(width, product.Packed.Columns - column));
            float* panel = Packing.Panel<S, V>(in product, worker, group, slot, out bool isPacked);
            int indexGroup = product.Sparse switch
            {
                SparseOperand.Broadcast => Packing.IndexRows<S, V>(in product, worker, row),
                SparseOperand.Packed => (worker * product.WorkerGroups) + slot,
                _ => 0,
            };
            bool isDirect = TEpilogue.IsStore && !product.TilesAreTransposed
                && bounds.Rows % product.KernelRows<S, V>() == 0 && bounds.FillsVectors<S, V>();
            float* target = isDirect
                ? product.Output.C + ((nint)row * product.Output.Columns) + bounds.FirstColumn
                : tile;
            Sum<S, V>(
                in product, bounds, panel, isPacked, indexGroup, target, isDirect ? product.Output.Columns : width);
            if (!isDirect)
                Store<S, V, TEpilogue>(in product, bounds, tile, width);

            if (++slot < groupPanels)
                continue;
            slot = 0;
            row += MatrixProduct.TileRows;
            if (row < product.Broadcast.Rows)
                continue;
            row = 0;
            group += product.GroupPanels;
            groupPanels = Math.Min(product.GroupPanels, panels - group);
        }
        if (product.Output.IsNonTemporal)
            S.StoreFence();
    }

    // The sums of a tile, broadcast rows by packed columns.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Sum<S, V>(
        in MatrixProduct product, in TileBounds bounds, float* panel, bool isPacked, int indexGroup, float* target,
        nint targetStride)
        where S : ISimd<V>
        where V : unmanaged
    {
        int kernelRows = product.KernelRows<S, V>();
        int vectors = Packing.Vectors<S, V>(bounds.Columns);
        for (int row = 0; row < bounds.Rows; row += kernelRows, target += kernelRows * targetStride)
        {
            bool isWhole = row + kernelRows <= bounds.Rows;
            float* broadcast = isWhole
                ? product.Broadcast.Data + ((bounds.FirstRow + row) * product.Broadcast.RowStride)
                : product.LastRows;
            nint rowStride = isWhole ? product.Broadcast.RowStride : product.Depth;
            nint depthStride = isWhole ? product.Broadcast.DepthStride : 1;
            if (!isPacked)
            {
                MicroKernel.Run<S, V, PackingLoop>(
                    product.Depth, null, broadcast, rowStride, depthStride, panel, vectors, target, targetStride,
                    product.Packed.Data + bounds.FirstColumn, product.Packed.Stride);
                isPacked = true;
                continue;
            }
            if (product.Sparse == SparseOperand.None)
            {
                // The rows that come next: where they lie along k a line of them for every other k, else the line beside this.
                float* next = depthStride == 1
                    ? broadcast + (kernelRows * rowStride)
                    : broadcast + MatrixProduct.TileRows;
                MicroKernel.Run<S, V, FullLoop>(
                    product.Depth, null, broadcast, rowStride, depthStride, panel, vectors, target, targetStride, next,
                    depthStride == 1 ? kernelRows : depthStride);
                continue;
            }
            int rowGroup = product.Sparse == SparseOperand.Broadcast
                ? indexGroup + (row / NonzeroIndices.GroupRows)
                : indexGroup;
            int* indices = product.Indices[rowGroup];
            int count = product.Indices.Counts[rowGroup];
            if (product.Sparse == SparseOperand.Packed)
            {
                MicroKernel.Run<S, V, IndexedLoop>(
                    count, indices, broadcast, rowStride, depthStride, panel, vectors, target, targetStride, null, 0);
            }
            else
            {
                MicroKernel.RunFourRows<S, V>(
                    count, indices, broadcast, rowStride, depthStride, panel, vectors, target, targetStride);
            }
        }
    }

    // From a tile of sums to C.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<S, V, TEpilogue>(in MatrixProduct product, in TileBounds bounds, float* tile, int width)
        where S : ISimd<V>
        where V : unmanaged
        where TEpilogue : struct, ITileEpilogue
    {
        float* transposed = tile + (MatrixProduct.TileRows * width);
        float* losses = transposed + (MatrixProduct.TileRows * width);
        if (!product.TilesAreTransposed)
        {
            EpilogueLoop.Run<S, V, TEpilogue>(
                in product.Output, tile, width, bounds.FirstRow, bounds.Rows, bounds.FirstColumn, bounds.Columns, losses);
            return;
        }
        bool hasIndices = product.Packed.ColumnIndices is not null;
        bool isDirect = TEpilogue.IsStore && !hasIndices
            && bounds.Rows % S.Lanes == 0 && bounds.Columns % S.Lanes == 0;
        nint columns = product.Output.Columns;
        float* target = isDirect ? product.Output.C + (bounds.FirstColumn * columns) + bounds.FirstRow : transposed;
        nint stride = isDirect ? columns : MatrixProduct.TileRows;
        for (int i = 0; i < bounds.Rows; i += S.Lanes)
        {
            for (int j = 0; j < bounds.Columns; j += S.Lanes)
                BlockTranspose.Transpose<S, V>(tile + (i * width) + j, width, target + (j * stride) + i, stride);
        }
        if (isDirect)
            return;
        if (hasIndices)
        {
            StoreIndexedRows<S, V>(in product, transposed, bounds);
            return;
        }
        EpilogueLoop.Run<S, V, TEpilogue>(
            in product.Output, transposed, MatrixProduct.TileRows, bounds.FirstColumn, bounds.Columns, bounds.FirstRow,
            bounds.Rows, losses);
    }

    // Rows of C that the packed columns are, each to its index, and zeros to the rows between them: the first block of a panel
    // fills the rows between the panel's own, and before it.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void StoreIndexedRows<S, V>(in MatrixProduct product, float* transposed, in TileBounds bounds)
        where S : ISimd<V>
        where V : unmanaged
    {
        int* indices = product.Packed.ColumnIndices;
        nint length = product.Output.Columns;
        (int firstRow, int rows) = (bounds.FirstColumn, bounds.Columns);
        (int firstColumn, int columns) = (bounds.FirstRow, bounds.Rows);
        for (int i = 0; i < rows; i++)
        {
            float* source = transposed + (i * MatrixProduct.TileRows);
            float* c = product.Output.C + (indices[firstRow + i] * length) + firstColumn;
            for (int j = 0; j < columns; j += S.Lanes)
                VectorStore.Store<S, V>(S.Load(source + j), columns - j, c + j);
        }
        if (firstColumn > 0)
            return;
        int next = firstRow == 0 ? 0 : indices[firstRow - 1] + 1;
        bool isLast = firstRow + rows == product.Packed.Columns;
        int end = isLast ? product.Output.Rows : indices[firstRow + rows - 1] + 1;
        for (int i = 0; next < end; next++)
        {
            if (i < rows && indices[firstRow + i] == next)
                i++;
            else
                new Span<float>(product.Output.C + (next * length), (int)length).Clear();
        }
    }
}
