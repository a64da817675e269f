using ILGPU;

namespace GpuVae.Kernels.Gpu.Gemm;

/// <summary>
/// Where sixteen elements of C are that a thread takes at once: four slots of four columns each, in as many rows as there are when a
/// row has so many slots.
/// </summary>
/// <param name="Row">The first row.</param>
/// <param name="RowStep">To the next row.</param>
/// <param name="Column">The first column.</param>
/// <param name="ColumnStep">To the next column of a slot.</param>
/// <param name="SlotsOfRow">1, 2 or 4.</param>
/// <param name="SlotStep">To the first column of the next slot of a row.</param>
internal readonly record struct BlockPlace(
    int Row, int RowStep, int Column, int ColumnStep, int SlotsOfRow, int SlotStep)
{
    /// <summary>The row of a slot.</summary>
    public int RowOf(int slot) => Row + (PowerOfTwo.Divide(slot, SlotsOfRow) * RowStep);

    /// <summary>The first column of a slot.</summary>
    public int ColumnOf(int slot) => Column + (PowerOfTwo.Remainder(slot, SlotsOfRow) * SlotStep);

    /// <summary>Whether a slot is the first of its row.</summary>
    public bool IsFirst(int slot) => PowerOfTwo.Remainder(slot, SlotsOfRow) == 0;

    /// <summary>Whether a slot is the last of its row.</summary>
    public bool IsLast(int slot) => PowerOfTwo.Remainder(slot + 1, SlotsOfRow) == 0;
}

