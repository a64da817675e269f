using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu.Gemm;

/// <summary>
/// Copies columns of the packed operand (K, N) into a panel (K, width): row after row, so that the micro-kernel reads one
/// stream. The width is 1, 2 or 4 vectors, the least that has room for the columns; zero where they have ended. And what else a
/// worker makes of the operands for itself: nonzero indices, and a copy of the last broadcast rows.
/// </summary>
internal static unsafe class Packing
{
    // How many k ahead scattered columns are prefetched: further than memory is away.
    private const int PrefetchDistance = 16;

    /// <summary>The vectors of a panel with so many columns.</summary>
    public static int Vectors<S, V>(int columns)
        where S : ISimd<V>
        where V : unmanaged =>
        columns <= S.Lanes ? 1 : columns <= 2 * S.Lanes ? 2 : 4;

    /// <summary>Copies the last broadcast rows where they are fewer than the micro-kernel reads.</summary>
    public static void CopyLastRows<S, V>(in MatrixProduct product)
        where S : ISimd<V>
        where V : unmanaged
    {
        BroadcastOperand broadcast = product.Broadcast;
        int kernelRows = product.KernelRows<S, V>(), depth = product.Depth;
        int rest = broadcast.Rows % kernelRows;
        if (rest == 0)
            return;
        float* source = broadcast.Data + ((nint)(broadcast.Rows - rest) * broadcast.RowStride);
        new Span<float>(product.LastRows, kernelRows * depth).Clear();
        for (int row = 0; row < rest; row++)
        {
            for (int k = 0; k < depth; k++)
                product.LastRows[(row * depth) + k] = source[(row * broadcast.RowStride) + (k * broadcast.DepthStride)];
        }
    }

    /// <summary>
    /// A panel in the worker's own memory. It is packed now if it was not, or by the micro-kernel's first rows, where those can
    /// read the packed operand in vectors.
    /// </summary>
    /// <param name="product">The product.</param>
    /// <param name="worker">The worker.</param>
    /// <param name="group">The first panel of the group.</param>
    /// <param name="slot">The panel's number in the group.</param>
    /// <param name="isPacked">Whether it is packed; else the micro-kernel has to do it.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float* Panel<S, V>(in MatrixProduct product, int worker, int group, int slot, out bool isPacked)
        where S : ISimd<V>
        where V : unmanaged
    {
        PackedGroup* packed = product.PackedGroups + worker;
        nint length = (nint)product.PanelVectors * S.Lanes * product.Depth;
        float* panel = product.Panels + (((worker * (nint)product.GroupPanels) + slot) * length);
        if (packed->Product != product.Number || packed->Group != group)
            *packed = new PackedGroup { Product = product.Number, Group = group };
        isPacked = true;
        if ((packed->Panels >> slot & 1) == 0)
        {
            packed->Panels |= 1ul << slot;
            isPacked = product.Packed.IsTransposed || product.Packed.ColumnIndices is not null
                || product.Sparse != SparseOperand.None;
            if (isPacked)
                Pack<S, V>(in product, (worker * product.WorkerGroups) + slot, group + slot, panel);
        }
        return panel;
    }

