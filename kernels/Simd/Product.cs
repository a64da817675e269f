using System.Runtime.CompilerServices;

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
/// A tile's sum runs over k in order, whatever the thread: results do not depend on the number of threads. A tile is
/// 16 rows of P by 2 vectors of V. Loads may run past a row's or a matrix's end (see <see cref="NativeBuffer{T}"/>); what they
/// find there is never stored.
/// </remarks>
internal unsafe partial struct Product
{
    /// <summary>Rows of P in a tile, whatever the width: whole vectors, so that a tile can be turned.</summary>
    public const int TileRows = 16;

    // A panel is packed in pieces of this many k, so that several threads share one panel.
    private const int PackingSteps = 128;

    public float* P;
    public nint PRowStride;
    public nint PStep;
    public int PCount;

    public float* V;
    public nint VStride;
    public bool VIsTransposed;
    public int VCount;

    public int Depth;
    public bool TilesAreTransposed;

    public float* C;
    public int Rows;
    public int Columns;

    public EpilogueOperands Operands;

    /// <summary>−log p of each row of C within one tile: (tiles along a row, M).</summary>
    public float* PartialLoss;

    /// <summary>Packed V: (panels, K, 2 vectors).</summary>
    public float* Panels;

    /// <summary>The rows of P behind the last that the micro-kernel can read in place: (rows of the kernel, K), zero below.</summary>
    public float* LastRows;

    /// <summary>For each worker a tile as computed, one turned, and the losses of its rows.</summary>
    public float* Tiles;

    /// <summary>Which operand has <see cref="Steps"/>.</summary>
    public ListedOperand Listed;

    /// <summary>The steps of k that count, for each <see cref="ISimd{TVector}.TileRows"/> rows of P or each panel of V.</summary>
    public StepLists Steps;

    /// <summary>Panels that are worked through together, as many as stay in the second-level cache.</summary>
    public int GroupPanels;

    /// <summary>Tiles of C along one of its rows.</summary>
    public readonly int LossTiles<S, TVector>()
        where S : ISimd<TVector>
        where TVector : unmanaged =>
        TilesAreTransposed ? TileCount(PCount, TileRows) : TileCount(VCount, 2 * S.Lanes);

    /// <summary>Floats that a worker needs in <see cref="Tiles"/>: a tile has at most 2 vectors of rows, or 16.</summary>
    public static int ScratchLength<S, TVector>()
        where S : ISimd<TVector>
        where TVector : unmanaged =>
        (2 * TileRows * 2 * S.Lanes) + (Math.Max(TileRows, 2 * S.Lanes) * S.Lanes);

    public static int TileCount(int length, int tile) => (length + tile - 1) / tile;

    /// <summary>
    /// Packing, as items of <see cref="WorkerTeam.Run"/>: item = panel · pieces + piece; behind them the blocks of P
    /// where those are listed.
    /// </summary>
    public static void Pack<S, TVector>(void* context, int first, int count, int worker)
        where S : ISimd<TVector>
        where TVector : unmanaged
    {
        ref readonly Product product = ref *(Product*)context;
        int width = 2 * S.Lanes;
        int pieces = TileCount(product.Depth, PackingSteps);
        for (int item = first; item < first + count; item++)
        {
            int panel = item / pieces;
            if (panel >= TileCount(product.VCount, width))
            {
                int row = (item - (TileCount(product.VCount, width) * pieces)) * StepLists.RowsListed;
                product.Steps.ListRows<S, TVector>(
                    product.P, product.PRowStride, product.PStep, row,
                    Math.Min(StepLists.RowsListed, product.PCount - row));
                continue;
            }
            int firstStep = item % pieces * PackingSteps;
            int steps = Math.Min(PackingSteps, product.Depth - firstStep);
            int columns = Math.Min(width, product.VCount - (panel * width));
            float* target = product.Panels + ((nint)panel * width * product.Depth);
            if (product.VIsTransposed)
            {
                Packing.Columns<S, TVector>(
                    product.V + (panel * width * product.VStride), product.VStride, columns, firstStep, steps, target);
            }
            else
            {
                Packing.Rows<S, TVector>(
                    product.V + (panel * width), product.VStride, columns, firstStep, steps, target);
            }
            if (product.Listed == ListedOperand.V)
                product.Steps.NotePanel<S, TVector>(target, columns <= S.Lanes, panel, firstStep, steps);
        }
    }