/// <summary>The end of sixteen elements of a product.</summary>
internal static class GemmBlock<TEpilogue>
    where TEpilogue : struct, IGemmEpilogue
{
    /// <summary>The sums of all parts of its elements, in the order of parts; 0 beyond the edges of C's rows.</summary>
    public static FourByFour SumOfParts<TLayoutA>(
        BlockPlace block, TLayoutA layoutA, int m, int n, int splits, GemmOutputs outputs)
        where TLayoutA : struct, IOperandLayout
    {
        FourByFour sums = default;
        // A block that begins beyond the last row has nothing, and there may be no row at all.
        if (block.Row < m)
        {
            int row0 = RowStart(block, 0, layoutA, m, n), row1 = RowStart(block, 1, layoutA, m, n);
            int row2 = RowStart(block, 2, layoutA, m, n), row3 = RowStart(block, 3, layoutA, m, n);
            for (int split = 0; split < splits; split++)
            {
                sums = sums.Add(new FourByFour(
                    Take(block, 0, row0, n, outputs.Parts), Take(block, 1, row1, n, outputs.Parts),
                    Take(block, 2, row2, n, outputs.Parts), Take(block, 3, row3, n, outputs.Parts)));
                row0 += outputs.C.IntLength;
                row1 += outputs.C.IntLength;
                row2 += outputs.C.IntLength;
                row3 += outputs.C.IntLength;
            }
        }
        return sums;
    }

    private static Float4 Take(BlockPlace block, int slot, int rowStart, int n, ArrayView<float> source) => new(
        source[rowStart + ColumnOf(block, slot, 0, n)], source[rowStart + ColumnOf(block, slot, 1, n)],
        source[rowStart + ColumnOf(block, slot, 2, n)], source[rowStart + ColumnOf(block, slot, 3, n)]);

    /// <summary>
    /// Takes its elements through the epilogue to C, as far as C has them, and puts the losses of whole rows to their places in shared memory.
    /// </summary>
    /// <remarks>
    /// What the epilogue reads is read for sixteen elements, or for four where there are losses, before anything is written, at places
    /// that C has whatever the sizes: loads between stores, or in branches, would wait for each other. A likelihood is much text.
    /// </remarks>
    public static void Apply<TLayoutA>(
        TileThread thread, BlockPlace block, TLayoutA layoutA, int m, int n, FourByFour sums, EpilogueOperands operands,
        GemmOutputs outputs, ArrayView<float> shared)
        where TLayoutA : struct, IOperandLayout
    {
        if (block.Row >= m)
            return;
        if (TEpilogue.HasLoss)
        {
            float loss = 0f;
            for (int slot = 0; slot < 4; slot++)
            {
                (Float4 values, Float4 losses) = ApplyToFour(block, slot, layoutA, m, n, sums.Row0, operands);
                sums = sums.Rotated();
                PutFour(block, slot, layoutA, m, n, values, outputs.C, 0);
                loss = AddLosses(block, slot, m, n, loss, losses);
                if (block.IsLast(slot))
                    shared[thread.LossPlace(block.RowOf(slot) - thread.FirstRow, thread.Lane)] = loss;
            }
        }
        else
        {
            var values = new FourByFour(
                ApplyToFour(block, 0, layoutA, m, n, sums.Row0, operands).Values,
                ApplyToFour(block, 1, layoutA, m, n, sums.Row1, operands).Values,
                ApplyToFour(block, 2, layoutA, m, n, sums.Row2, operands).Values,
                ApplyToFour(block, 3, layoutA, m, n, sums.Row3, operands).Values);
            Put(block, layoutA, m, n, values, outputs.C, 0);
        }
    }

    private static (Float4 Values, Float4 Losses) ApplyToFour<TLayoutA>(
        BlockPlace block, int slot, TLayoutA layoutA, int m, int n, Float4 sums, EpilogueOperands operands)
        where TLayoutA : struct, IOperandLayout
    {
        int start = RowStart(block, slot, layoutA, m, n);
        int column0 = ColumnOf(block, slot, 0, n), column1 = ColumnOf(block, slot, 1, n);
        int column2 = ColumnOf(block, slot, 2, n), column3 = ColumnOf(block, slot, 3, n);
        (float value0, float loss0) = TEpilogue.Apply(sums.X, column0, start + column0, operands);
        (float value1, float loss1) = TEpilogue.Apply(sums.Y, column1, start + column1, operands);
        (float value2, float loss2) = TEpilogue.Apply(sums.Z, column2, start + column2, operands);
        (float value3, float loss3) = TEpilogue.Apply(sums.W, column3, start + column3, operands);
        return (new(value0, value1, value2, value3), new(loss0, loss1, loss2, loss3));
    }

    /// <summary>Stores its elements from a place on, as far as C has them.</summary>
    public static void Put<TLayoutA>(
        BlockPlace block, TLayoutA layoutA, int m, int n, FourByFour values, ArrayView<float> target, int offset)
        where TLayoutA : struct, IOperandLayout
    {
        PutFour(block, 0, layoutA, m, n, values.Row0, target, offset);
        PutFour(block, 1, layoutA, m, n, values.Row1, target, offset);
        PutFour(block, 2, layoutA, m, n, values.Row2, target, offset);
        PutFour(block, 3, layoutA, m, n, values.Row3, target, offset);
    }

    private static void PutFour<TLayoutA>(
        BlockPlace block, int slot, TLayoutA layoutA, int m, int n, Float4 values, ArrayView<float> target, int offset)
        where TLayoutA : struct, IOperandLayout
    {
        int start = offset + RowStart(block, slot, layoutA, m, n), column = block.ColumnOf(slot);
        if (IsInside(block, slot, 0, m, n))
            target[start + column] = values.X;
        if (IsInside(block, slot, 1, m, n))
            target[start + column + block.ColumnStep] = values.Y;
        if (IsInside(block, slot, 2, m, n))
            target[start + column + (2 * block.ColumnStep)] = values.Z;
        if (IsInside(block, slot, 3, m, n))
            target[start + column + (3 * block.ColumnStep)] = values.W;
    }

    private static float AddLosses(BlockPlace block, int slot, int m, int n, float before, Float4 losses)
    {
        float loss = block.IsFirst(slot) ? 0f : before;
        loss += IsInside(block, slot, 0, m, n) ? losses.X : 0f;
        loss += IsInside(block, slot, 1, m, n) ? losses.Y : 0f;
        loss += IsInside(block, slot, 2, m, n) ? losses.Z : 0f;
        return loss + (IsInside(block, slot, 3, m, n) ? losses.W : 0f);
    }

    private static bool IsInside(BlockPlace block, int slot, int i, int m, int n) =>
        block.RowOf(slot) < m && block.ColumnOf(slot) + (i * block.ColumnStep) < n;

    /// <summary>Where the row of a slot begins in C; the last row's where it is beyond.</summary>
    private static int RowStart<TLayoutA>(BlockPlace block, int slot, TLayoutA layoutA, int m, int n)
        where TLayoutA : struct, IOperandLayout => layoutA.ResultRow(Math.Min(block.RowOf(slot), m - 1)) * n;

    /// <summary>A column of a slot; the last of C where it is beyond.</summary>
    private static int ColumnOf(BlockPlace block, int slot, int i, int n) =>
        Math.Min(block.ColumnOf(slot) + (i * block.ColumnStep), n - 1);
}
