using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Simd;

/// <summary>From a tile of sums to C and to the losses of its rows.</summary>
internal unsafe partial struct Product
{
    /// <summary>Adds up the partial losses (tiles, M) of each row of C, in the order of its tiles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SumLoss<S, TVector>(float* partial, int tiles, int rows, float* loss)
        where S : ISimd<TVector>
        where TVector : unmanaged
    {
        for (int row = 0; row < rows; row += S.Lanes)
        {
            TVector sum = S.Zero;
            for (int tile = 0; tile < tiles; tile++)
                sum = S.Add(sum, S.Load(partial + ((nint)tile * rows) + row));
            if (rows - row >= S.Lanes)
                S.Store(sum, loss + row);
            else
                StoreFirst<S, TVector>(sum, rows - row, loss + row);
        }
    }

    // From a tile of sums to C, a vector of columns at a time so that a row costs few instructions besides its vector's.
    // Losses gather in a vector for each row, and the product of their factors in another; turned, they add up for a vector
    // of rows at once.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish<S, TVector, TEpilogue>(
        in Product product, float* tile, nint stride, int firstRow, int rows, int firstColumn, int columns, int lossTile,
        float* losses)
        where S : ISimd<TVector>
        where TVector : unmanaged
        where TEpilogue : ITileEpilogue
    {
        for (int column = 0; column < columns; column += S.Lanes)
        {
            if (columns - column < S.Lanes)
            {
                FinishLastColumns<S, TVector, TEpilogue>(
                    in product, tile + column, stride, firstRow, rows, firstColumn + column, columns - column, column == 0,
                    losses);
                break;
            }
            nint offset = ((nint)firstRow * product.Columns) + firstColumn + column;
            float* source = tile + column;
            float* rowLoss = losses;
            for (int row = 0; row < rows; row++)
            {
                TVector value = TEpilogue.Apply<S, TVector>(
                    in product.Operands, S.Load(source), offset, firstColumn + column, out TVector loss, out TVector factor);
                S.Store(value, product.C + offset);
                if (TEpilogue.HasLoss)
                {
                    KeepLoss<S, TVector, TEpilogue>(loss, factor, column == 0, rowLoss);
                    rowLoss += 2 * S.Lanes;
                }
                source += stride;
                offset += product.Columns;
            }
        }
        if (TEpilogue.HasLoss)
        {
            float* partial = product.PartialLoss + ((nint)lossTile * product.Rows) + firstRow;
            for (int row = 0; row < rows; row += S.Lanes, losses += 2 * S.Lanes * S.Lanes)
            {
                TVector sum = SumRows<S, TVector, TEpilogue>(losses);
                if (rows - row >= S.Lanes)
                    S.Store(sum, partial + row);
                else
                    StoreFirst<S, TVector>(sum, rows - row, partial + row);
            }
        }
    }

    // Adds to what a row has of losses and factors: (row, loss and factor, lane).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void KeepLoss<S, TVector, TEpilogue>(TVector loss, TVector factor, bool isFirst, float* rowLoss)
        where S : ISimd<TVector>
        where TVector : unmanaged
        where TEpilogue : ITileEpilogue
    {
        S.Store(isFirst ? loss : S.Add(S.Load(rowLoss), loss), rowLoss);
        if (TEpilogue.HasFactor)
            S.Store(isFirst ? factor : S.Multiply(S.Load(rowLoss + S.Lanes), factor), rowLoss + S.Lanes);
    }

    // The losses of a vector of rows. A panel is at most 64 columns wide, so that no product is above 2⁶⁴.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static TVector SumRows<S, TVector, TEpilogue>(float* losses)
        where S : ISimd<TVector>
        where TVector : unmanaged
        where TEpilogue : ITileEpilogue
    {
        TVector sum = RowReduction.Reduce<S, TVector, SumReduction>(losses, 2 * S.Lanes);
        if (!TEpilogue.HasFactor)
            return sum;
        TVector factor = RowReduction.Reduce<S, TVector, ProductReduction>(losses + S.Lanes, 2 * S.Lanes);
        return S.Add(sum, VectorMath.Log<S, TVector>(factor));
    }

    // The last columns of C where they fill no vector. Apart, because a call inside the loop above would send all that
    // the loop keeps in vector registers to memory and back, row after row.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void FinishLastColumns<S, TVector, TEpilogue>(
        in Product product, float* tile, nint stride, int firstRow, int rows, int column, int count, bool first,
        float* losses)
        where S : ISimd<TVector>
        where TVector : unmanaged
        where TEpilogue : ITileEpilogue
    {
        for (int row = 0; row < rows; row++)
        {
            nint offset = ((nint)(firstRow + row) * product.Columns) + column;
            TVector value = TEpilogue.Apply<S, TVector>(
                in product.Operands, S.Load(tile + (row * stride)), offset, column, out TVector loss, out TVector factor);
            StoreFirst<S, TVector>(value, count, product.C + offset);
            if (TEpilogue.HasLoss)
            {
                TVector present = S.FirstLanes(count);
                KeepLoss<S, TVector, TEpilogue>(
                    S.Select(present, loss, S.Zero), S.Select(present, factor, S.Broadcast(1f)), first,
                    losses + (row * 2 * S.Lanes));
            }
        }
    }

    /// <summary>Stores the first lanes of a vector and nothing behind them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StoreFirst<S, TVector>(TVector value, int count, float* destination)
        where S : ISimd<TVector>
        where TVector : unmanaged
    {
        float* lanes = stackalloc float[S.Lanes];
        S.Store(value, lanes);
        Unsafe.CopyBlockUnaligned(destination, lanes, (uint)(count * sizeof(float)));
    }
}
