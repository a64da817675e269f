using System.Runtime.InteropServices;

namespace GpuVae.Kernels.Cpu.Gemm;

/// <summary>The operand of a product whose zeros are skipped.</summary>
internal enum SparseOperand
{
    /// <summary>Neither.</summary>
    None,

    /// <summary>The one that is broadcast.</summary>
    Broadcast,

    /// <summary>The one that is packed.</summary>
    Packed,
}

/// <summary>The operand that is read where it lies, a number at a time, and broadcast to all lanes of a vector.</summary>
internal unsafe struct BroadcastOperand
{
    /// <summary>Element (row, k) is at row · <see cref="RowStride"/> + k · <see cref="DepthStride"/>.</summary>
    public float* Data;

    public int Rows;
    public nint RowStride;
    public nint DepthStride;
}

/// <summary>The operand (K, columns) that is packed into panels and read in vectors.</summary>
internal unsafe struct PackedOperand
{
    public float* Data;
    public int Columns;

    /// <summary>Distance of stored rows: columns, or K where it is stored transposed (columns, K).</summary>
    public nint Stride;

    public bool IsTransposed;

    /// <summary>Of each column its index in memory: (columns); null where no column is left out.</summary>
    public int* ColumnIndices;
}

/// <summary>
/// C (M, N) = epilogue(op(A) · op(B)), tile by tile: one of the two operands is broadcast, the other packed. Either may be the
/// packed one: where it is A, tiles come out transposed and are transposed back before the epilogue. It is the one that costs
/// less to pack, so that the weights of a layer are not copied for the sake of a small batch.
/// </summary>
/// <remarks>
/// <para>
/// A tile's sum runs over k in order, whatever the thread: results do not depend on the number of threads. A tile is
/// 16 rows of the broadcast operand by a panel. Loads may run past a row's or a matrix's end (see
/// <see cref="NativeBuffer{T}"/>); what they find there is never stored.
/// </para>
/// <para>
/// Each worker packs the panels of its tiles for itself. No thread waits for another between packing and computing, and
/// panels stay in the cache of the core that reads them; two workers pack the same numbers only where their ranges meet, or
/// where the packed operand is small.
/// </para>
/// </remarks>
internal unsafe struct MatrixProduct
{
    /// <summary>Rows of a tile, whatever the width: whole vectors, so that a tile can be transposed.</summary>
    public const int TileRows = 16;

    /// <summary>Panels of a group at most: <see cref="PackedGroup.Panels"/> has a bit for each.</summary>
    public const int MaxGroupPanels = 64;

    public BroadcastOperand Broadcast;
    public PackedOperand Packed;

    /// <summary>K.</summary>
    public int Depth;

    /// <summary>Whether A is packed, so that tiles are those of Cᵀ.</summary>
    public bool TilesAreTransposed;

    /// <summary>C, and what the epilogue takes.</summary>
    public EpilogueOutput Output;

    /// <summary>For each worker its packed panels: (GroupPanels, K, panel).</summary>
    public float* Panels;

    /// <summary>For each worker which panels it has packed.</summary>
    public PackedGroup* PackedGroups;

    /// <summary>The number of this product, by which workers know that what they packed is of another.</summary>
    public long Number;

    /// <summary>
    /// The last rows of the broadcast operand, where they are fewer than the micro-kernel reads: (rows of the kernel, K), zero
    /// below.
    /// </summary>
    public float* LastRows;

    /// <summary>For each worker a tile as computed, one transposed, and the losses and factors of its rows.</summary>
    public float* Tiles;

    /// <summary>Which operand's zeros are skipped.</summary>
    public SparseOperand Sparse;

    /// <summary>
    /// The k that are not skipped, for each worker: of each <see cref="NonzeroIndices.GroupRows"/> rows of the broadcast operand,
    /// or of its panels.
    /// </summary>
    public NonzeroIndices Indices;

    /// <summary>Groups of <see cref="Indices"/> that a worker has room for.</summary>
    public int WorkerGroups;

    /// <summary>Scans of <see cref="NonzeroIndices.RowsPerScan{S, V}"/> broadcast rows whose indices a worker keeps.</summary>
    public int KeptScans;

    /// <summary>For each worker and kept scan whose indices it has: those of which product, and which scan of it.</summary>
    public long* ScanKeys;

    /// <summary>Panels that are worked through together, no more than stay in the second-level cache.</summary>
    public int GroupPanels;

    /// <summary>Vectors in a panel: 2, or more where zeros of the broadcast operand are skipped.</summary>
    public int PanelVectors;

    /// <summary>Panels of the packed operand.</summary>
    public readonly int PanelCount<S, V>()
        where S : ISimd<V>
        where V : unmanaged =>
        DivideUp(Packed.Columns, PanelVectors * S.Lanes);

    /// <summary>Rows that the micro-kernel takes at once.</summary>
    public readonly int KernelRows<S, V>()
        where S : ISimd<V>
        where V : unmanaged =>
        Sparse == SparseOperand.Broadcast ? NonzeroIndices.GroupRows : S.MicroKernelRows;

    /// <summary>
    /// Floats that a worker needs in <see cref="Tiles"/>: two tiles, and two vectors for each row of a tile, transposed or not.
    /// </summary>
    public static int TileScratchLength<S, V>()
        where S : ISimd<V>
        where V : unmanaged
    {
        int width = S.SparsePanelVectors * S.Lanes;
        return (2 * TileRows * width) + EpilogueLoop.LossScratchLength<S, V>(Math.Max(TileRows, width));
    }

    /// <summary>Blocks of a size that cover a length.</summary>
    public static int DivideUp(int length, int size) => (length + size - 1) / size;
}

/// <summary>What a worker has packed, on a cache line of its own.</summary>
[StructLayout(LayoutKind.Sequential, Size = CacheLines.Bytes)]
internal struct PackedGroup
{
    /// <summary><see cref="MatrixProduct.Number"/>.</summary>
    public long Product;

    /// <summary>The first panel of the group.</summary>
    public int Group;

    /// <summary>A bit for each panel of the group.</summary>
    public ulong Panels;
}
