using ILGPU;

namespace GpuVae.Kernels.Gpu.Gemm;

/// <summary>
/// <see cref="GemmKernel{TTile, TLayoutA, TLayoutB, TWidth, TEpilogue}"/> with 8 × 8 elements of C in each thread, for
/// a C of many tiles: sixteen numbers read from shared memory, by four instructions, meet in 64 products. Thread (y, x)
/// of 16 × 16 has the rows 4y … 4y + 3 and 64 + 4y … 64 + 4y + 3 of a tile of 128 × 128, and the same of its columns.
/// </summary>
/// <remarks>
/// Shared memory holds the slices depth by depth, A (Depth, 132), then B (Depth, 132): rows begin on 16 bytes,
/// as the reads of four need, and not on the same bank. The 64 sums have names because only names become registers.
/// </remarks>
internal static class WideGemmKernel<TLayoutA, TLayoutB, TWidth, TEpilogue>
    where TLayoutA : struct, IOperandLayout
    where TLayoutB : struct, IOperandLayout
    where TWidth : struct, IVectorWidth
    where TEpilogue : struct, IGemmEpilogue
{
    private const int Side = 128;
    private const int Pitch = Side + 4;

    public static readonly LazyKernel<GemmLauncher> Kernel = new(Run);

    /// <summary>
    /// Grid (tile columns, tile rows, splits of the inner dimension), group (16, 16). The parameters are those of
    /// <see cref="GemmKernel{TTile, TLayoutA, TLayoutB, TWidth, TEpilogue}"/>.
    /// </summary>
    public static void Run(
        int m, int n, int k, int splitSlices, ArrayView<float> a, ArrayView<float> b, EpilogueOperands operands,
        GemmOutputs outputs)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(2 * WideTile.Slice * Pitch);
        ArrayView<Float4> fours = shared.Cast<Float4>();
        TilePlace place = TilePlace.OfGrid;
        var thread = new TileThread(
            place, Side, Side, Group.IdxY, WideTile.ThreadRows, Group.IdxX, WideTile.ThreadColumns, 0);
        int firstRow = thread.FirstRow;
        int firstColumn = thread.FirstColumn;

        float s00 = 0f, s01 = 0f, s02 = 0f, s03 = 0f, s04 = 0f, s05 = 0f, s06 = 0f, s07 = 0f;
        float s10 = 0f, s11 = 0f, s12 = 0f, s13 = 0f, s14 = 0f, s15 = 0f, s16 = 0f, s17 = 0f;
        float s20 = 0f, s21 = 0f, s22 = 0f, s23 = 0f, s24 = 0f, s25 = 0f, s26 = 0f, s27 = 0f;
        float s30 = 0f, s31 = 0f, s32 = 0f, s33 = 0f, s34 = 0f, s35 = 0f, s36 = 0f, s37 = 0f;
        float s40 = 0f, s41 = 0f, s42 = 0f, s43 = 0f, s44 = 0f, s45 = 0f, s46 = 0f, s47 = 0f;
        float s50 = 0f, s51 = 0f, s52 = 0f, s53 = 0f, s54 = 0f, s55 = 0f, s56 = 0f, s57 = 0f;
        float s60 = 0f, s61 = 0f, s62 = 0f, s63 = 0f, s64 = 0f, s65 = 0f, s66 = 0f, s67 = 0f;
        float s70 = 0f, s71 = 0f, s72 = 0f, s73 = 0f, s74 = 0f, s75 = 0f, s76 = 0f, s77 = 0f;
        float r0 = 0f, r1 = 0f, r2 = 0f, r3 = 0f, r4 = 0f, r5 = 0f, r6 = 0f, r7 = 0f; // the sums of the rows of A

        int splitStart = place.Split * splitSlices * WideTile.Slice;
        int splitEnd = Math.Min(k, splitStart + (splitSlices * WideTile.Slice));
        for (int start = splitStart; start < splitEnd; start += WideTile.Slice)
        {
            SliceLoader<TLayoutA, TWidth>.Load<WideTile>(a, default, m, k, firstRow, start, Side, shared, 0, Pitch);
            SliceLoader<TLayoutB, TWidth>.Load<WideTile>(
                b, default, n, k, firstColumn, start, Side, shared, WideTile.Slice * Pitch, Pitch);
            Group.Barrier();
            int placeA = Group.IdxY;
            int placeB = (WideTile.Slice * Pitch / 4) + Group.IdxX;
            for (int d = 0; d < WideTile.Slice; d++)
            {
                Float4 top = fours[placeA];
                Float4 bottom = fours[placeA + (Side / 8)];
                Float4 near = fours[placeB];
                Float4 far = fours[placeB + (Side / 8)];
                s00 += top.X * near.X;
                s01 += top.X * near.Y;
                s02 += top.X * near.Z;
                s03 += top.X * near.W;
                s04 += top.X * far.X;
                s05 += top.X * far.Y;
                s06 += top.X * far.Z;
                s07 += top.X * far.W;
                s10 += top.Y * near.X;
                s11 += top.Y * near.Y;
                s12 += top.Y * near.Z;
                s13 += top.Y * near.W;
                s14 += top.Y * far.X;
                s15 += top.Y * far.Y;
                s16 += top.Y * far.Z;
                s17 += top.Y * far.W;
                s20 += top.Z * near.X;
                s21 += top.Z * near.Y;
                s22 += top.Z * near.Z;
                s23 += top.Z * near.W;
                s24 += top.Z * far.X;
                s25 += top.Z * far.Y;
                s26 += top.Z * far.Z;
                s27 += top.Z * far.W;
                s30 += top.W * near.X;
                s31 += top.W * near.Y;
                s32 += top.W * near.Z;
                s33 += top.W * near.W;
                s34 += top.W * far.X;
                s35 += top.W * far.Y;
                s36 += top.W * far.Z;
                s37 += top.W * far.W;
                s40 += bottom.X * near.X;
                s41 += bottom.X * near.Y;
                s42 += bottom.X * near.Z;
                s43 += bottom.X * near.W;
                s44 += bottom.X * far.X;
                s45 += bottom.X * far.Y;
                s46 += bottom.X * far.Z;
                s47 += bottom.X * far.W;
                s50 += bottom.Y * near.X;
                s51 += bottom.Y * near.Y;
                s52 += bottom.Y * near.Z;
                s53 += bottom.Y * near.W;
                s54 += bottom.Y * far.X;
                s55 += bottom.Y * far.Y;
                s56 += bottom.Y * far.Z;
                s57 += bottom.Y * far.W;
                s60 += bottom.Z * near.X;
                s61 += bottom.Z * near.Y;
                s62 += bottom.Z * near.Z;
                s63 += bottom.Z * near.W;
                s64 += bottom.Z * far.X;
                s65 += bottom.Z * far.Y;
                s66 += bottom.Z * far.Z;
                s67 += bottom.Z * far.W;
                s70 += bottom.W * near.X;
                s71 += bottom.W * near.Y;
                s72 += bottom.W * near.Z;
                s73 += bottom.W * near.W;
                s74 += bottom.W * far.X;
                s75 += bottom.W * far.Y;
                s76 += bottom.W * far.Z;
                s77 += bottom.W * far.W;
                if (TEpilogue.SumsRows)
                {
                    r0 += top.X;
                    r1 += top.Y;
                    r2 += top.Z;
                    r3 += top.W;
                    r4 += bottom.X;
                    r5 += bottom.Y;
                    r6 += bottom.Z;
                    r7 += bottom.W;
                }
                placeA += Pitch / 4;
                placeB += Pitch / 4;
            }
            Group.Barrier();
        }

        int row = 4 * Group.IdxY;
        StoreRow(thread, row, m, n, s00, s01, s02, s03, s04, s05, s06, s07, operands, outputs, shared);
        StoreRow(thread, row + 1, m, n, s10, s11, s12, s13, s14, s15, s16, s17, operands, outputs, shared);
        StoreRow(thread, row + 2, m, n, s20, s21, s22, s23, s24, s25, s26, s27, operands, outputs, shared);
        StoreRow(thread, row + 3, m, n, s30, s31, s32, s33, s34, s35, s36, s37, operands, outputs, shared);
        StoreRow(thread, row + 64, m, n, s40, s41, s42, s43, s44, s45, s46, s47, operands, outputs, shared);
        StoreRow(thread, row + 65, m, n, s50, s51, s52, s53, s54, s55, s56, s57, operands, outputs, shared);
        StoreRow(thread, row + 66, m, n, s60, s61, s62, s63, s64, s65, s66, s67, operands, outputs, shared);
        StoreRow(thread, row + 67, m, n, s70, s71, s72, s73, s74, s75, s76, s77, operands, outputs, shared);
        if (TEpilogue.SumsRows && firstColumn + Group.IdxX == 0)
        {
            GemmEnd<TEpilogue>.StoreRowSum(place, firstRow + row, m, r0, outputs);
            GemmEnd<TEpilogue>.StoreRowSum(place, firstRow + row + 1, m, r1, outputs);
            GemmEnd<TEpilogue>.StoreRowSum(place, firstRow + row + 2, m, r2, outputs);
            GemmEnd<TEpilogue>.StoreRowSum(place, firstRow + row + 3, m, r3, outputs);
            GemmEnd<TEpilogue>.StoreRowSum(place, firstRow + row + 64, m, r4, outputs);
            GemmEnd<TEpilogue>.StoreRowSum(place, firstRow + row + 65, m, r5, outputs);
            GemmEnd<TEpilogue>.StoreRowSum(place, firstRow + row + 66, m, r6, outputs);
            GemmEnd<TEpilogue>.StoreRowSum(place, firstRow + row + 67, m, r7, outputs);
        }
        GemmEnd<TEpilogue>.Finish<TLayoutA>(m, n, default, thread, operands, outputs, shared);
    }

    private static void StoreRow(
        TileThread thread, int rowOfTile, int m, int n, float s0, float s1, float s2, float s3, float s4, float s5,
        float s6, float s7, EpilogueOperands operands, GemmOutputs outputs, ArrayView<float> shared)
    {
        int row = thread.FirstRow + rowOfTile;
        int column = thread.FirstColumn + (4 * Group.IdxX);
        float loss = GemmEnd<TEpilogue>.Store(thread.Place, row, row, column, m, n, s0, operands, outputs);
        loss += GemmEnd<TEpilogue>.Store(thread.Place, row, row, column + 1, m, n, s1, operands, outputs);
        loss += GemmEnd<TEpilogue>.Store(thread.Place, row, row, column + 2, m, n, s2, operands, outputs);
        loss += GemmEnd<TEpilogue>.Store(thread.Place, row, row, column + 3, m, n, s3, operands, outputs);
        loss += GemmEnd<TEpilogue>.Store(thread.Place, row, row, column + 64, m, n, s4, operands, outputs);
        loss += GemmEnd<TEpilogue>.Store(thread.Place, row, row, column + 65, m, n, s5, operands, outputs);
        loss += GemmEnd<TEpilogue>.Store(thread.Place, row, row, column + 66, m, n, s6, operands, outputs);
        loss += GemmEnd<TEpilogue>.Store(thread.Place, row, row, column + 67, m, n, s7, operands, outputs);
        if (TEpilogue.HasLoss)
            shared[thread.LossPlace(rowOfTile, thread.Lane)] = loss;
    }
}
