using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu.Gemm;

/// <content>The tiles.</content>
internal unsafe partial struct MatrixProduct
{
    /// <summary>
    /// Tiles, as items of <see cref="CpuThreadPool.Run"/>: by group of panels, then rows of the broadcast operand, then
    /// panels.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Compute<S, TVector, TEpilogue>(void* context, int first, int count, int worker)
        where S : ISimd<TVector>
        where TVector : unmanaged
        where TEpilogue : ITileEpilogue
    {
        // A copy, since the caller's stack is in its core's cache.
        MatrixProduct product = *(MatrixProduct*)context;
        int width = product.PanelVectors * S.Lanes;
        int panels = product.PanelCount<S, TVector>();
        int blocks = TileCount(product.BroadcastCount, TileRows);
        float* tile = product.Tiles + (worker * ScratchLength<S, TVector>());

        int group = first / (blocks * product.GroupPanels) * product.GroupPanels;
        int groupPanels = Math.Min(product.GroupPanels, panels - group);
        int inGroup = first - (group * blocks);
        int block = inGroup / groupPanels * TileRows;
        int slot = inGroup % groupPanels;
        for (; count > 0; count--)
        {
            int column = (group + slot) * width;
            var place = new TileBounds(
                block, Math.Min(TileRows, product.BroadcastCount - block), column, Math.Min(width, product.PackedCount - column));
            float* packed = product.PackedPanel<S, TVector>(worker, group, slot, out bool isPacked);
            int list = product.Sparse switch
            {
                SparseOperand.Broadcast => product.ListRows<S, TVector>(worker, block),
                SparseOperand.Packed => (worker * product.WorkerIndexLists) + slot,
                _ => 0,
            };
            bool direct = TEpilogue.IsStore && !product.TilesAreTransposed
                && place.Rows % product.KernelRows<S, TVector>() == 0 && place.IsWhole<S, TVector>();
            float* target = direct ? product.C + ((nint)block * product.Columns) + place.FirstColumn : tile;
            product.ComputeTile<S, TVector>(
                place, packed, isPacked, list, target, direct ? product.Columns : width);
            if (!direct)
                product.StoreTile<S, TVector, TEpilogue>(place, tile, width);

            if (++slot < groupPanels)
                continue;
            slot = 0;
            block += TileRows;
            if (block < product.BroadcastCount)
                continue;
            block = 0;
            group += product.GroupPanels;
            groupPanels = Math.Min(product.GroupPanels, panels - group);
        }
        if (product.IsNonTemporal)
            S.StoreFence();
    }

