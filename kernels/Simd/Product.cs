using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace GpuVae.Kernels.Simd;

/// <summary>The operand of a <see cref="Product"/> whose zeros are left out.</summary>
internal enum ListedOperand
{
    /// <summary>Neither.</summary>
    None,

    /// <summary>The one that is broadcast.</summary>
    P,

    /// <summary>The one that is packed.</summary>
    V,
}

/// <summary>
/// C (M, N) = epilogue(op(A) · op(B)), tile by tile. Of the two operands one, P, is read where it lies and
/// broadcast a number at a time; the other, V, is packed into panels and read in vectors. Either may be V: where it
/// is A, tiles come out transposed and are turned before the epilogue. V is the one that costs less to pack, so that the
/// weights of a layer are not copied for the sake of a small batch.
/// </summary>
/// <remarks>
/// <para>
/// A tile's sum runs over k in order, whatever the thread: results do not depend on the number of threads. A tile is
/// 16 rows of P by a panel. Loads may run past a row's or a matrix's end (see <see cref="NativeBuffer{T}"/>); what they
/// find there is never stored.
/// </para>
/// <para>
/// Each worker packs the panels of its tiles for itself. No thread waits for another between packing and computing, and
/// panels stay in the cache of the core that reads them; two workers pack the same numbers only where their shares meet, or
/// where V is small.
/// </para>
/// </remarks>
internal unsafe partial struct Product
{
    /// <summary>Rows of P in a tile, whatever the width: whole vectors, so that a tile can be turned.</summary>
    public const int TileRows = 16;

    /// <summary>Panels of a group at most: <see cref="PackedGroup.Panels"/> has a bit for each.</summary>
    public const int MostGroupPanels = 64;

    private const int CacheLineFloats = 16;

    public float* P;
    public nint PRowStride;
    public nint PStep;
    public int PCount;

    public float* V;
    public nint VStride;
    public bool VIsTransposed;
    public int VCount;

    /// <summary>Where each column of V really stands: (VCount); null where they stand side by side.</summary>
    public int* VPlaces;

    public int Depth;
    public bool TilesAreTransposed;

    public float* C;
    public int Rows;
    public int Columns;

    public EpilogueOperands Operands;

    /// <summary>−log p of each row of C within one tile: (tiles along a row, M).</summary>
    public float* PartialLoss;

    /// <summary>For each worker its packed panels: (GroupPanels, K, panel).</summary>
    public float* Panels;

    /// <summary>For each worker which panels it has packed.</summary>
    public PackedGroup* Packed;

    /// <summary>The number of this product, by which workers know that what they packed is of another.</summary>
    public long Number;

    /// <summary>The rows of P behind the last that the micro-kernel can read in place: (rows of the kernel, K), zero below.</summary>
    public float* LastRows;

    /// <summary>For each worker a tile as computed, one turned, and the losses and factors of its rows.</summary>
    public float* Tiles;

    /// <summary>Which operand's zeros are left out.</summary>
    public ListedOperand Listed;

    /// <summary>The steps of k that count, for each worker: of each <see cref="StepLists.GroupRows"/> rows of P, or of its panels.</summary>
    public StepLists Steps;

    /// <summary>Lists that a worker has room for.</summary>
    public int WorkerLists;

    /// <summary>For each worker and <see cref="StepLists.RowsListed{S, V}"/> rows of P the number of the product that they are listed for.</summary>
    public long* RowsListedFor;

    /// <summary>Panels that are worked through together, no more than stay in the second-level cache.</summary>
    public int GroupPanels;

    /// <summary>Vectors in a panel: 2, or more where a list says which k count.</summary>
    public int PanelVectors;

    /// <summary>Tiles of C along one of its rows.</summary>
    public readonly int LossTiles<S, TVector>()
        where S : ISimd<TVector>
        where TVector : unmanaged =>
        TilesAreTransposed ? TileCount(PCount, TileRows) : PanelCount<S, TVector>();

    /// <summary>Panels of V.</summary>
    public readonly int PanelCount<S, TVector>()
        where S : ISimd<TVector>
        where TVector : unmanaged =>
        TileCount(VCount, PanelVectors * S.Lanes);

    /// <summary>Rows of P that the micro-kernel takes at once.</summary>
    public readonly int KernelRows<S, TVector>()
        where S : ISimd<TVector>
        where TVector : unmanaged =>
        Listed == ListedOperand.P ? StepLists.GroupRows : S.TileRows;

    /// <summary>Floats that a worker needs in <see cref="Tiles"/>: two tiles, and two vectors for each row of a tile or a turned one.</summary>
    public static int ScratchLength<S, TVector>()
        where S : ISimd<TVector>
        where TVector : unmanaged
    {
        int width = S.ListedVectors * S.Lanes;
        return (2 * TileRows * width) + (Math.Max(TileRows, width) * 2 * S.Lanes);
    }

    public static int TileCount(int length, int tile) => (length + tile - 1) / tile;

