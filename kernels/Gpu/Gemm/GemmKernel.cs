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
/// Every load is clamped to the matrix instead of skipped: what a thread beyond the edge sums is never stored, and what lies
/// beyond the inner dimension becomes zero. The sixteen sums are named one by one because ILGPU unrolls no loop, and only
/// names become registers.
/// </remarks>
internal static class GemmKernel<TTile, TLayoutA, TLayoutB, TWidth, TEpilogue>
    where TTile : struct, ITile
    where TLayoutA : struct, IOperandLayout
    where TLayoutB : struct, IOperandLayout
    where TWidth : struct, IVectorWidth
    where TEpilogue : struct, IGemmEpilogue
{
    public static readonly LazyKernel<GemmLauncher> Kernel = new(Run);

    /// <summary>Numbers of shared memory that a group needs.</summary>
    internal static int SharedLength => TTile.Depth * ((4 * TTile.ThreadRows) + (4 * TTile.ThreadColumns) + 2);

    /// <summary>
    /// Grid (tile columns, tile rows, splits of the inner dimension), group (ThreadColumns, ThreadRows).
    /// </summary>
    /// <param name="m">Rows of C.</param>
    /// <param name="n">Columns of C.</param>
    /// <param name="k">The inner dimension.</param>
    /// <param name="splitSlices">Slices in a split; split z has those from z · splitSlices on.</param>
    /// <param name="a">A, laid out as <typeparamref name="TLayoutA"/> says.</param>
    /// <param name="b">B, laid out as <typeparamref name="TLayoutB"/> says.</param>
    /// <param name="operands">What the epilogue reads.</param>
    /// <param name="outputs">What is written.</param>
    public static void Run(
        int m, int n, int k, int splitSlices, ArrayView<float> a, ArrayView<float> b, EpilogueOperands operands,
        GemmOutputs outputs) =>
        Compute(
            SharedMemory.Allocate<float>(SharedLength), TilePlace.OfGrid, m, n, k, splitSlices, a, default, b, default,
            operands, outputs);

    /// <summary>What a group does, with as much of shared memory.</summary>
    internal static void Compute(
        ArrayView<float> shared, TilePlace place, int m, int n, int k, int splitSlices, ArrayView<float> a,
        TLayoutA layoutA, ArrayView<float> b, TLayoutB layoutB, EpilogueOperands operands, GemmOutputs outputs)
    {
        int pitchA = (4 * TTile.ThreadRows) + 1;
        int pitchB = (4 * TTile.ThreadColumns) + 1;
        int startB = TTile.Depth * pitchA;
        int y = Group.IdxY;
        int x = Group.IdxX;
        var thread = new TileThread(
            place, 4 * TTile.ThreadRows, 4 * TTile.ThreadColumns, y, TTile.ThreadRows, x, TTile.ThreadColumns, 0);
        int firstRow = thread.FirstRow;
        int firstColumn = thread.FirstColumn;

        float s00 = 0f, s01 = 0f, s02 = 0f, s03 = 0f;
        float s10 = 0f, s11 = 0f, s12 = 0f, s13 = 0f;
        float s20 = 0f, s21 = 0f, s22 = 0f, s23 = 0f;
        float s30 = 0f, s31 = 0f, s32 = 0f, s33 = 0f;
        float r0 = 0f, r1 = 0f, r2 = 0f, r3 = 0f; // the sums of the rows of A

        int splitStart = place.Split * splitSlices * TTile.Depth;
        int splitEnd = Math.Min(k, splitStart + (splitSlices * TTile.Depth));
        for (int start = splitStart; start < splitEnd; start += TTile.Depth)
        {
            SliceLoader<TLayoutA, TWidth>.Load<TTile>(
                a, layoutA, m, k, firstRow, start, 4 * TTile.ThreadRows, shared, 0, pitchA);
            SliceLoader<TLayoutB, TWidth>.Load<TTile>(
                b, layoutB, n, k, firstColumn, start, 4 * TTile.ThreadColumns, shared, startB, pitchB);
            Group.Barrier();
            // Zeros beyond the edge are multiplied too: a loop of constant length is unrolled. Where one thread does it all, they cost.
            int depth = TTile.ThreadRows == 1 ? Math.Min(TTile.Depth, splitEnd - start) : TTile.Depth;
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
                if (TEpilogue.SumsRows)
                {
                    r0 += a0;
                    r1 += a1;
                    r2 += a2;
                    r3 += a3;
                }
                placeA += pitchA;
                placeB += pitchB;
            }
            Group.Barrier();
        }

        StoreRow(thread, layoutA, y, m, n, s00, s01, s02, s03, operands, outputs, shared);
        StoreRow(thread, layoutA, y + TTile.ThreadRows, m, n, s10, s11, s12, s13, operands, outputs, shared);
        StoreRow(thread, layoutA, y + (2 * TTile.ThreadRows), m, n, s20, s21, s22, s23, operands, outputs, shared);
        StoreRow(thread, layoutA, y + (3 * TTile.ThreadRows), m, n, s30, s31, s32, s33, operands, outputs, shared);
        if (TEpilogue.SumsRows && firstColumn + x == 0)
        {
            GemmEnd<TEpilogue>.StoreRowSum(place, firstRow + y, m, r0, outputs);
            GemmEnd<TEpilogue>.StoreRowSum(place, firstRow + y + TTile.ThreadRows, m, r1, outputs);
            GemmEnd<TEpilogue>.StoreRowSum(place, firstRow + y + (2 * TTile.ThreadRows), m, r2, outputs);
            GemmEnd<TEpilogue>.StoreRowSum(place, firstRow + y + (3 * TTile.ThreadRows), m, r3, outputs);
        }
        GemmEnd<TEpilogue>.Finish(m, n, layoutA, thread, operands, outputs, shared);
    }

    private static void StoreRow(
        TileThread thread, TLayoutA layoutA, int rowOfTile, int m, int n, float s0, float s1, float s2, float s3,
        EpilogueOperands operands, GemmOutputs outputs, ArrayView<float> shared)
    {
        int row = thread.FirstRow + rowOfTile;
        int to = layoutA.ResultRow(row);
        int column = thread.FirstColumn + thread.Lane;
        float loss = GemmEnd<TEpilogue>.Store(thread.Place, row, to, column, m, n, s0, operands, outputs);
        loss += GemmEnd<TEpilogue>.Store(thread.Place, row, to, column + TTile.ThreadColumns, m, n, s1, operands, outputs);
        loss += GemmEnd<TEpilogue>.Store(thread.Place, row, to, column + (2 * TTile.ThreadColumns), m, n, s2, operands, outputs);
        loss += GemmEnd<TEpilogue>.Store(thread.Place, row, to, column + (3 * TTile.ThreadColumns), m, n, s3, operands, outputs);
        if (TEpilogue.HasLoss)
            shared[thread.LossPlace(rowOfTile, thread.Lane)] = loss;
    }
}
