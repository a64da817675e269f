using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Simd;

/// <content>The tiles.</content>
internal unsafe partial struct Product
{
    /// <summary>Tiles, as items of <see cref="WorkerTeam.Run"/>: by group of panels, then rows of P, then panels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Compute<S, TVector, TEpilogue>(void* context, int first, int count, int worker)
        where S : ISimd<TVector>
        where TVector : unmanaged
        where TEpilogue : ITileEpilogue
    {
        // A copy, since the caller's stack is in its core's cache.
        Product product = *(Product*)context;
        int width = product.PanelVectors * S.Lanes;
        int panels = product.PanelCount<S, TVector>();
        int blocks = TileCount(product.PCount, TileRows);
        float* tile = product.Tiles + (worker * ScratchLength<S, TVector>());

        int group = first / (blocks * product.GroupPanels) * product.GroupPanels;
        int groupPanels = Math.Min(product.GroupPanels, panels - group);
        int inGroup = first - (group * blocks);
        int block = inGroup / groupPanels * TileRows;
        int slot = inGroup % groupPanels;
        for (; count > 0; count--)
        {
            int column = (group + slot) * width;
            var place = new TilePlace(
                block, Math.Min(TileRows, product.PCount - block), column, Math.Min(width, product.VCount - column));
            float* packed = product.PackedPanel<S, TVector>(worker, group, slot, out bool isPacked);
            int list = product.Listed switch
            {
                ListedOperand.P => product.ListRows<S, TVector>(worker, block),
                ListedOperand.V => (worker * product.WorkerLists) + slot,
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
            if (block < product.PCount)
                continue;
            block = 0;
            group += product.GroupPanels;
            groupPanels = Math.Min(product.GroupPanels, panels - group);
        }
        if (product.IsNonTemporal)
            S.StoreFence();
    }

    // The sums of a tile, rows of P by columns of V.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void ComputeTile<S, TVector>(
        in TilePlace place, float* packed, bool isPacked, int list, float* target, nint targetStride)
        where S : ISimd<TVector>
        where TVector : unmanaged
    {
        int kernelRows = KernelRows<S, TVector>();
        int vectors = Packing.Vectors<S, TVector>(place.Columns);
        for (int row = 0; row < place.Rows; row += kernelRows, target += kernelRows * targetStride)
        {
            bool isWhole = row + kernelRows <= place.Rows;
            float* p = isWhole ? P + ((place.FirstRow + row) * PRowStride) : LastRows;
            nint rowStride = isWhole ? PRowStride : Depth;
            nint step = isWhole ? PStep : 1;
            if (!isPacked)
            {
                MicroKernel.Run<S, TVector, PackingSteps>(
                    Depth, null, p, rowStride, step, packed, vectors, target, targetStride, V + place.FirstColumn, VStride);
                isPacked = true;
                continue;
            }
            if (Listed == ListedOperand.None)
            {
                // The rows that come next: with P along k a line of them for every other step, else the line beside this one.
                float* next = step == 1 ? p + (kernelRows * rowStride) : p + TileRows;
                MicroKernel.Run<S, TVector, AllSteps>(
                    Depth, null, p, rowStride, step, packed, vectors, target, targetStride, next,
                    step == 1 ? kernelRows : step);
                continue;
            }
            int rowList = Listed == ListedOperand.P ? list + (row / StepLists.GroupRows) : list;
            int* steps = Steps[rowList];
            int count = Steps.Counts[rowList];
            if (Listed == ListedOperand.V)
            {
                MicroKernel.Run<S, TVector, ListedSteps>(
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
    private readonly void StoreTile<S, TVector, TEpilogue>(in TilePlace place, float* tile, int width)
        where S : ISimd<TVector>
        where TVector : unmanaged
        where TEpilogue : ITileEpilogue
    {
        float* turned = tile + (TileRows * width);
        float* losses = turned + (TileRows * width);
        if (!TilesAreTransposed)
        {
            Finish<S, TVector, TEpilogue>(
                in this, tile, width, place.FirstRow, place.Rows, place.FirstColumn, place.Columns, losses);
            return;
        }
        bool isDirect = TEpilogue.IsStore && VPlaces is null
            && place.Rows % S.Lanes == 0 && place.Columns % S.Lanes == 0;
        float* target = isDirect ? C + ((nint)place.FirstColumn * Columns) + place.FirstRow : turned;
        nint stride = isDirect ? Columns : TileRows;
        for (int i = 0; i < place.Rows; i += S.Lanes)
        {
            for (int j = 0; j < place.Columns; j += S.Lanes)
                SquareTranspose.Turn<S, TVector>(tile + (i * width) + j, width, target + (j * stride) + i, stride);
        }
        if (isDirect)
            return;
        if (VPlaces is not null)
        {
            StoreInPlaces<S, TVector>(turned, place.FirstColumn, place.Columns, place.FirstRow, place.Rows);
            return;
        }
        Finish<S, TVector, TEpilogue>(
            in this, turned, TileRows, place.FirstColumn, place.Columns, place.FirstRow, place.Rows,
            losses);
    }

    // Rows of C that V's columns are, each to its place, and zeros to the rows between them: the first block of a panel
    // fills the rows between the panel's own, and before it.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private readonly void StoreInPlaces<S, TVector>(float* turned, int firstRow, int rows, int firstColumn, int columns)
        where S : ISimd<TVector>
        where TVector : unmanaged
    {
        for (int i = 0; i < rows; i++)
        {
            float* source = turned + (i * TileRows);
            float* c = C + ((nint)VPlaces[firstRow + i] * Columns) + firstColumn;
            for (int j = 0; j < columns; j += S.Lanes)
            {
                if (columns - j >= S.Lanes)
                    S.Store(S.Load(source + j), c + j);
                else
                    StoreFirst<S, TVector>(S.Load(source + j), columns - j, c + j);
            }
        }
        if (firstColumn > 0)
            return;
        int next = firstRow == 0 ? 0 : VPlaces[firstRow - 1] + 1;
        int end = firstRow + rows == VCount ? Rows : VPlaces[firstRow + rows - 1] + 1;
        for (int i = 0; next < end; next++)
        {
            if (i < rows && VPlaces[firstRow + i] == next)
                i++;
            else
                new Span<float>(C + ((nint)next * Columns), Columns).Clear();
        }
    }
}

/// <summary>Where a tile is.</summary>
/// <param name="FirstRow">Of P.</param>
/// <param name="Rows">Rows of P, at most <see cref="Product.TileRows"/>.</param>
/// <param name="FirstColumn">Of V.</param>
/// <param name="Columns">Columns of V.</param>
internal readonly record struct TilePlace(int FirstRow, int Rows, int FirstColumn, int Columns)
{
    /// <summary>Whether its columns fill the vectors of a panel.</summary>
    public bool IsWhole<S, TVector>()
        where S : ISimd<TVector>
        where TVector : unmanaged =>
        Columns == Packing.Vectors<S, TVector>(Columns) * S.Lanes;
}