    /// <summary>Number of items of <see cref="Pack"/>.</summary>
    public readonly int PackItems<S, TVector>()
        where S : ISimd<TVector>
        where TVector : unmanaged =>
        (TileCount(VCount, 2 * S.Lanes) * TileCount(Depth, PackingSteps))
        + (Listed == ListedOperand.P ? TileCount(PCount, StepLists.RowsListed) : 0);

    /// <summary>Ends what <see cref="Pack"/> began, once every item of it is done.</summary>
    public readonly void EndPacking<S, TVector>()
        where S : ISimd<TVector>
        where TVector : unmanaged
    {
        for (int panel = 0; Listed == ListedOperand.V && panel < TileCount(VCount, 2 * S.Lanes); panel++)
            Steps.JoinParts(panel, PackingSteps);
        CopyLastRows<S, TVector>();
    }

    /// <summary>Copies the last rows of P where they are fewer than the micro-kernel reads.</summary>
    private readonly void CopyLastRows<S, TVector>()
        where S : ISimd<TVector>
        where TVector : unmanaged
    {
        int rest = PCount % S.TileRows;
        if (rest == 0)
            return;
        float* source = P + ((nint)(PCount - rest) * PRowStride);
        new Span<float>(LastRows, S.TileRows * Depth).Clear();
        for (int row = 0; row < rest; row++)
        {
            for (int k = 0; k < Depth; k++)
                LastRows[(row * Depth) + k] = source[(row * PRowStride) + (k * PStep)];
        }
    }

    /// <summary>Tiles, as items of <see cref="WorkerTeam.Run"/>: by group of panels, then rows of P, then panels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Compute<S, TVector, TEpilogue>(void* context, int first, int count, int worker)
        where S : ISimd<TVector>
        where TVector : unmanaged
        where TEpilogue : ITileEpilogue
    {
        ref readonly Product product = ref *(Product*)context;
        int width = 2 * S.Lanes;
        int panels = TileCount(product.VCount, width);
        int blocks = TileCount(product.PCount, TileRows);
        float* tile = product.Tiles + (worker * ScratchLength<S, TVector>());
        float* turned = tile + (TileRows * width);
        float* losses = turned + (TileRows * width);

        for (int item = first; item < first + count; item++)
        {
            int group = item / (blocks * product.GroupPanels) * product.GroupPanels;
            int groupPanels = Math.Min(product.GroupPanels, panels - group);
            int inGroup = item - (group * blocks);
            int block = inGroup / groupPanels * TileRows;
            int panel = group + (inGroup % groupPanels);

            int rows = Math.Min(TileRows, product.PCount - block);
            int columns = Math.Min(width, product.VCount - (panel * width));
            bool half = columns <= S.Lanes;
            float* packed = product.Panels + ((nint)panel * width * product.Depth);

            bool direct = TEpilogue.IsStore && !product.TilesAreTransposed
                && rows % S.TileRows == 0 && columns == (half ? S.Lanes : width);
            bool turnedDirectly = TEpilogue.IsStore && product.TilesAreTransposed
                && rows % S.Lanes == 0 && columns % S.Lanes == 0;
            float* target = direct ? product.C + ((nint)block * product.Columns) + (panel * width) : tile;
            nint targetStride = direct ? product.Columns : width;
            for (int row = 0; row < rows; row += S.TileRows)
            {
                bool whole = row + S.TileRows <= rows;
                float* p = whole ? product.P + ((block + row) * product.PRowStride) : product.LastRows;
                nint rowStride = whole ? product.PRowStride : product.Depth;
                nint step = whole ? product.PStep : 1;
                float* destination = target + (row * targetStride);
                if (product.Listed == ListedOperand.None)
                {
                    MicroKernel.Run<S, TVector, AllSteps>(
                        product.Depth, null, p, rowStride, step, packed, half, destination, targetStride);
                    continue;
                }
                int list = product.Listed == ListedOperand.V ? panel : (block + row) / S.TileRows;
                int* steps = product.Steps[list];
                MicroKernel.Run<S, TVector, ListedSteps>(
                    product.Steps.Counts[list], steps + 1, p + (steps[0] * step), rowStride, step,
                    packed + (steps[0] * (half ? S.Lanes : width)), half, destination, targetStride);
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
}
