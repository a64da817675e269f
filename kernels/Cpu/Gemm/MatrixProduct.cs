namespace GpuVae.Kernels.Cpu.Gemm;

/// <summary>The operand of a <see cref="MatrixProduct"/> whose zeros are left out.</summary>
internal enum SparseOperand
{
    /// <summary>Neither.</summary>
    None,

    /// <summary>The one that is broadcast.</summary>
    Broadcast,

    /// <summary>The one that is packed.</summary>
    Packed,
}

/// <summary>
/// C (M, N) = epilogue(op(A) · op(B)), tile by tile. The broadcast operand is read where it lies, a number at a time;
/// the packed operand is copied into panels and read in vectors (Goto and van de Geijn 2008, section 4). Either of A
/// and B may be the packed one: where it is A, tiles come out transposed, and are transposed back before the epilogue.
/// The one that costs less to pack is packed, so that the weights of a layer are not copied for the sake of a small
/// batch.
/// </summary>
/// <remarks>
/// <para>
/// A tile's sum runs over k in order, whatever the thread: results do not depend on the number of threads. A tile is
/// 16 rows of the broadcast operand by a panel. Loads may run past a row's or a matrix's end (see
/// <see cref="NativeBuffer{T}"/>); what they find there is never stored.
/// </para>
/// <para>
/// Each worker packs the panels of its tiles for itself. No thread waits for another between packing and computing, and
/// panels stay in the cache of the core that reads them; two workers pack the same numbers only where their ranges
/// meet, or where the packed operand is small.
/// </para>
/// </remarks>
internal unsafe partial struct MatrixProduct
{
    /// <summary>
    /// Rows of the broadcast operand in a tile, whatever the width: whole vectors, so that a tile can be transposed.
    /// </summary>
    public const int TileRows = 16;

    /// <summary>Panels of a group at most: <see cref="PackedGroup.Panels"/> has a bit for each.</summary>
    public const int MostGroupPanels = 64;

    public float* Broadcast;
    public nint BroadcastRowStride;
    public nint BroadcastStep;
    public int BroadcastCount;

    public float* Packed;
    public nint PackedStride;
    public bool PackedIsTransposed;
    public int PackedCount;

    /// <summary>
    /// Where each column of the packed operand really stands: (PackedCount); null where they stand side by side.
    /// </summary>
    public int* PackedColumns;

    public int Depth;
    public bool TilesAreTransposed;

    public float* C;
    public int Rows;
    public int Columns;

    /// <summary>Whether whole vectors of C are written non-temporally.</summary>
    public bool IsNonTemporal;

    public EpilogueOperands Operands;

    /// <summary>−log p of each row of C within <see cref="LossColumns"/>: (N / LossColumns rounded up, M).</summary>
    public float* PartialLoss;

    /// <summary>For each worker its packed panels: (GroupPanels, K, panel).</summary>
    public float* Panels;

    /// <summary>For each worker which panels it has packed.</summary>
    public PackedGroup* PackedGroups;

    /// <summary>The number of this product, by which workers know that what they packed is of another.</summary>
    public long Number;

    /// <summary>
    /// The rows of the broadcast operand behind the last that the micro-kernel can read in place: (rows of the kernel,
    /// K), zero below.
    /// </summary>
    public float* LastRows;

    /// <summary>For each worker a tile as computed, one transposed, and the losses and factors of its rows.</summary>
    public float* Tiles;

    /// <summary>Which operand's zeros are left out.</summary>
    public SparseOperand Sparse;

    /// <summary>
    /// The steps of k that count, for each worker: of each <see cref="NonzeroIndices.GroupRows"/> rows of the broadcast
    /// operand, or of its panels.
    /// </summary>
    public NonzeroIndices Indices;

    /// <summary>Lists that a worker has room for.</summary>
    public int WorkerIndexLists;

    /// <summary>
    /// Chunks of <see cref="NonzeroIndices.RowsAtOnce{S, V}"/> rows of the broadcast operand whose lists a worker
    /// keeps.
    /// </summary>
    public int IndexChunks;

    /// <summary>
    /// For each worker and kept chunk of the broadcast operand's rows, whose lists it has: those of which product, and
    /// which chunk.
    /// </summary>
    public long* IndexedFor;

    /// <summary>Panels that are worked through together, no more than stay in the second-level cache.</summary>
    public int GroupPanels;

    /// <summary>Vectors in a panel: 2, or more where a list says which k have a nonzero.</summary>
    public int PanelVectors;

    /// <summary>
    /// Columns of C whose losses are put together first: as many as every tile has a multiple of, however it lies, so
    /// that no plan changes a bit of a row's loss.
    /// </summary>
    public static int LossColumns<S, TVector>()
        where S : ISimd<TVector>
        where TVector : unmanaged =>
        Math.Min(TileRows, 2 * S.Lanes);

    /// <summary>Panels of the packed operand.</summary>
    public readonly int PanelCount<S, TVector>()
        where S : ISimd<TVector>
        where TVector : unmanaged =>
        TileCount(PackedCount, PanelVectors * S.Lanes);

    /// <summary>Rows of the broadcast operand that the micro-kernel takes at once.</summary>
    public readonly int KernelRows<S, TVector>()
        where S : ISimd<TVector>
        where TVector : unmanaged =>
        Sparse == SparseOperand.Broadcast ? NonzeroIndices.GroupRows : S.TileRows;

    /// <summary>
    /// Floats that a worker needs in <see cref="Tiles"/>: two tiles, and two vectors for each row of a tile or a
    /// transposed one.
    /// </summary>
    public static int ScratchLength<S, TVector>()
        where S : ISimd<TVector>
        where TVector : unmanaged
    {
        int width = S.SparseVectors * S.Lanes;
        return (2 * TileRows * width) + (Math.Max(TileRows, width) * 2 * S.Lanes);
    }

    public static int TileCount(int length, int tile) => (length + tile - 1) / tile;
}
