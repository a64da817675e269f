using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu.Gemm;

/// <summary>From a tile of sums to C and to the losses of its rows.</summary>
internal unsafe partial struct MatrixProduct
{
    /// <summary>
    /// Adds up the partial losses (tiles, M) of each row of C, in the order of its tiles: one after the other as they
    /// lie in memory, since other cores wrote most of them and the processor then asks for them ahead.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SumLoss<S, TVector>(float* partial, int tiles, int rows, float* loss)
        where S : ISimd<TVector>
        where TVector : unmanaged
    {
        new Span<float>(loss, rows).Clear();
        for (int tile = 0; tile < tiles; tile++, partial += rows)
        {
            int row = 0;
            for (; row <= rows - S.Lanes; row += S.Lanes)
                S.Store(S.Add(S.Load(loss + row), S.Load(partial + row)), loss + row);
            for (; row < rows; row++)
                loss[row] += partial[row];
        }
    }

    // From a tile of sums to C, a vector or two of columns at a time so that a row costs few instructions besides
    // theirs. Apart from its callers, so that it has the registers to itself.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    internal static void RunEpilogue<S, TVector, TEpilogue>(
        in MatrixProduct product, float* tile, nint stride, int firstRow, int rows, int firstColumn, int columns, float* losses)
        where S : ISimd<TVector>
        where TVector : unmanaged
        where TEpilogue : ITileEpilogue
    {
        int width = TEpilogue.HasLoss ? LossColumns<S, TVector>() : S.Lanes;
        bool hasSecond = width > S.Lanes;
        nint length = product.Columns;
        for (int column = 0; column < columns; column += width)
        {
            if (columns - column < width)
            {
                RunEpilogueOnLastColumns<S, TVector, TEpilogue>(
                    in product, tile + column, stride, firstRow, rows, firstColumn + column, columns - column, losses);
            }
            else
            {
                nint offset = (firstRow * length) + firstColumn + column;
                float* bias = product.Operands.Bias + firstColumn + column;
                float* auxiliary = TEpilogue.Auxiliary(in product.Operands) + offset;
                float* c = product.C + offset;
                float* sums = tile + column;
                float* rowLosses = losses;
                TVector scale = S.Broadcast(product.Operands.GradientScale);
                TVector bias0 = TEpilogue.HasBias ? S.Load(bias) : S.Zero;
                TVector bias1 = TEpilogue.HasBias && hasSecond ? S.Load(bias + S.Lanes) : S.Zero;
                for (int row = 0; row < rows; row++, sums += stride, auxiliary += length, c += length)
                {
                    TVector value = Apply<S, TVector, TEpilogue>(sums, bias0, auxiliary, scale, out TVector loss, out TVector factor);
                    VectorStore.Store<S, TVector>(value, c, product.IsNonTemporal);
                    if (hasSecond)
                    {
                        value = Apply<S, TVector, TEpilogue>(
                            sums + S.Lanes, bias1, auxiliary + S.Lanes, scale, out TVector secondLoss, out TVector secondFactor);
                        VectorStore.Store<S, TVector>(value, c + S.Lanes, product.IsNonTemporal);
                        loss = S.Add(loss, secondLoss);
                        factor = S.Multiply(factor, secondFactor);
                    }
                    if (TEpilogue.HasLoss)
                    {
                        KeepLoss<S, TVector, TEpilogue>(loss, factor, rowLosses);
                        rowLosses += 2 * S.Lanes;
                    }
                }
            }
            if (TEpilogue.HasLoss)
            {
                nint lossTile = (firstColumn + column) / width;
                StoreLosses<S, TVector, TEpilogue>(
                    losses, rows, product.PartialLoss + (lossTile * product.Rows) + firstRow);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Apply<S, TVector, TEpilogue>(
        float* sums, TVector bias, float* auxiliary, TVector scale, out TVector loss, out TVector factor)
        where S : ISimd<TVector>
        where TVector : unmanaged
        where TEpilogue : ITileEpilogue
    {
        TVector sum = S.Load(sums);
        return TEpilogue.Apply<S, TVector>(
            TEpilogue.HasBias ? S.Add(sum, bias) : sum, TEpilogue.HasAuxiliary ? S.Load(auxiliary) : S.Zero, scale, out loss, out factor);
    }

    // Of a row (loss and factor, lane).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void KeepLoss<S, TVector, TEpilogue>(TVector loss, TVector factor, float* rowLosses)
        where S : ISimd<TVector>
        where TVector : unmanaged
        where TEpilogue : ITileEpilogue
    {
        S.Store(loss, rowLosses);
        if (TEpilogue.HasFactor)
            S.Store(factor, rowLosses + S.Lanes);
    }

    // The losses of rows from their vectors (row, loss and factor, lane), a vector of rows at once. No product of
    // factors is above 2 to the power of LossColumns.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void StoreLosses<S, TVector, TEpilogue>(float* losses, int rows, float* partial)
        where S : ISimd<TVector>
        where TVector : unmanaged
        where TEpilogue : ITileEpilogue
    {
        for (int row = 0; row < rows; row += S.Lanes, losses += 2 * S.Lanes * S.Lanes)
        {
            TVector sum = RowReduction.Reduce<S, TVector, SumReduction>(losses, 2 * S.Lanes);
            if (TEpilogue.HasFactor)
            {
                TVector factor = RowReduction.Reduce<S, TVector, ProductReduction>(losses + S.Lanes, 2 * S.Lanes);
                sum = S.Add(sum, VectorMath.Log<S, TVector>(factor));
            }
            if (rows - row >= S.Lanes)
                S.Store(sum, partial + row);
            else
                VectorStore.StoreFirst<S, TVector>(sum, rows - row, partial + row);
        }
    }

    // The last columns of C where they are fewer than the loop above takes. Apart, because a call inside that loop
    // would send all that it keeps in vector registers to memory and back, row after row.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void RunEpilogueOnLastColumns<S, TVector, TEpilogue>(
        in MatrixProduct product, float* tile, nint stride, int firstRow, int rows, int firstColumn, int columns, float* losses)
        where S : ISimd<TVector>
        where TVector : unmanaged
        where TEpilogue : ITileEpilogue
    {
        TVector scale = S.Broadcast(product.Operands.GradientScale);
        float* auxiliary = TEpilogue.Auxiliary(in product.Operands);
        for (int row = 0; row < rows; row++)
        {
            TVector rowLoss = S.Zero, rowFactor = S.Broadcast(1f);
            for (int column = 0; column < columns; column += S.Lanes)
            {
                int count = Math.Min(S.Lanes, columns - column);
                nint offset = ((nint)(firstRow + row) * product.Columns) + firstColumn + column;
                TVector bias = TEpilogue.HasBias ? S.Load(product.Operands.Bias + firstColumn + column) : S.Zero;
                TVector value = Apply<S, TVector, TEpilogue>(
                    tile + (row * stride) + column, bias, auxiliary + offset, scale, out TVector loss, out TVector factor);
                VectorStore.StoreFirst<S, TVector>(value, count, product.C + offset);
                TVector present = S.FirstLanes(count);
                rowLoss = S.Add(rowLoss, S.Select(present, loss, S.Zero));
                rowFactor = S.Multiply(rowFactor, S.Select(present, factor, S.Broadcast(1f)));
            }
            if (TEpilogue.HasLoss)
                KeepLoss<S, TVector, TEpilogue>(rowLoss, rowFactor, losses + (row * 2 * S.Lanes));
        }
    }
}
