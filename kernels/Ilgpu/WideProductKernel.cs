using ILGPU;

namespace GpuVae.Kernels.Ilgpu;

/// <summary>
/// <see cref="ProductKernel{T1, T2, T3, T4, T5}"/> with 8 × 8 elements of C in each thread, for a C of many tiles:
/// sixteen numbers read from shared memory, by four instructions, meet in 64 products. Thread (y, x) of 16 × 16 has the
/// rows 4y … 4y + 3 and 64 + 4y … 64 + 4y + 3 of a tile of 128 × 128, and the same of its columns.
/// </summary>
/// <remarks>
/// Shared memory holds the slices depth by depth, left (Depth, 132), then right (Depth, 132): rows begin on 16 bytes,
/// as the reads of four need, and not on the same bank. The 64 sums have names because only names become registers.
/// </remarks>
internal static class WideProductKernel<TLeft, TRight, TCopy, TEpilogue>
    where TLeft : struct, IOperandLayout
    where TRight : struct, IOperandLayout
    where TCopy : struct, ICopyWidth
    where TEpilogue : struct, IProductEpilogue
{
    private const int Side = 128;
    private const int Pitch = Side + 4;

    /// <summary>
    /// Grid (tile columns, tile rows, parts of the inner dimension), group (16, 16). The parameters are those of
    /// <see cref="ProductKernel{T1, T2, T3, T4, T5}"/>.
    /// </summary>
    public static void Run(
        int m, int n, int k, int partSlices, ArrayView<float> a, ArrayView<float> b, EpilogueOperands operands,
        ArrayView<float> c, ArrayView<float> partialLoss)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(2 * WideTile.Slice * Pitch);
        ArrayView<Quad> quads = shared.Cast<Quad>();
        int firstRow = Grid.IdxY * Side;
        int firstColumn = Grid.IdxX * Side;

        float s00 = 0f, s01 = 0f, s02 = 0f, s03 = 0f, s04 = 0f, s05 = 0f, s06 = 0f, s07 = 0f;
        float s10 = 0f, s11 = 0f, s12 = 0f, s13 = 0f, s14 = 0f, s15 = 0f, s16 = 0f, s17 = 0f;
        float s20 = 0f, s21 = 0f, s22 = 0f, s23 = 0f, s24 = 0f, s25 = 0f, s26 = 0f, s27 = 0f;
        float s30 = 0f, s31 = 0f, s32 = 0f, s33 = 0f, s34 = 0f, s35 = 0f, s36 = 0f, s37 = 0f;
        float s40 = 0f, s41 = 0f, s42 = 0f, s43 = 0f, s44 = 0f, s45 = 0f, s46 = 0f, s47 = 0f;
        float s50 = 0f, s51 = 0f, s52 = 0f, s53 = 0f, s54 = 0f, s55 = 0f, s56 = 0f, s57 = 0f;
        float s60 = 0f, s61 = 0f, s62 = 0f, s63 = 0f, s64 = 0f, s65 = 0f, s66 = 0f, s67 = 0f;
        float s70 = 0f, s71 = 0f, s72 = 0f, s73 = 0f, s74 = 0f, s75 = 0f, s76 = 0f, s77 = 0f;

        int partStart = Grid.IdxZ * partSlices * WideTile.Slice;
        int partEnd = Math.Min(k, partStart + (partSlices * WideTile.Slice));
        for (int start = partStart; start < partEnd; start += WideTile.Slice)
        {
            int depth = Math.Min(WideTile.Slice, partEnd - start);
            SliceLoader<TLeft, TCopy>.Load<WideTile>(a, m, k, firstRow, start, depth, Side, shared, 0, Pitch);
            SliceLoader<TRight, TCopy>.Load<WideTile>(
                b, n, k, firstColumn, start, depth, Side, shared, WideTile.Slice * Pitch, Pitch);
            Group.Barrier();
            int left = Group.IdxY;
            int right = (WideTile.Slice * Pitch / 4) + Group.IdxX;
            for (int d = 0; d < depth; d++)
            {
                Quad top = quads[left];
                Quad bottom = quads[left + (Side / 8)];
                Quad near = quads[right];
                Quad far = quads[right + (Side / 8)];
                s00 += top.First * near.First;
                s01 += top.First * near.Second;
                s02 += top.First * near.Third;
                s03 += top.First * near.Fourth;
                s04 += top.First * far.First;
                s05 += top.First * far.Second;
                s06 += top.First * far.Third;
                s07 += top.First * far.Fourth;
                s10 += top.Second * near.First;
                s11 += top.Second * near.Second;
                s12 += top.Second * near.Third;
                s13 += top.Second * near.Fourth;
                s14 += top.Second * far.First;
                s15 += top.Second * far.Second;
                s16 += top.Second * far.Third;
                s17 += top.Second * far.Fourth;
                s20 += top.Third * near.First;
                s21 += top.Third * near.Second;
                s22 += top.Third * near.Third;
                s23 += top.Third * near.Fourth;
                s24 += top.Third * far.First;
                s25 += top.Third * far.Second;
                s26 += top.Third * far.Third;
                s27 += top.Third * far.Fourth;
                s30 += top.Fourth * near.First;
                s31 += top.Fourth * near.Second;
                s32 += top.Fourth * near.Third;
                s33 += top.Fourth * near.Fourth;
                s34 += top.Fourth * far.First;
                s35 += top.Fourth * far.Second;
                s36 += top.Fourth * far.Third;
                s37 += top.Fourth * far.Fourth;
                s40 += bottom.First * near.First;
                s41 += bottom.First * near.Second;
                s42 += bottom.First * near.Third;
                s43 += bottom.First * near.Fourth;
                s44 += bottom.First * far.First;
                s45 += bottom.First * far.Second;
                s46 += bottom.First * far.Third;
                s47 += bottom.First * far.Fourth;
                s50 += bottom.Second * near.First;
                s51 += bottom.Second * near.Second;
                s52 += bottom.Second * near.Third;
                s53 += bottom.Second * near.Fourth;
                s54 += bottom.Second * far.First;
                s55 += bottom.Second * far.Second;
                s56 += bottom.Second * far.Third;
                s57 += bottom.Second * far.Fourth;
                s60 += bottom.Third * near.First;
                s61 += bottom.Third * near.Second;
                s62 += bottom.Third * near.Third;
                s63 += bottom.Third * near.Fourth;
                s64 += bottom.Third * far.First;
                s65 += bottom.Third * far.Second;
                s66 += bottom.Third * far.Third;
                s67 += bottom.Third * far.Fourth;
                s70 += bottom.Fourth * near.First;
                s71 += bottom.Fourth * near.Second;
                s72 += bottom.Fourth * near.Third;
                s73 += bottom.Fourth * near.Fourth;
                s74 += bottom.Fourth * far.First;
                s75 += bottom.Fourth * far.Second;
                s76 += bottom.Fourth * far.Third;
                s77 += bottom.Fourth * far.Fourth;
                left += Pitch / 4;
                right += Pitch / 4;
            }
            Group.Barrier();
        }

        int row = firstRow + (4 * Group.IdxY);
        StoreRow(row, m, n, s00, s01, s02, s03, s04, s05, s06, s07, operands, c, partialLoss);
        StoreRow(row + 1, m, n, s10, s11, s12, s13, s14, s15, s16, s17, operands, c, partialLoss);
        StoreRow(row + 2, m, n, s20, s21, s22, s23, s24, s25, s26, s27, operands, c, partialLoss);
        StoreRow(row + 3, m, n, s30, s31, s32, s33, s34, s35, s36, s37, operands, c, partialLoss);
        StoreRow(row + 64, m, n, s40, s41, s42, s43, s44, s45, s46, s47, operands, c, partialLoss);
        StoreRow(row + 65, m, n, s50, s51, s52, s53, s54, s55, s56, s57, operands, c, partialLoss);
        StoreRow(row + 66, m, n, s60, s61, s62, s63, s64, s65, s66, s67, operands, c, partialLoss);
        StoreRow(row + 67, m, n, s70, s71, s72, s73, s74, s75, s76, s77, operands, c, partialLoss);
    }

    private static void StoreRow(
        int row, int m, int n, float s0, float s1, float s2, float s3, float s4, float s5, float s6, float s7,
        EpilogueOperands operands, ArrayView<float> c, ArrayView<float> partialLoss)
    {
        int column = (Grid.IdxX * Side) + (4 * Group.IdxX);
        float loss = ProductStore<TEpilogue>.Store(row, column, m, n, s0, operands, c);
        loss += ProductStore<TEpilogue>.Store(row, column + 1, m, n, s1, operands, c);
        loss += ProductStore<TEpilogue>.Store(row, column + 2, m, n, s2, operands, c);
        loss += ProductStore<TEpilogue>.Store(row, column + 3, m, n, s3, operands, c);
        loss += ProductStore<TEpilogue>.Store(row, column + 64, m, n, s4, operands, c);
        loss += ProductStore<TEpilogue>.Store(row, column + 65, m, n, s5, operands, c);
        loss += ProductStore<TEpilogue>.Store(row, column + 66, m, n, s6, operands, c);
        loss += ProductStore<TEpilogue>.Store(row, column + 67, m, n, s7, operands, c);
        if (TEpilogue.HasLoss && row < m)
            partialLoss[(((row * Grid.DimX) + Grid.IdxX) * Group.DimX) + Group.IdxX] = loss;
    }
}
