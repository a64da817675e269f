using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu.Gemm;

/// <summary>C (M, N) and what its <see cref="Epilogue"/> needs, as pointers.</summary>
internal unsafe struct EpilogueOutput
{
    public float* C;
    public int Rows;
    public int Columns;

    /// <summary>Whether whole vectors of C are written with non-temporal stores.</summary>
    public bool IsNonTemporal;

    /// <summary>(1, N).</summary>
    public float* Bias;

    /// <summary>The auxiliary operand (M, N): what f′ is taken of, or the target of the likelihood; null where there is none.</summary>
    public float* Auxiliary;

    public float GradientScale;

    /// <summary>
    /// −log p of each row of C within <see cref="EpilogueLoop.LossColumns"/>: (N / LossColumns rounded up, M).
    /// </summary>
    public float* PartialLoss;
}

/// <summary>
/// From sums, which are in memory, to C and the losses of its rows: of a product's tiles as they are done, and of whole matrices
/// for <see cref="ApplyEpilogue"/>. The same functions at the same places, so that both give the same bits.
/// </summary>
internal static unsafe class EpilogueLoop
{
    private static readonly ScratchUse _partialLoss = new();

    /// <summary>The output of an operation with this epilogue, with scratch memory for its losses.</summary>
    public static EpilogueOutput Output<S, V>(CpuDevice<S, V> device, in Epilogue epilogue, View<float> c)
        where S : ISimd<V>
        where V : unmanaged
    {
        var output = new EpilogueOutput
        {
            C = c.Pointer(),
            Rows = c.Rows,
            Columns = c.Columns,
            Bias = epilogue.Bias.Pointer(),
            Auxiliary = epilogue.Kind == EpilogueKind.Likelihood ? epilogue.Target.Pointer() : epilogue.Saved.Pointer(),
            GradientScale = epilogue.GradientScale,
        };
        if (epilogue.Kind == EpilogueKind.Likelihood)
            output.PartialLoss = device.Scratch.Take<float>(_partialLoss, (long)LossTiles<S, V>(c.Columns) * c.Rows);
        return output;
    }

    /// <summary>
    /// Columns of C whose losses are put together first: as many as every tile has a multiple of, however it lies, so that no
    /// plan changes a bit of a row's loss.
    /// </summary>
    public static int LossColumns<S, V>()
        where S : ISimd<V>
        where V : unmanaged =>
        Math.Min(MatrixProduct.TileRows, 2 * S.Lanes);

    /// <summary>Floats that <see cref="Run"/> needs for the losses of so many rows: a vector of losses and one of factors each.</summary>
    public static int LossScratchLength<S, V>(int rows)
        where S : ISimd<V>
        where V : unmanaged =>
        rows * 2 * S.Lanes;

