using ILGPU;

namespace GpuVae.Kernels.Gpu.Gemm;

/// <summary>What a product writes, and what its groups leave for each other; what is not used is empty.</summary>
/// <param name="C">C (M, N).</param>
/// <param name="Rows">(M) a number for each row: its loss, or Σₖ op(A)ᵢₖ.</param>
/// <param name="Parts">(splits, M, N), where the inner dimension is split.</param>
/// <param name="RowParts">Parts of <paramref name="Rows"/>: (tile columns, M) of losses, (splits, M) of sums.</param>
/// <param name="Tickets">One for each tile, then one for each row of tiles; see <see cref="GroupTickets"/>.</param>
internal readonly record struct GemmOutputs(
    ArrayView<float> C, ArrayView<float> Rows, ArrayView<float> Parts, ArrayView<float> RowParts, ArrayView<int> Tickets);

/// <summary>Which part of a product a group has.</summary>
/// <param name="Column">Of <paramref name="Columns"/>: the column of tiles.</param>
/// <param name="Row">Of <paramref name="Rows"/>: the row of tiles.</param>
/// <param name="Split">Of <paramref name="Splits"/>: the part of the inner dimension.</param>
/// <param name="Columns">Tile columns of C.</param>
/// <param name="Rows">Tile rows of C.</param>
/// <param name="Splits">Parts of the inner dimension.</param>
/// <param name="Phase">Which of several products of as many tiles and parts, whose rows share C.</param>
internal readonly record struct TilePlace(int Column, int Row, int Split, int Columns, int Rows, int Splits, int Phase)
{
    /// <summary>Where the grid is that of one product.</summary>
    public static TilePlace OfGrid => new(Grid.IdxX, Grid.IdxY, Grid.IdxZ, Grid.DimX, Grid.DimY, Grid.DimZ, 0);
}

/// <summary>How the threads of a group take the rows and columns of its tile, one after the other.</summary>
/// <param name="Place">Which tile.</param>
/// <param name="Rows">Rows of the tile.</param>
/// <param name="Columns">Columns of the tile.</param>
/// <param name="RowThread">Of <paramref name="RowThreads"/>: has every so many-th row.</param>
/// <param name="RowThreads">Threads that have different rows.</param>
/// <param name="Lane">Of <paramref name="Lanes"/>: has every so many-th column of them.</param>
/// <param name="Lanes">Threads that share a row.</param>
/// <param name="Free">From where on shared memory is free for the losses of lanes.</param>
internal readonly record struct TileThread(
    TilePlace Place, int Rows, int Columns, int RowThread, int RowThreads, int Lane, int Lanes, int Free)
{
    /// <summary>The first row of the tile in C.</summary>
    public int FirstRow => Place.Row * Rows;

    /// <summary>The first column of the tile in C.</summary>
    public int FirstColumn => Place.Column * Columns;

    /// <summary>The thread's number in its group.</summary>
    public int Number => (RowThread * Lanes) + Lane;

    /// <summary>Threads of the group.</summary>
    public int Threads => RowThreads * Lanes;

    /// <summary>Where a lane's loss of a row of the tile lies in shared memory: an odd pitch meets all banks.</summary>
    public int LossPlace(int row, int lane) => Free + (row * (Lanes + 1)) + lane;
}

