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
    /// <summary>Takes an element of S through the epilogue to C, if C has it; its loss, else 0. A part of S is only stored.</summary>
    /// <param name="place">Where the group is.</param>
    /// <param name="row">The row of S.</param>
    /// <param name="resultRow">The row of C that it goes to.</param>
    /// <param name="column">The column of S.</param>
    /// <param name="m">Rows of S.</param>
    /// <param name="n">Columns of S.</param>
    /// <param name="sum">The element of S, or a part of it.</param>
    /// <param name="operands">What the epilogue reads.</param>
    /// <param name="outputs">What is written.</param>
    public static float Store(
        TilePlace place, int row, int resultRow, int column, int m, int n, float sum, EpilogueOperands operands,
        GemmOutputs outputs)
    {
        float loss = 0f;
        if (row < m && column < n)
        {
            int index = (resultRow * n) + column;
            if (place.Splits > 1)
            {
                outputs.Parts[(place.Split * outputs.C.IntLength) + index] = sum;
            }
            else
            {
                (float value, float term) = TEpilogue.Apply(sum, column, index, operands);
                outputs.C[index] = value;
                loss = term;
            }
        }
        return loss;
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

    /// <summary>
    /// What is left to do once every thread of the group has stored its elements and put its losses, if there are any and the inner
    /// dimension is not split, to their places in shared memory.
    /// </summary>
    /// <typeparam name="TLayoutA">The layout of A, which knows the rows of C.</typeparam>
    public static void Finish<TLayoutA>(
        int m, int n, TLayoutA layoutA, TileThread thread, EpilogueOperands operands, GemmOutputs outputs,
        ArrayView<float> shared)
        where TLayoutA : struct, IOperandLayout
    {
        TilePlace place = thread.Place;
        int tiles = 1; // what is left of them to this group
        if (place.Splits > 1)
        {
            tiles = CountLastOfTile(thread, outputs, shared);
            if (tiles == 1)
                AddParts(m, n, layoutA, thread, operands, outputs, shared);
            GroupBranch.End();
        }
        if (TEpilogue.HasLoss && tiles == 1)
        {
            SumLosses(m, thread, outputs, shared);
            GroupBranch.End();
        }
    }

    /// <summary>1 in the threads of the last group of a tile to come, where its inner dimension is split, else 0.</summary>
    public static int CountLastOfTile(TileThread thread, GemmOutputs outputs, ArrayView<float> shared)
    {
        TilePlace place = thread.Place;
        int tile = (((place.Phase * place.Rows) + place.Row) * place.Columns) + place.Column;
        return GroupTickets.CountLast(outputs.Tickets, tile, place.Splits, thread.Number, shared, thread.Free);
    }

    /// <summary>Adds up the parts of the sums of op(A), if they are asked for and the tile is one of the first column.</summary>
    public static void AddRowParts(int m, TileThread thread, GemmOutputs outputs)
    {
        if (TEpilogue.SumsRows && thread.Place.Column == 0)
        {
            int end = Math.Min(m, thread.FirstRow + thread.Rows);
            for (int row = thread.FirstRow + thread.Number; row < end; row += thread.Threads)
                outputs.Rows[row] = SumOfParts(outputs.RowParts, thread.Place.Splits, row, m);
        }
    }

    private static void AddParts<TLayoutA>(
        int m, int n, TLayoutA layoutA, TileThread thread, EpilogueOperands operands, GemmOutputs outputs,
        ArrayView<float> shared)
        where TLayoutA : struct, IOperandLayout
    {
        int splits = thread.Place.Splits;
        int endColumn = Math.Min(n, thread.FirstColumn + thread.Columns);
        for (int r = thread.RowThread; r < thread.Rows; r += thread.RowThreads)
        {
            int row = thread.FirstRow + r;
            int resultRow = layoutA.ResultRow(row);
            float loss = 0f;
            // A row beyond the edge has no columns.
            int end = row < m ? endColumn : 0;
            for (int column = thread.FirstColumn + thread.Lane; column < end; column += thread.Lanes)
            {
                int index = (resultRow * n) + column;
                float sum = SumOfParts(outputs.Parts, splits, index, outputs.C.IntLength);
                (float value, float term) = TEpilogue.Apply(sum, column, index, operands);
                outputs.C[index] = value;
                loss += term;
            }
            if (TEpilogue.HasLoss)
                shared[thread.LossPlace(r, thread.Lane)] = loss;
        }
        AddRowParts(m, thread, outputs);
    }

    private static float SumOfParts(ArrayView<float> parts, int splits, int place, int step)
    {
        float sum = 0f;
        for (int split = 0; split < splits; split++)
        {
            sum += parts[place];
            place += step;
        }
        return sum;
    }

    /// <summary>Adds up the losses that lanes have put to their places, and in the last group of a row of tiles those of all tiles.</summary>
    public static void SumLosses(int m, TileThread thread, GemmOutputs outputs, ArrayView<float> shared)
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
