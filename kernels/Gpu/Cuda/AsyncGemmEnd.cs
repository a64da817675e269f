using GpuVae.Kernels.Gpu.Gemm;
using ILGPU;

namespace GpuVae.Kernels.Gpu.Cuda;

/// <summary>
/// What <see cref="GemmEnd{TEpilogue}"/> does, with the same bits, where the sums of a tile lie in shared memory: a thread takes its rows one
/// after the other, and of each its four columns at once.
/// </summary>
/// <remarks>
/// What an element needs, parts of its sum and what the epilogue reads, is read for four before one is stored, at places that C has
/// whatever the sizes: loads between stores, or in branches, would wait for each other. The rows are a loop, because ILGPU and the
/// assembler take their time for each copy of an epilogue.
/// </remarks>
internal static class AsyncGemmEnd<TEpilogue>
    where TEpilogue : struct, IGemmEpilogue
{
    /// <summary>Takes the sums of a tile, or a part of them, to C.</summary>
    /// <param name="m">Rows of C.</param>
    /// <param name="n">Columns of C.</param>
    /// <param name="thread">Whose elements they are; <see cref="TileThread.Free"/> is behind the sums.</param>
    /// <param name="operands">What the epilogue reads.</param>
    /// <param name="outputs">What is written.</param>
    /// <param name="shared">The sums (Rows, Columns + 1), which all threads have put there.</param>
    public static void StoreAndFinish(
        int m, int n, TileThread thread, EpilogueOperands operands, GemmOutputs outputs, ArrayView<float> shared)
    {
        int splits = thread.Place.Splits;
        int rows = Math.Min(thread.Rows, m - thread.FirstRow);
        int tiles = 1; // what is left of them to this group
        if (splits > 1)
        {
            int offset = thread.Place.Split * outputs.C.IntLength;
            for (int r = thread.RowThread; r < rows; r += thread.RowThreads)
                Put(thread, n, offset + ((thread.FirstRow + r) * n), Take(thread, r, shared), outputs.Parts);
            tiles = GemmEnd<TEpilogue>.CountLastOfTile(thread, outputs, shared);
        }
        if (tiles == 1)
        {
            for (int r = thread.RowThread; r < rows; r += thread.RowThreads)
            {
                int start = (thread.FirstRow + r) * n;
                Float4 sums = splits > 1
                    ? SumOfParts(thread, n, start, splits, outputs.C.IntLength, outputs.Parts)
                    : Take(thread, r, shared);
                (float value0, float loss0) = Apply(thread, 0, n, start, sums.X, operands);
                (float value1, float loss1) = Apply(thread, 1, n, start, sums.Y, operands);
                (float value2, float loss2) = Apply(thread, 2, n, start, sums.Z, operands);
                (float value3, float loss3) = Apply(thread, 3, n, start, sums.W, operands);
                Put(thread, n, start, new Float4(value0, value1, value2, value3), outputs.C);
                if (TEpilogue.HasLoss)
                {
                    float loss = IsInside(thread, 0, n) ? loss0 : 0f;
                    loss += IsInside(thread, 1, n) ? loss1 : 0f;
                    loss += IsInside(thread, 2, n) ? loss2 : 0f;
                    loss += IsInside(thread, 3, n) ? loss3 : 0f;
                    shared[thread.LossPlace(r, thread.Lane)] = loss;
                }
            }
            if (splits > 1)
                GemmEnd<TEpilogue>.AddRowParts(m, thread, outputs);
            if (TEpilogue.HasLoss)
                GemmEnd<TEpilogue>.SumLosses(m, thread, outputs, shared);
        }
    }

    /// <summary>Four sums of a row of the tile.</summary>
    private static Float4 Take(TileThread thread, int row, ArrayView<float> shared)
    {
        int place = (row * (thread.Columns + 1)) + thread.Lane;
        return new(
            shared[place], shared[place + thread.Lanes], shared[place + (2 * thread.Lanes)],
            shared[place + (3 * thread.Lanes)]);
    }

    /// <summary>The sums of all parts of four elements, in the order of parts.</summary>
    private static Float4 SumOfParts(TileThread thread, int n, int start, int splits, int step, ArrayView<float> parts)
    {
        int place0 = start + Clamped(thread, 0, n), place1 = start + Clamped(thread, 1, n);
        int place2 = start + Clamped(thread, 2, n), place3 = start + Clamped(thread, 3, n);
        Float4 sums = default;
        for (int split = 0; split < splits; split++)
        {
            sums = sums.Add(new(parts[place0], parts[place1], parts[place2], parts[place3]));
            place0 += step;
            place1 += step;
            place2 += step;
            place3 += step;
        }
        return sums;
    }

    private static (float Value, float Loss) Apply(
        TileThread thread, int i, int n, int start, float sum, EpilogueOperands operands)
    {
        int column = Clamped(thread, i, n);
        return TEpilogue.Apply(sum, column, start + column, operands);
    }

    /// <summary>Stores four elements of a row, as far as C has them.</summary>
    private static void Put(TileThread thread, int n, int start, Float4 values, ArrayView<float> target)
    {
        if (IsInside(thread, 0, n))
            target[start + Column(thread, 0)] = values.X;
        if (IsInside(thread, 1, n))
            target[start + Column(thread, 1)] = values.Y;
        if (IsInside(thread, 2, n))
            target[start + Column(thread, 2)] = values.Z;
        if (IsInside(thread, 3, n))
            target[start + Column(thread, 3)] = values.W;
    }

    private static int Column(TileThread thread, int i) => thread.FirstColumn + thread.Lane + (i * thread.Lanes);

    private static bool IsInside(TileThread thread, int i, int n) => Column(thread, i) < n;

    /// <summary>A column; the last of C where it is beyond.</summary>
    private static int Clamped(TileThread thread, int i, int n) => Math.Min(Column(thread, i), n - 1);
}