/// <summary>
/// The end of a product. Where its inner dimension is split, each group leaves the sums of its part, and the last group of a tile to come
/// adds them up, S = S₀ + S₁ + …, in this order whoever is last, and does the epilogue. The losses of a row of tiles are added by the last
/// group of that row in the same way. So a product is one launch, and its bits are the same in every run.
/// </summary>
internal static class GemmEnd<TEpilogue>
    where TEpilogue : struct, IGemmEpilogue
{
    /// <summary>
    /// Takes sixteen elements of S through the epilogue to C, as far as C has them, and puts the losses of whole rows to their places in
    /// shared memory. A part of S is only stored.
    /// </summary>
    /// <typeparam name="TLayoutA">The layout of A, which knows the rows of C.</typeparam>
    /// <param name="thread">Whose elements they are.</param>
    /// <param name="block">Which.</param>
    /// <param name="layoutA">From a row of S to a row of C.</param>
    /// <param name="m">Rows of S.</param>
    /// <param name="n">Columns of S.</param>
    /// <param name="sums">The elements of S, or a part of each.</param>
    /// <param name="operands">What the epilogue reads.</param>
    /// <param name="outputs">What is written.</param>
    /// <param name="shared">Shared memory.</param>
    public static void Store<TLayoutA>(
        TileThread thread, BlockPlace block, TLayoutA layoutA, int m, int n, FourByFour sums, EpilogueOperands operands,
        GemmOutputs outputs, ArrayView<float> shared)
        where TLayoutA : struct, IOperandLayout
    {
        if (thread.Place.Splits > 1)
            StorePart(thread.Place, block, layoutA, m, n, sums, outputs);
        else
            GemmBlock<TEpilogue>.Apply(thread, block, layoutA, m, n, sums, operands, outputs, shared);
    }

    /// <summary>Stores a row's sum of op(A), or a part of it.</summary>
    public static void StoreRowSum(TilePlace place, int row, int m, float sum, GemmOutputs outputs)
    {
        if (row >= m)
            return;
        if (place.Splits > 1)
            outputs.RowParts[(place.Split * m) + row] = sum;
        else
            outputs.Rows[row] = sum;
    }

    /// <summary>All that is left to do where a thread has sixteen elements of S, once its group needs shared memory for nothing else.</summary>
    /// <typeparam name="TLayoutA">The layout of A, which knows the rows of C.</typeparam>
    public static void StoreAndFinish<TLayoutA>(
        int m, int n, TLayoutA layoutA, TileThread thread, FourByFour sums, EpilogueOperands operands, GemmOutputs outputs,
        ArrayView<float> shared)
        where TLayoutA : struct, IOperandLayout
    {
        TilePlace place = thread.Place;
        var block = new BlockPlace(
            thread.FirstRow + thread.RowThread, thread.RowThreads, thread.FirstColumn + thread.Lane, thread.Lanes, 1, 0);
        int tiles = 1; // what is left of them to this group
        if (place.Splits > 1)
        {
            StorePart(place, block, layoutA, m, n, sums, outputs);
            tiles = CountLastOfTile(thread, outputs, shared);
            if (tiles == 1)
            {
                sums = GemmBlock<TEpilogue>.SumOfParts(block, layoutA, m, n, place.Splits, outputs);
                AddRowParts(m, thread, outputs);
            }
            GroupBranch.End();
        }
        if (tiles == 1)
            GemmBlock<TEpilogue>.Apply(thread, block, layoutA, m, n, sums, operands, outputs, shared);
        if (TEpilogue.HasLoss && tiles == 1)
        {
            SumLosses(m, thread, outputs, shared);
            GroupBranch.End();
        }
    }

    /// <summary>
    /// What is left to do where a thread has more, once each has called <see cref="Store"/>.
    /// </summary>
    /// <typeparam name="TLayoutA">The layout of A, which knows the rows of C.</typeparam>
    public static void Finish<TLayoutA>(
        int m, int n, TLayoutA layoutA, TileThread thread, EpilogueOperands operands, GemmOutputs outputs,
        ArrayView<float> shared)
        where TLayoutA : struct, IOperandLayout
    {
        int tiles = 1; // what is left of them to this group
        if (thread.Place.Splits > 1)
        {
            tiles = CountLastOfTile(thread, outputs, shared);
            if (tiles == 1)
            {
                AddParts(m, n, layoutA, thread, operands, outputs, shared);
                AddRowParts(m, thread, outputs);
            }
            GroupBranch.End();
        }
        if (TEpilogue.HasLoss && tiles == 1)
        {
            SumLosses(m, thread, outputs, shared);
            GroupBranch.End();
        }
    }

    private static void StorePart<TLayoutA>(
        TilePlace place, BlockPlace block, TLayoutA layoutA, int m, int n, FourByFour sums, GemmOutputs outputs)
        where TLayoutA : struct, IOperandLayout
    {
        if (block.Row < m)
            GemmBlock<TEpilogue>.Put(block, layoutA, m, n, sums, outputs.Parts, place.Split * outputs.C.IntLength);
    }

    private static int CountLastOfTile(TileThread thread, GemmOutputs outputs, ArrayView<float> shared)
    {
        TilePlace place = thread.Place;
        int tile = (((place.Phase * place.Rows) + place.Row) * place.Columns) + place.Column;
        return GroupTickets.CountLast(outputs.Tickets, tile, place.Splits, thread.Number, shared, thread.Free);
    }

    private static void AddParts<TLayoutA>(
        int m, int n, TLayoutA layoutA, TileThread thread, EpilogueOperands operands, GemmOutputs outputs,
        ArrayView<float> shared)
        where TLayoutA : struct, IOperandLayout
    {
        int splits = thread.Place.Splits;
        int slotsOfRow = Math.Min(thread.Columns / thread.Lanes / 4, 4);
        int rowsOfBlock = 4 / slotsOfRow;
        for (int r = thread.RowThread; r < thread.Rows; r += rowsOfBlock * thread.RowThreads)
        {
            var block = new BlockPlace(
                thread.FirstRow + r, thread.RowThreads, thread.FirstColumn + thread.Lane, thread.Lanes, slotsOfRow,
                4 * thread.Lanes);
            FourByFour sums = GemmBlock<TEpilogue>.SumOfParts(block, layoutA, m, n, splits, outputs);
            GemmBlock<TEpilogue>.Apply(thread, block, layoutA, m, n, sums, operands, outputs, shared);
        }
    }

    private static void AddRowParts(int m, TileThread thread, GemmOutputs outputs)
    {
        if (!TEpilogue.SumsRows || thread.Place.Column != 0)
            return;
        int end = Math.Min(m, thread.FirstRow + thread.Rows);
        for (int row = thread.FirstRow + thread.Number; row < end; row += thread.Threads)
        {
            float sum = 0f;
            for (int split = 0; split < thread.Place.Splits; split++)
                sum += outputs.RowParts[(split * m) + row];
            outputs.Rows[row] = sum;
        }
    }

    private static void SumLosses(int m, TileThread thread, GemmOutputs outputs, ArrayView<float> shared)
    {
        Group.Barrier();
        int columns = thread.Place.Columns, firstRow = thread.FirstRow;
        int rows = Math.Min(thread.Rows, m - firstRow);
        for (int r = thread.Number; r < rows; r += thread.Threads)
        {
            float sum = 0f;
            for (int lane = 0; lane < thread.Lanes; lane++)
                sum += shared[thread.LossPlace(r, lane)];
            outputs.RowParts[(thread.Place.Column * m) + firstRow + r] = sum;
        }
        int ticket = (thread.Place.Rows * columns) + thread.Place.Row;
        if (GroupTickets.CountLast(outputs.Tickets, ticket, columns, thread.Number, shared, thread.Free) == 1)
        {
            for (int r = thread.Number; r < rows; r += thread.Threads)
            {
                float sum = 0f;
                for (int column = 0; column < columns; column++)
                    sum += outputs.RowParts[(column * m) + firstRow + r];
                outputs.Rows[firstRow + r] = sum;
            }
        }
    }
}
