using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu.Gemm;

/// <summary>
/// Copies columns of a matrix the packed operand (K, N) into a panel (K, width): row after row, so that the
/// micro-kernel reads one stream. The width is 1, 2 or 4 vectors, the least that has room for the columns; zero where
/// they have ended.
/// </summary>
internal static unsafe class Packing
{
    // Steps of k that IndexedColumns asks ahead for: further than memory is away.
    private const int StepsAhead = 16;

    /// <summary>The vectors of a panel with so many columns.</summary>
    public static int Vectors<S, V>(int columns)
        where S : ISimd<V>
        where V : unmanaged =>
        columns <= S.Lanes ? 1 : columns <= 2 * S.Lanes ? 2 : 4;

    /// <summary>Packs columns of the packed operand stored (K, N).</summary>
    /// <param name="source">the packed operand's [0, first column of the panel].</param>
    /// <param name="stride">N.</param>
    /// <param name="columns">Columns that the panel has.</param>
    /// <param name="steps">K.</param>
    /// <param name="panel">The panel's start.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows<S, V>(float* source, nint stride, int columns, int steps, float* panel)
        where S : ISimd<V>
        where V : unmanaged
    {
        int width = Vectors<S, V>(columns) * S.Lanes;
        if (columns == 2 * S.Lanes)
        {
            for (int k = 0; k < steps; k++, source += stride, panel += width)
            {
                S.Store(S.Load(source), panel);
                S.Store(S.Load(source + S.Lanes), panel + S.Lanes);
            }
            return;
        }
        int whole = columns / S.Lanes * S.Lanes;
        V mask = S.FirstLanes(columns - whole);
        for (int k = 0; k < steps; k++, source += stride, panel += width)
        {
            int column = 0;
            for (; column < whole; column += S.Lanes)
                S.Store(S.Load(source + column), panel + column);
            if (column < columns)
            {
                S.Store(S.Select(mask, S.Load(source + column), S.Zero), panel + column);
                column += S.Lanes;
            }
            for (; column < width; column += S.Lanes)
                S.Store(S.Zero, panel + column);
        }
    }

    /// <summary>Packs columns of the packed operand stored (K, N) that do not stand side by side.</summary>
    /// <param name="source">the packed operand's [0, 0].</param>
    /// <param name="stride">N.</param>
    /// <param name="indices">Where they stand: (columns).</param>
    /// <param name="columns">Columns that the panel has.</param>
    /// <param name="steps">K.</param>
    /// <param name="panel">The panel's start.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void IndexedColumns<S, V>(float* source, nint stride, int* indices, int columns, int steps, float* panel)
        where S : ISimd<V>
        where V : unmanaged
    {
        int width = Vectors<S, V>(columns) * S.Lanes;
        int end = indices[columns - 1] + CacheLines.Floats;
        for (int k = 0; k < steps; k++, source += stride, panel += width)
        {
            // The processor does not foresee lines that are a row of the matrix apart.
            for (int column = indices[0]; column < end; column += CacheLines.Floats)
                CacheLines.Prefetch(source + (StepsAhead * stride) + column);
            int packed = 0;
            for (; packed < columns; packed++)
                panel[packed] = source[indices[packed]];
            for (; packed < width; packed++)
                panel[packed] = 0f;
        }
    }

    /// <summary>Packs columns of the packed operand stored transposed (N, K), a square of vectors at a time.</summary>
    /// <param name="source">
    /// the packed operand's [0, first column of the panel]: the start of that row of the stored matrix.
    /// </param>
    /// <param name="stride">K.</param>
    /// <param name="columns">Columns that the panel has.</param>
    /// <param name="steps">K.</param>
    /// <param name="panel">The panel's start.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Columns<S, V>(float* source, nint stride, int columns, int steps, float* panel)
        where S : ISimd<V>
        where V : unmanaged
    {
        float* edge = stackalloc float[S.Lanes * S.Lanes];
        int width = Vectors<S, V>(columns) * S.Lanes;
        for (int column = 0; column < width; column += S.Lanes)
        {
            float* rows = source + (column * stride);
            float* target = panel + column;
            int present = columns - column;
            for (int k = 0; k < steps; k += S.Lanes, rows += S.Lanes, target += S.Lanes * width)
            {
                if (present >= S.Lanes && steps - k >= S.Lanes)
                {
                    BlockTranspose.Transpose<S, V>(rows, stride, target, width);
                    continue;
                }
                for (int row = 0; row < S.Lanes; row++)
                    S.Store(row < present ? S.Load(rows + (row * stride)) : S.Zero, edge + (row * S.Lanes));
                BlockTranspose.Transpose<S, V>(edge, S.Lanes, edge, S.Lanes);
                for (int row = 0; row < Math.Min(S.Lanes, steps - k); row++)
                    S.Store(S.Load(edge + (row * S.Lanes)), target + (row * width));
            }
        }
    }
}
