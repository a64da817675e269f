using ILGPU;

namespace GpuVae.Kernels.Gpu.Gemm;

/// <summary>
/// C (M, N) = epilogue(op(A) · op(B)), the sum over K in order. A group has a tile of C; thread (y, x) of it has the
/// rows y + i·ThreadRows and the columns x + j·ThreadColumns for i, j = 0…3, so that neighbours read neighbouring words
/// of shared memory and store neighbouring elements of C. Shared memory holds a slice of both operands, depth by depth:
/// A (Depth, tile rows + 1), then B (Depth, tile columns + 1); the odd pitch spreads a transposing store over
/// the banks.
/// </summary>
/// <remarks>
/// Every load is clamped to the matrix instead of skipped: what a thread beyond the edge sums is never stored. The
/// sixteen sums are named one by one because ILGPU unrolls no loop, and only names become registers.
/// </remarks>
internal static class GemmKernel<TTile, TLayoutA, TLayoutB, TWidth, TEpilogue>
    where TTile : struct, ITile
    where TLayoutA : struct, IOperandLayout
    where TLayoutB : struct, IOperandLayout
    where TWidth : struct, IVectorWidth
    where TEpilogue : struct, IGemmEpilogue
{
    public static readonly LazyKernel<GemmLauncher> Kernel = new(Run);

    /// <summary>
    /// Grid (tile columns, tile rows, splits of the inner dimension), group (ThreadColumns, ThreadRows).
    /// </summary>
    /// <param name="m">Rows of C.</param>
    /// <param name="n">Columns of C.</param>
    /// <param name="k">The inner dimension.</param>
    /// <param name="splitSlices">
    /// Slices in a split; split z has those from z · splitSlices, and stores its own C.
    /// </param>
    /// <param name="a">A, laid out as <typeparamref name="TLayoutA"/> says.</param>
    /// <param name="b">B, laid out as <typeparamref name="TLayoutB"/> says.</param>
    /// <param name="operands">What the epilogue reads.</param>
    /// <param name="c">(splits, M, N).</param>
    /// <param name="partialLoss">
    /// (M, tile columns · ThreadColumns): the loss of each thread's four columns; only where there is one split.
    /// </param>
    public static void Run(
        int m, int n, int k, int splitSlices, ArrayView<float> a, ArrayView<float> b, EpilogueOperands operands,
        ArrayView<float> c, ArrayView<float> partialLoss)
    {
        int pitchA = (4 * TTile.ThreadRows) + 1;
        int pitchB = (4 * TTile.ThreadColumns) + 1;
        ArrayView<float> shared =
            SharedMemory.Allocate<float>(TTile.Depth * ((4 * TTile.ThreadRows) + (4 * TTile.ThreadColumns) + 2));
        int startB = TTile.Depth * pitchA;
        int y = Group.IdxY;
        int x = Group.IdxX;
        int firstRow = Grid.IdxY * 4 * TTile.ThreadRows;
        int firstColumn = Grid.IdxX * 4 * TTile.ThreadColumns;

        float s00 = 0f, s01 = 0f, s02 = 0f, s03 = 0f;
        float s10 = 0f, s11 = 0f, s12 = 0f, s13 = 0f;
        float s20 = 0f, s21 = 0f, s22 = 0f, s23 = 0f;
        float s30 = 0f, s31 = 0f, s32 = 0f, s33 = 0f;

        int splitStart = Grid.IdxZ * splitSlices * TTile.Depth;
        int splitEnd = Math.Min(k, splitStart + (splitSlices * TTile.Depth));
        for (int start = splitStart; start < splitEnd; start += TTile.Depth)
        {
            int depth = Math.Min(TTile.Depth, splitEnd - start);
            SliceLoader<TLayoutA, TWidth>.Load<TTile>(
                a, m, k, firstRow, start, depth, 4 * TTile.ThreadRows, shared, 0, pitchA);
            SliceLoader<TLayoutB, TWidth>.Load<TTile>(
                b, n, k, firstColumn, start, depth, 4 * TTile.ThreadColumns, shared, startB, pitchB);
            Group.Barrier();
            int placeA = y;
            int placeB = startB + x;
            for (int d = 0; d < depth; d++)
            {
                float a0 = shared[placeA];
                float a1 = shared[placeA + TTile.ThreadRows];
                float a2 = shared[placeA + (2 * TTile.ThreadRows)];
                float a3 = shared[placeA + (3 * TTile.ThreadRows)];
                float b0 = shared[placeB];
                float b1 = shared[placeB + TTile.ThreadColumns];
                float b2 = shared[placeB + (2 * TTile.ThreadColumns)];
                float b3 = shared[placeB + (3 * TTile.ThreadColumns)];
                s00 += a0 * b0;
                s01 += a0 * b1;
                s02 += a0 * b2;
                s03 += a0 * b3;
                s10 += a1 * b0;
                s11 += a1 * b1;
                s12 += a1 * b2;
                s13 += a1 * b3;
                s20 += a2 * b0;
                s21 += a2 * b1;
                s22 += a2 * b2;
                s23 += a2 * b3;
                s30 += a3 * b0;
                s31 += a3 * b1;
                s32 += a3 * b2;
                s33 += a3 * b3;
                placeA += pitchA;
                placeB += pitchB;
            }
            Group.Barrier();
        }

        StoreRow(firstRow + y, m, n, s00, s01, s02, s03, operands, c, partialLoss);
        StoreRow(firstRow + y + TTile.ThreadRows, m, n, s10, s11, s12, s13, operands, c, partialLoss);
        StoreRow(firstRow + y + (2 * TTile.ThreadRows), m, n, s20, s21, s22, s23, operands, c, partialLoss);
        StoreRow(firstRow + y + (3 * TTile.ThreadRows), m, n, s30, s31, s32, s33, operands, c, partialLoss);
    }

    private static void StoreRow(
        int row, int m, int n, float s0, float s1, float s2, float s3, EpilogueOperands operands,
        ArrayView<float> c, ArrayView<float> partialLoss)
    {
        int column = (Grid.IdxX * 4 * TTile.ThreadColumns) + Group.IdxX;
        float loss = GemmStore<TEpilogue>.Store(row, column, m, n, s0, operands, c);
        loss += GemmStore<TEpilogue>.Store(row, column + TTile.ThreadColumns, m, n, s1, operands, c);
        loss += GemmStore<TEpilogue>.Store(row, column + (2 * TTile.ThreadColumns), m, n, s2, operands, c);
        loss += GemmStore<TEpilogue>.Store(row, column + (3 * TTile.ThreadColumns), m, n, s3, operands, c);
        if (TEpilogue.HasLoss && row < m)
            partialLoss[(((row * Grid.DimX) + Grid.IdxX) * TTile.ThreadColumns) + Group.IdxX] = loss;
    }
}