    /// <summary>
    /// A block of sums to C, a vector or two of columns at a time so that a row costs few instructions besides theirs. Apart
    /// from its callers, so that it has the registers to itself.
    /// </summary>
    /// <param name="output">C and what the epilogue needs.</param>
    /// <param name="sums">The sum of the block's first row and column; may be at its place in C itself.</param>
    /// <param name="stride">From a row of sums to the next.</param>
    /// <param name="firstRow">Of the block, in C.</param>
    /// <param name="rows">Rows of the block.</param>
    /// <param name="firstColumn">Of the block, in C: a multiple of <see cref="LossColumns"/> where there are losses.</param>
    /// <param name="columns">Columns of the block.</param>
    /// <param name="losses">Scratch memory of <see cref="LossScratchLength"/>, for rows rounded up to whole vectors.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Run<S, V, TEpilogue>(
        in EpilogueOutput output, float* sums, nint stride, int firstRow, int rows, int firstColumn, int columns,
        float* losses)
        where S : ISimd<V>
        where V : unmanaged
        where TEpilogue : struct, ITileEpilogue
    {
        int width = TEpilogue.HasLoss ? LossColumns<S, V>() : S.Lanes;
        bool hasSecond = width > S.Lanes;
        nint length = output.Columns;
        for (int column = 0; column < columns; column += width)
        {
            if (columns - column < width)
            {
                RunLastColumns<S, V, TEpilogue>(
                    in output, sums + column, stride, firstRow, rows, firstColumn + column, columns - column, losses);
            }
            else
            {
                nint offset = (firstRow * length) + firstColumn + column;
                float* bias = output.Bias + firstColumn + column;
                float* auxiliary = output.Auxiliary + offset;
                float* c = output.C + offset;
                float* rowSums = sums + column;
                float* rowLosses = losses;
                V scale = S.Broadcast(output.GradientScale);
                V bias0 = TEpilogue.HasBias ? S.Load(bias) : S.Zero;
                V bias1 = TEpilogue.HasBias && hasSecond ? S.Load(bias + S.Lanes) : S.Zero;
                for (int row = 0; row < rows; row++, rowSums += stride, auxiliary += length, c += length)
                {
                    V value = Apply<S, V, TEpilogue>(rowSums, bias0, auxiliary, scale, out V loss, out V factor);
                    VectorStore.Store<S, V>(value, c, output.IsNonTemporal);
                    if (hasSecond)
                    {
                        value = Apply<S, V, TEpilogue>(
                            rowSums + S.Lanes, bias1, auxiliary + S.Lanes, scale, out V secondLoss, out V secondFactor);
                        VectorStore.Store<S, V>(value, c + S.Lanes, output.IsNonTemporal);
                        loss = S.Add(loss, secondLoss);
                        factor = S.Multiply(factor, secondFactor);
                    }
                    if (TEpilogue.HasLoss)
                    {
                        KeepLoss<S, V, TEpilogue>(loss, factor, rowLosses);
                        rowLosses += 2 * S.Lanes;
                    }
                }
            }
            if (TEpilogue.HasLoss)
            {
                nint lossTile = (firstColumn + column) / width;
                StoreLosses<S, V, TEpilogue>(losses, rows, output.PartialLoss + (lossTile * output.Rows) + firstRow);
            }
        }
    }

    /// <summary>
    /// Adds up the partial losses of each row of C, in the order of its columns: one row of partial losses after the other as
    /// they lie in memory, since other cores wrote most of them and the processor then asks for them ahead.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SumLoss<S, V>(in EpilogueOutput output, float* loss)
        where S : ISimd<V>
        where V : unmanaged
    {
        int rows = output.Rows, tiles = LossTiles<S, V>(output.Columns);
        float* partial = output.PartialLoss;
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

    private static int LossTiles<S, V>(int columns)
        where S : ISimd<V>
        where V : unmanaged =>
        MatrixProduct.DivideUp(columns, LossColumns<S, V>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Apply<S, V, TEpilogue>(
        float* sums, V bias, float* auxiliary, V scale, out V loss, out V factor)
        where S : ISimd<V>
        where V : unmanaged
        where TEpilogue : struct, ITileEpilogue
    {
        V sum = S.Load(sums);
        return TEpilogue.Apply<S, V>(
            TEpilogue.HasBias ? S.Add(sum, bias) : sum, TEpilogue.HasAuxiliary ? S.Load(auxiliary) : S.Zero, scale,
            out loss, out factor);
    }

    // Of a row (loss and factor, lane).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void KeepLoss<S, V, TEpilogue>(V loss, V factor, float* rowLosses)
        where S : ISimd<V>
        where V : unmanaged
        where TEpilogue : struct, ITileEpilogue
    {
        S.Store(loss, rowLosses);
        if (TEpilogue.HasFactor)
            S.Store(factor, rowLosses + S.Lanes);
    }

    // The losses of rows from their vectors (row, loss and factor, lane), a vector of rows at once. No product of factors is
    // above 2 to the power of LossColumns.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void StoreLosses<S, V, TEpilogue>(float* losses, int rows, float* partial)
        where S : ISimd<V>
        where V : unmanaged
        where TEpilogue : struct, ITileEpilogue
    {
        for (int row = 0; row < rows; row += S.Lanes, losses += 2 * S.Lanes * S.Lanes)
        {
            V sum = RowReduction.Reduce<S, V, SumReduction>(losses, 2 * S.Lanes);
            if (TEpilogue.HasFactor)
            {
                V factor = RowReduction.Reduce<S, V, ProductReduction>(losses + S.Lanes, 2 * S.Lanes);
                sum = S.Add(sum, VectorMath.Log<S, V>(factor));
            }
            VectorStore.Store<S, V>(sum, rows - row, partial + row);
        }
    }

    // The last columns of C where they are fewer than the loop above takes. Apart, because a call inside that loop would send
    // all that it keeps in vector registers to memory and back, row after row.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void RunLastColumns<S, V, TEpilogue>(
        in EpilogueOutput output, float* sums, nint stride, int firstRow, int rows, int firstColumn, int columns,
        float* losses)
        where S : ISimd<V>
        where V : unmanaged
        where TEpilogue : struct, ITileEpilogue
    {
        V scale = S.Broadcast(output.GradientScale);
        for (int row = 0; row < rows; row++)
        {
            V rowLoss = S.Zero, rowFactor = S.Broadcast(1f);
            for (int column = 0; column < columns; column += S.Lanes)
            {
                int count = Math.Min(S.Lanes, columns - column);
                nint offset = ((nint)(firstRow + row) * output.Columns) + firstColumn + column;
                V bias = TEpilogue.HasBias ? S.Load(output.Bias + firstColumn + column) : S.Zero;
                V value = Apply<S, V, TEpilogue>(
                    sums + (row * stride) + column, bias, output.Auxiliary + offset, scale, out V loss, out V factor);
                VectorStore.StoreFirst<S, V>(value, count, output.C + offset);
                V present = S.FirstLanes(count);
                rowLoss = S.Add(rowLoss, S.Select(present, loss, S.Zero));
                rowFactor = S.Multiply(rowFactor, S.Select(present, factor, S.Broadcast(1f)));
            }
            if (TEpilogue.HasLoss)
                KeepLoss<S, V, TEpilogue>(rowLoss, rowFactor, losses + (row * 2 * S.Lanes));
        }
    }
}