    /// <summary>Copies the last rows of P where they are fewer than the micro-kernel reads.</summary>
    public readonly void CopyLastRows<S, TVector>()
        where S : ISimd<TVector>
        where TVector : unmanaged
    {
        int kernelRows = KernelRows<S, TVector>();
        int rest = PCount % kernelRows;
        if (rest == 0)
            return;
        float* source = P + ((nint)(PCount - rest) * PRowStride);
        new Span<float>(LastRows, kernelRows * Depth).Clear();
        for (int row = 0; row < rest; row++)
        {
            for (int k = 0; k < Depth; k++)
                LastRows[(row * Depth) + k] = source[(row * PRowStride) + (k * PStep)];
        }
    }

    /// <summary>Tiles, as items of <see cref="WorkerTeam.Run"/>: by group of panels, then rows of P, then panels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Compute<S, TVector, TEpilogue>(void* context, int first, int items, int worker)
        where S : ISimd<TVector>
        where TVector : unmanaged
        where TEpilogue : ITileEpilogue
    {
        // A copy, since the caller's stack is on its core.
        Product product = *(Product*)context;
        int width = product.PanelVectors * S.Lanes;
        int panels = product.PanelCount<S, TVector>();
        int blocks = TileCount(product.PCount, TileRows);
        int kernelRows = product.KernelRows<S, TVector>();
        float* tile = product.Tiles + (worker * ScratchLength<S, TVector>());
        float* turned = tile + (TileRows * width);
        float* losses = turned + (TileRows * width);

        for (int item = first; item < first + items; item++)
        {
            int group = item / (blocks * product.GroupPanels) * product.GroupPanels;
            int groupPanels = Math.Min(product.GroupPanels, panels - group);
            int inGroup = item - (group * blocks);
            int block = inGroup / groupPanels * TileRows;
            int slot = inGroup % groupPanels;
            int panel = group + slot;

            int rows = Math.Min(TileRows, product.PCount - block);
            int columns = Math.Min(width, product.VCount - (panel * width));
            int vectors = Packing.Vectors<S, TVector>(columns);
            float* packed = product.PackedPanel<S, TVector>(worker, group, slot, out bool isPacked);
            if (product.Listed == ListedOperand.P)
                product.ListRows<S, TVector>(worker, block);
            product.ClaimTile(block, rows, panel * width, columns, TEpilogue.Beside(in product.Operands));

            bool direct = TEpilogue.IsStore && !product.TilesAreTransposed
                && rows % kernelRows == 0 && columns == vectors * S.Lanes;
            bool turnedDirectly = TEpilogue.IsStore && product.TilesAreTransposed && product.VPlaces is null
                && rows % S.Lanes == 0 && columns % S.Lanes == 0;
            float* target = direct ? product.C + ((nint)block * product.Columns) + (panel * width) : tile;
            nint targetStride = direct ? product.Columns : width;
            for (int row = 0; row < rows; row += kernelRows)
            {
                bool whole = row + kernelRows <= rows;
                float* p = whole ? product.P + ((block + row) * product.PRowStride) : product.LastRows;
                nint rowStride = whole ? product.PRowStride : product.Depth;
                nint step = whole ? product.PStep : 1;
                float* destination = target + (row * targetStride);
                if (!isPacked)
                {
                    MicroKernel.Run<S, TVector, PackingSteps>(
                        product.Depth, null, p, rowStride, step, packed, vectors, destination, targetStride,
                        product.V + (panel * width), product.VStride);
                    isPacked = true;
                    continue;
                }
                if (product.Listed == ListedOperand.None)
                {
                    MicroKernel.Run<S, TVector, AllSteps>(
                        product.Depth, null, p, rowStride, step, packed, vectors, destination, targetStride, null, 0);
                    continue;
                }
                int list = (worker * product.WorkerLists)
                    + (product.Listed == ListedOperand.V ? slot : (block + row) / StepLists.GroupRows);
                int* steps = product.Steps[list];
                int count = product.Steps.Counts[list];
                if (product.Listed == ListedOperand.V)
                {
                    MicroKernel.Run<S, TVector, ListedSteps>(
                        count, steps, p, rowStride, step, packed, vectors, destination, targetStride, null, 0);
                }
                else
                {
                    MicroKernel.RunFourRows<S, TVector>(
                        count, steps, p, rowStride, step, packed, vectors, destination, targetStride);
                }
            }
            if (turnedDirectly)
            {
                float* c = product.C + ((nint)panel * width * product.Columns) + block;
                for (int i = 0; i < rows; i += S.Lanes)
                {
                    for (int j = 0; j < columns; j += S.Lanes)
                        S.Transpose(tile + (i * width) + j, width, c + (j * (nint)product.Columns) + i, product.Columns);
                }
            }
            else if (product.TilesAreTransposed)
            {
                for (int i = 0; i < rows; i += S.Lanes)
                {
                    for (int j = 0; j < columns; j += S.Lanes)
                        S.Transpose(tile + (i * width) + j, width, turned + (j * TileRows) + i, TileRows);
                }
                if (product.VPlaces is not null)
                {
                    product.StoreInPlaces<S, TVector>(turned, panel * width, columns, block, rows);
                    continue;
                }
                Finish<S, TVector, TEpilogue>(
                    in product, turned, TileRows, panel * width, columns, block, rows, block / TileRows, losses);
            }
            else if (!direct)
            {
                Finish<S, TVector, TEpilogue>(
                    in product, tile, width, block, rows, panel * width, columns, panel, losses);
            }
        }
    }

