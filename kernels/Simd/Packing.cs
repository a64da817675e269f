using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Simd;

/// <summary>
/// Copies a matrix V (K, N) into panels of two vectors' columns: panel j holds V[0…K−1, width·j … width·(j+1)−1]
/// row after row, zero where N has ended; the last panel is one vector wide where that is enough. So the micro-kernel
/// reads one stream.
/// </summary>
internal static unsafe class Packing
{
    /// <summary>Packs rows <paramref name="firstStep"/> … of one panel of V stored (K, N).</summary>
    /// <param name="source">V[0, first column of the panel].</param>
    /// <param name="stride">N.</param>
    /// <param name="columns">Columns that the panel really has, at most two vectors.</param>
    /// <param name="firstStep">First k.</param>
    /// <param name="steps">Number of k.</param>
    /// <param name="panel">The panel's start.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows<S, V>(float* source, nint stride, int columns, int firstStep, int steps, float* panel)
        where S : ISimd<V>
        where V : unmanaged
    {
        source += firstStep * stride;
        if (columns <= S.Lanes)
        {
            panel += (nint)firstStep * S.Lanes;
            V mask = S.FirstLanes(columns);
            for (int k = 0; k < steps; k++, source += stride, panel += S.Lanes)
                S.Store(S.Select(mask, S.Load(source), S.Zero), panel);
            return;
        }
        panel += (nint)firstStep * 2 * S.Lanes;
        V lastMask = S.FirstLanes(columns - S.Lanes);
        for (int k = 0; k < steps; k++, source += stride, panel += 2 * S.Lanes)
        {
            S.Store(S.Load(source), panel);
            S.Store(S.Select(lastMask, S.Load(source + S.Lanes), S.Zero), panel + S.Lanes);
        }
    }

    /// <summary>Packs the same of V stored transposed (N, K), a square of vectors at a time.</summary>
    /// <param name="source">V[0, first column of the panel]: the start of that row of the stored matrix.</param>
    /// <param name="stride">K.</param>
    /// <param name="columns">Columns that the panel really has, at most two vectors.</param>
    /// <param name="firstStep">First k.</param>
    /// <param name="steps">Number of k.</param>
    /// <param name="panel">The panel's start.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Columns<S, V>(float* source, nint stride, int columns, int firstStep, int steps, float* panel)
        where S : ISimd<V>
        where V : unmanaged
    {
        float* edge = stackalloc float[S.Lanes * S.Lanes];
        int width = columns <= S.Lanes ? S.Lanes : 2 * S.Lanes;
        for (int column = 0; column < width; column += S.Lanes)
        {
            float* rows = source + (column * stride) + firstStep;
            float* target = panel + ((nint)firstStep * width) + column;
            int present = columns - column;
            for (int k = 0; k < steps; k += S.Lanes, rows += S.Lanes, target += S.Lanes * width)
            {
                if (present >= S.Lanes && steps - k >= S.Lanes)
                {
                    S.Transpose(rows, stride, target, width);
                    continue;
                }
                for (int row = 0; row < S.Lanes; row++)
                    S.Store(row < present ? S.Load(rows + (row * stride)) : S.Zero, edge + (row * S.Lanes));
                S.Transpose(edge, S.Lanes, edge, S.Lanes);
                for (int row = 0; row < Math.Min(S.Lanes, steps - k); row++)
                    S.Store(S.Load(edge + (row * S.Lanes)), target + (row * width));
            }
        }
    }
}