    // The sums of a tile, rows of the broadcast operand by columns of the packed operand.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void ComputeTile<S, TVector>(
        in TileBounds place, float* packed, bool isPacked, int list, float* target, nint targetStride)
        where S : ISimd<TVector>
        where TVector : unmanaged
    {
        int kernelRows = KernelRows<S, TVector>();
        int vectors = Packing.Vectors<S, TVector>(place.Columns);
        for (int row = 0; row < place.Rows; row += kernelRows, target += kernelRows * targetStride)
        {
            bool isWhole = row + kernelRows <= place.Rows;
            float* p = isWhole ? Broadcast + ((place.FirstRow + row) * BroadcastRowStride) : LastRows;
            nint rowStride = isWhole ? BroadcastRowStride : Depth;
            nint step = isWhole ? BroadcastStep : 1;
            if (!isPacked)
            {
                MicroKernel.Run<S, TVector, PackingIndices>(
                    Depth, null, p, rowStride, step, packed, vectors, target, targetStride, Packed + place.FirstColumn, PackedStride);
                isPacked = true;
                continue;
            }
            if (Sparse == SparseOperand.None)
            {
                // The rows that come next: with the broadcast operand along k a line of them for every other step, else
                // the line auxiliary this one.
                float* next = step == 1 ? p + (kernelRows * rowStride) : p + TileRows;
                MicroKernel.Run<S, TVector, AllIndices>(
                    Depth, null, p, rowStride, step, packed, vectors, target, targetStride, next,
                    step == 1 ? kernelRows : step);
                continue;
            }
            int rowList = Sparse == SparseOperand.Broadcast ? list + (row / NonzeroIndices.GroupRows) : list;
            int* steps = Indices[rowList];
            int count = Indices.Counts[rowList];
            if (Sparse == SparseOperand.Packed)
            {
                MicroKernel.Run<S, TVector, ListedIndices>(
                    count, steps, p, rowStride, step, packed, vectors, target, targetStride, null, 0);
            }
            else
            {
                MicroKernel.RunFourRows<S, TVector>(
                    count, steps, p, rowStride, step, packed, vectors, target, targetStride);
            }
        }
    }

    // From a tile of sums to C.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void StoreTile<S, TVector, TEpilogue>(in TileBounds place, float* tile, int width)
        where S : ISimd<TVector>
        where TVector : unmanaged
        where TEpilogue : ITileEpilogue
    {
        float* transposed = tile + (TileRows * width);
        float* losses = transposed + (TileRows * width);
        if (!TilesAreTransposed)
        {
            RunEpilogue<S, TVector, TEpilogue>(
                in this, tile, width, place.FirstRow, place.Rows, place.FirstColumn, place.Columns, losses);
            return;
        }
        bool isDirect = TEpilogue.IsStore && PackedColumns is null
            && place.Rows % S.Lanes == 0 && place.Columns % S.Lanes == 0;
        float* target = isDirect ? C + ((nint)place.FirstColumn * Columns) + place.FirstRow : transposed;
        nint stride = isDirect ? Columns : TileRows;
        for (int i = 0; i < place.Rows; i += S.Lanes)
        {
            for (int j = 0; j < place.Columns; j += S.Lanes)
                BlockTranspose.Transpose<S, TVector>(tile + (i * width) + j, width, target + (j * stride) + i, stride);
        }
        if (isDirect)
            return;
        if (PackedColumns is not null)
        {
            ScatterRows<S, TVector>(transposed, place.FirstColumn, place.Columns, place.FirstRow, place.Rows);
            return;
        }
        RunEpilogue<S, TVector, TEpilogue>(
            in this, transposed, TileRows, place.FirstColumn, place.Columns, place.FirstRow, place.Rows,
            losses);
    }

    // Rows of C that the packed operand's columns are, each to its place, and zeros to the rows between them: the first
    // block of a panel fills the rows between the panel's own, and before it.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private readonly void ScatterRows<S, TVector>(float* transposed, int firstRow, int rows, int firstColumn, int columns)
        where S : ISimd<TVector>
        where TVector : unmanaged
    {
        for (int i = 0; i < rows; i++)
        {
            float* source = transposed + (i * TileRows);
            float* c = C + ((nint)PackedColumns[firstRow + i] * Columns) + firstColumn;
            for (int j = 0; j < columns; j += S.Lanes)
            {
                if (columns - j >= S.Lanes)
                    S.Store(S.Load(source + j), c + j);
                else
                    VectorStore.StoreFirst<S, TVector>(S.Load(source + j), columns - j, c + j);
            }
        }
        if (firstColumn > 0)
            return;
        int next = firstRow == 0 ? 0 : PackedColumns[firstRow - 1] + 1;
        int end = firstRow + rows == PackedCount ? Rows : PackedColumns[firstRow + rows - 1] + 1;
        for (int i = 0; next < end; next++)
        {
            if (i < rows && PackedColumns[firstRow + i] == next)
                i++;
            else
                new Span<float>(C + ((nint)next * Columns), Columns).Clear();
        }
    }
}

/// <summary>Where a tile is.</summary>
/// <param name="FirstRow">Of the broadcast operand.</param>
/// <param name="Rows">Rows of the broadcast operand, at most <see cref="MatrixProduct.TileRows"/>.</param>
/// <param name="FirstColumn">Of the packed operand.</param>
/// <param name="Columns">Columns of the packed operand.</param>
internal readonly record struct TileBounds(int FirstRow, int Rows, int FirstColumn, int Columns)
{
    /// <summary>Whether its columns fill the vectors of a panel.</summary>
    public bool IsWhole<S, TVector>()
        where S : ISimd<TVector>
        where TVector : unmanaged =>
        Columns == Packing.Vectors<S, TVector>(Columns) * S.Lanes;
}

/// <summary>
/// Shares of a product's tiles with equally many multiply-adds: the last panel may be narrow, and the last rows few.
/// </summary>
/// <param name="groupPanels">Panels of a group.</param>
/// <param name="blocks">Blocks of rows, a tile in each panel.</param>
/// <param name="panelVectors">Vectors of a panel.</param>
/// <param name="vectors">Vectors of all panels.</param>
/// <param name="workers">How many share.</param>
internal readonly struct TilePartition(int groupPanels, int blocks, int panelVectors, int vectors, int workers) : IPartition
{
    public int Begin(int worker)
    {
        long work = (long)vectors * blocks * worker / workers;
        int groupVectors = groupPanels * panelVectors;
        int group = (int)(work / ((long)groupVectors * blocks));
        int width = Math.Min(groupVectors, vectors - (group * groupVectors));
        int panels = MatrixProduct.TileCount(width, panelVectors);
        long within = (work - ((long)group * groupVectors * blocks)) * panels / width;
        return (int)(((long)group * groupPanels * blocks) + within);
    }
}