    /// <summary>
    /// The group of nonzero indices of a block's first broadcast rows, found now if the worker does not have it.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int IndexRows<S, V>(in MatrixProduct product, int worker, int row)
        where S : ISimd<V>
        where V : unmanaged
    {
        int rowsPerScan = NonzeroIndices.RowsPerScan<S, V>();
        int scan = row / rowsPerScan, first = scan * rowsPerScan;
        int kept = (worker * product.KeptScans) + (scan % product.KeptScans);
        int group = kept * (rowsPerScan / NonzeroIndices.GroupRows);
        long wanted = (product.Number << 24) | (uint)scan;
        if (product.ScanKeys[kept] != wanted)
        {
            product.ScanKeys[kept] = wanted;
            product.Indices.ScanRows<S, V>(
                product.Broadcast.Data + (first * product.Broadcast.RowStride), product.Broadcast.RowStride,
                product.Broadcast.DepthStride, Math.Min(rowsPerScan, product.Broadcast.Rows - first), group);
        }
        return group + ((row - first) / NonzeroIndices.GroupRows);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Pack<S, V>(in MatrixProduct product, int indexGroup, int panel, float* target)
        where S : ISimd<V>
        where V : unmanaged
    {
        PackedOperand packed = product.Packed;
        int first = panel * product.PanelVectors * S.Lanes;
        int columns = Math.Min(product.PanelVectors * S.Lanes, packed.Columns - first);
        if (packed.ColumnIndices is not null)
            PackIndexed<S, V>(packed.Data, packed.Stride, packed.ColumnIndices + first, columns, product.Depth, target);
        else if (packed.IsTransposed)
            PackTransposed<S, V>(packed.Data + (first * packed.Stride), packed.Stride, columns, product.Depth, target);
        else
            PackRows<S, V>(packed.Data + first, packed.Stride, columns, product.Depth, target);
        if (product.Sparse == SparseOperand.Packed)
            product.Indices.ScanPanel<S, V>(target, Vectors<S, V>(columns), indexGroup);
    }

    /// <summary>Packs columns of an operand stored (K, N).</summary>
    /// <param name="source">Its row 0 at the first column of the panel.</param>
    /// <param name="stride">N.</param>
    /// <param name="columns">Columns that the panel has.</param>
    /// <param name="depth">K.</param>
    /// <param name="panel">The panel's start.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackRows<S, V>(float* source, nint stride, int columns, int depth, float* panel)
        where S : ISimd<V>
        where V : unmanaged
    {
        int width = Vectors<S, V>(columns) * S.Lanes;
        if (columns == 2 * S.Lanes)
        {
            for (int k = 0; k < depth; k++, source += stride, panel += width)
            {
                S.Store(S.Load(source), panel);
                S.Store(S.Load(source + S.Lanes), panel + S.Lanes);
            }
            return;
        }
        int whole = columns / S.Lanes * S.Lanes;
        V mask = S.FirstLanes(columns - whole);
        for (int k = 0; k < depth; k++, source += stride, panel += width)
        {
            int column = 0;
            for (; column < whole; column += S.Lanes)
                S.Store(S.Load(source + column), panel + column);
            if (column < columns)
            {
                S.Store(S.Select(mask, S.Load(source + column), S.Zero), panel + column);
                column += S.Lanes;
            }
            for (; column < width; column += S.Lanes)
                S.Store(S.Zero, panel + column);
        }
    }

    /// <summary>Packs columns of an operand stored (K, N) that do not stand side by side.</summary>
    /// <param name="source">Its row 0.</param>
    /// <param name="stride">N.</param>
    /// <param name="indices">Where they stand: (columns).</param>
    /// <param name="columns">Columns that the panel has.</param>
    /// <param name="depth">K.</param>
    /// <param name="panel">The panel's start.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackIndexed<S, V>(float* source, nint stride, int* indices, int columns, int depth, float* panel)
        where S : ISimd<V>
        where V : unmanaged
    {
        int width = Vectors<S, V>(columns) * S.Lanes;
        int end = indices[columns - 1] + CacheLines.Floats;
        for (int k = 0; k < depth; k++, source += stride, panel += width)
        {
            // The processor does not foresee lines that are a row of the matrix apart.
            for (int column = indices[0]; column < end; column += CacheLines.Floats)
                CacheLines.Prefetch(source + (PrefetchDistance * stride) + column);
            int i = 0;
            for (; i < columns; i++)
                panel[i] = source[indices[i]];
            for (; i < width; i++)
                panel[i] = 0f;
        }
    }

    /// <summary>Packs columns of an operand stored transposed (N, K), a square block of vectors at a time.</summary>
    /// <param name="source">The stored row that is the first column of the panel.</param>
    /// <param name="stride">K.</param>
    /// <param name="columns">Columns that the panel has.</param>
    /// <param name="depth">K.</param>
    /// <param name="panel">The panel's start.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackTransposed<S, V>(float* source, nint stride, int columns, int depth, float* panel)
        where S : ISimd<V>
        where V : unmanaged
    {
        float* edge = stackalloc float[S.Lanes * S.Lanes];
        int width = Vectors<S, V>(columns) * S.Lanes;
        for (int column = 0; column < width; column += S.Lanes)
        {
            float* rows = source + (column * stride);
            float* target = panel + column;
            int present = columns - column;
            for (int k = 0; k < depth; k += S.Lanes, rows += S.Lanes, target += S.Lanes * width)
            {
                if (present >= S.Lanes && depth - k >= S.Lanes)
                {
                    BlockTranspose.Transpose<S, V>(rows, stride, target, width);
                    continue;
                }
                for (int row = 0; row < S.Lanes; row++)
                    S.Store(row < present ? S.Load(rows + (row * stride)) : S.Zero, edge + (row * S.Lanes));
                BlockTranspose.Transpose<S, V>(edge, S.Lanes, edge, S.Lanes);
                for (int row = 0; row < Math.Min(S.Lanes, depth - k); row++)
                    S.Store(S.Load(edge + (row * S.Lanes)), target + (row * width));
            }
        }
    }
}