    // A panel in the worker's own memory. It is packed now if it was not, or by the micro-kernel's first rows, where those can
    // read V in vectors.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly float* PackedPanel<S, TVector>(int worker, int group, int slot, out bool isPacked)
        where S : ISimd<TVector>
        where TVector : unmanaged
    {
        PackedGroup* packed = Packed + worker;
        nint length = (nint)PanelVectors * S.Lanes * Depth;
        float* panel = Panels + (((worker * (nint)GroupPanels) + slot) * length);
        if (packed->Product != Number || packed->Group != group)
            *packed = new PackedGroup { Product = Number, Group = group };
        isPacked = true;
        if ((packed->Panels >> slot & 1) == 0)
        {
            packed->Panels |= 1ul << slot;
            isPacked = VIsTransposed || VPlaces is not null || Listed != ListedOperand.None;
            if (isPacked)
                Pack<S, TVector>((worker * WorkerLists) + slot, group + slot, panel);
        }
        return panel;
    }

    // The lists of the rows around a block, made now if the worker has not made them yet.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void ListRows<S, TVector>(int worker, int block)
        where S : ISimd<TVector>
        where TVector : unmanaged
    {
        int rowsListed = StepLists.RowsListed<S, TVector>();
        int chunk = block / rowsListed;
        long* listedFor = RowsListedFor + (worker * (nint)TileCount(PCount, rowsListed)) + chunk;
        if (*listedFor == Number)
            return;
        *listedFor = Number;
        int first = chunk * rowsListed;
        Steps.ListRows<S, TVector>(
            P + (first * PRowStride), PRowStride, PStep, Math.Min(rowsListed, PCount - first),
            (worker * WorkerLists) + (first / StepLists.GroupRows));
    }

    // Writes to each line of C that a tile will be stored to, so that they belong to this core when its sums are there:
    // other cores have read them since they were written last, and have to be told, which takes as long as many sums. And
    // asks for what the epilogue reads beside them. Lines of a tile lie a row apart, which the processor does not foresee.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void ClaimTile(int block, int rows, int firstColumn, int columns, float* beside)
    {
        if (TilesAreTransposed)
        {
            for (int j = 0; j < columns; j++)
                Claim(((VPlaces is null ? firstColumn + j : VPlaces[firstColumn + j]) * (nint)Columns) + block, beside);
            return;
        }
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j += CacheLineFloats)
                Claim(((block + i) * (nint)Columns) + firstColumn + j, beside);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Claim(nint offset, float* beside)
    {
        C[offset] = 0f;
        if (beside is not null && Sse.IsSupported)
            Sse.Prefetch0(beside + offset);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private readonly void Pack<S, TVector>(int list, int panel, float* target)
        where S : ISimd<TVector>
        where TVector : unmanaged
    {
        int first = panel * PanelVectors * S.Lanes;
        int columns = Math.Min(PanelVectors * S.Lanes, VCount - first);
        if (VPlaces is not null)
            Packing.Places<S, TVector>(V, VStride, VPlaces + first, columns, Depth, target);
        else if (VIsTransposed)
            Packing.Columns<S, TVector>(V + (first * VStride), VStride, columns, Depth, target);
        else
            Packing.Rows<S, TVector>(V + first, VStride, columns, Depth, target);
        if (Listed == ListedOperand.V)
            Steps.ListPanel<S, TVector>(target, Packing.Vectors<S, TVector>(columns), list);
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

/// <summary>Shares of a product's tiles with equally many multiply-adds: the last panel may be narrow, and the last rows few.</summary>
/// <param name="groupPanels">Panels of a group.</param>
/// <param name="blocks">Blocks of rows, a tile in each panel.</param>
/// <param name="panelVectors">Vectors of a panel.</param>
/// <param name="vectors">Vectors of all panels.</param>
/// <param name="workers">How many share.</param>
internal readonly struct TileShares(int groupPanels, int blocks, int panelVectors, int vectors, int workers) : IShares
{
    public int Begin(int worker)
    {
        long work = (long)vectors * blocks * worker / workers;
        int groupVectors = groupPanels * panelVectors;
        int group = (int)(work / ((long)groupVectors * blocks));
        int width = Math.Min(groupVectors, vectors - (group * groupVectors));
        int panels = Product.TileCount(width, panelVectors);
        long within = (work - ((long)group * groupVectors * blocks)) * panels / width;
        return (int)(((long)group * groupPanels * blocks) + within);
    }
}

/// <summary>What a worker has packed, on a cache line of its own.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
internal struct PackedGroup
{
    /// <summary><see cref="Product.Number"/>.</summary>
    public long Product;

    /// <summary>The first panel of the group.</summary>
    public int Group;

    /// <summary>A bit for each panel of the group.</summary>
    public ulong Panels;
}
