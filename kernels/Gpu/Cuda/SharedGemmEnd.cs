using GpuVae.Kernels.Gpu.Gemm;
using ILGPU;

namespace GpuVae.Kernels.Gpu.Cuda;

/// <summary>
/// What <see cref="GemmEnd{TEpilogue}"/> does, with the same bits, where the sums of a tile come through shared memory, all at once or some
/// rows at a time: a thread takes its rows one after the other, and of each its columns by fours.
/// </summary>
/// <remarks>
/// What an element needs, parts of its sum and what the epilogue reads, is read for four before one is stored, at places that C has
/// whatever the sizes: loads between stores, or in branches, would wait for each other. The rows are a loop, because ILGPU and the
/// assembler take their time for each copy of an epilogue, and functions here take numbers, because it takes its time for each record.
/// </remarks>
internal static class SharedGemmEnd<TEpilogue>
    where TEpilogue : struct, IGemmEpilogue
{
    /// <summary>Leaves sums, which are those of a part of the inner dimension, for the last group of the tile.</summary>
    /// <param name="m">Rows of S.</param>
    /// <param name="n">Columns of S.</param>
    /// <param name="layoutA">Knows the rows of C.</param>
    /// <param name="thread">Whose elements they are; it has a multiple of four in a row of the tile.</param>
    /// <param name="first">The first row of the tile that is there.</param>
    /// <param name="rows">How many are there.</param>
    /// <param name="pitch">From row to row in shared memory.</param>
    /// <param name="outputs">What is written.</param>
    /// <param name="shared">The sums, which all threads have put there.</param>
    public static void StoreParts<TLayoutA>(
        int m, int n, TLayoutA layoutA, TileThread thread, int first, int rows, int pitch, GemmOutputs outputs,
        ArrayView<float> shared)
        where TLayoutA : struct, IOperandLayout
    {
        int offset = thread.Place.Split * outputs.C.IntLength;
        int end = Math.Min(first + rows, m - thread.FirstRow);
        int step = thread.Lanes;
        for (int r = first + thread.RowThread; r < end; r += thread.RowThreads)
        {
            int start = offset + (layoutA.ResultRow(thread.FirstRow + r) * n);
            int place = ((r - first) * pitch) + thread.Lane;
            int column = thread.FirstColumn + thread.Lane; // of the first of four
            for (int taken = 0; taken < thread.Columns; taken += 4 * step)
                Put(column + taken, step, n, start, Take(shared, place + taken, step), outputs.Parts);
        }
    }

    /// <summary>
    /// Takes sums through the epilogue to C, and their losses to the places of lanes: those in shared memory, or where the inner dimension
    /// is split those of all parts, which every group of the tile has left.
    /// </summary>
    /// <param name="m">Rows of S.</param>
    /// <param name="n">Columns of S.</param>
    /// <param name="layoutA">Knows the rows of C.</param>
    /// <param name="thread">Whose elements they are; <see cref="TileThread.Free"/> is behind the sums.</param>
    /// <param name="first">The first row of the tile that is taken.</param>
    /// <param name="rows">How many are taken.</param>
    /// <param name="pitch">From row to row in shared memory.</param>
    /// <param name="operands">What the epilogue reads.</param>
    /// <param name="outputs">What is written.</param>
    /// <param name="shared">The sums, which all threads have put there.</param>
    public static void Store<TLayoutA>(
        int m, int n, TLayoutA layoutA, TileThread thread, int first, int rows, int pitch, EpilogueOperands operands,
        GemmOutputs outputs, ArrayView<float> shared)
        where TLayoutA : struct, IOperandLayout
    {
        int splits = thread.Place.Splits;
        int end = Math.Min(first + rows, m - thread.FirstRow);
        int step = thread.Lanes;
        for (int r = first + thread.RowThread; r < end; r += thread.RowThreads)
        {
            int start = layoutA.ResultRow(thread.FirstRow + r) * n;
            int place = ((r - first) * pitch) + thread.Lane;
            float loss = 0f;
            for (int taken = 0; taken < thread.Columns; taken += 4 * step)
            {
                int column = thread.FirstColumn + thread.Lane + taken; // of the first of four
                Float4 sums = splits > 1
                    ? SumOfParts(column, step, n, start, splits, outputs.C.IntLength, outputs.Parts)
                    : Take(shared, place + taken, step);
                (float value0, float loss0) = Apply(column, n, start, sums.X, operands);
                (float value1, float loss1) = Apply(column + step, n, start, sums.Y, operands);
                (float value2, float loss2) = Apply(column + (2 * step), n, start, sums.Z, operands);
                (float value3, float loss3) = Apply(column + (3 * step), n, start, sums.W, operands);
                Put(column, step, n, start, new Float4(value0, value1, value2, value3), outputs.C);
                if (TEpilogue.HasLoss)
                {
                    loss += column < n ? loss0 : 0f;
                    loss += column + step < n ? loss1 : 0f;
                    loss += column + (2 * step) < n ? loss2 : 0f;
                    loss += column + (3 * step) < n ? loss3 : 0f;
                }
            }
            if (TEpilogue.HasLoss)
                shared[thread.LossPlace(r, thread.Lane)] = loss;
        }
    }

    /// <summary>What is left to do once every thread of the group has taken all its rows to C.</summary>
    public static void Finish(int m, TileThread thread, GemmOutputs outputs, ArrayView<float> shared)
    {
        if (thread.Place.Splits > 1)
            GemmEnd<TEpilogue>.AddRowParts(m, thread, outputs);
        if (TEpilogue.HasLoss)
            GemmEnd<TEpilogue>.SumLosses(m, thread, outputs, shared);
    }

    /// <summary>Four sums of a row of the tile.</summary>
    private static Float4 Take(ArrayView<float> shared, int place, int step) =>
        new(shared[place], shared[place + step], shared[place + (2 * step)], shared[place + (3 * step)]);

    /// <summary>The sums of all parts of four elements, in the order of parts.</summary>
    private static Float4 SumOfParts(
        int column, int step, int n, int start, int splits, int length, ArrayView<float> parts)
    {
        int place0 = start + Math.Min(column, n - 1), place1 = start + Math.Min(column + step, n - 1);
        int place2 = start + Math.Min(column + (2 * step), n - 1), place3 = start + Math.Min(column + (3 * step), n - 1);
        Float4 sums = default;
        for (int split = 0; split < splits; split++)
        {
            sums = sums.Add(new(parts[place0], parts[place1], parts[place2], parts[place3]));
            place0 += length;
            place1 += length;
            place2 += length;
            place3 += length;
        }
        return sums;
    }

    private static (float Value, float Loss) Apply(int column, int n, int start, float sum, EpilogueOperands operands)
    {
        int inside = Math.Min(column, n - 1);
        return TEpilogue.Apply(sum, inside, start + inside, operands);
    }

    /// <summary>Stores four elements of a row, as far as C has them.</summary>
    private static void Put(int column, int step, int n, int start, Float4 values, ArrayView<float> target)
    {
        if (column < n)
            target[start + column] = values.X;
        if (column + step < n)
            target[start + column + step] = values.Y;
        if (column + (2 * step) < n)
            target[start + column + (2 * step)] = values.Z;
        if (column + (3 * step) < n)
            target[start + column + (3 * step)] = values.W;
    }
}
