using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Simd;

/// <summary>
/// Copies a matrix V (K, N) into panels of two vectors' columns: panel j holds V[0…K−1, width·j … width·(j+1)−1]
/// row after row, zero where N has ended. So the micro-kernel reads one stream.
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
        panel += (nint)firstStep * 2 * S.Lanes;
        V mask0 = S.FirstLanes(columns);
        V mask1 = S.FirstLanes(columns - S.Lanes);
        bool second = columns > S.Lanes;
        for (int k = 0; k < steps; k++, source += stride, panel += 2 * S.Lanes)
        {
            S.Store(S.Select(mask0, S.Load(source), S.Zero), panel);
            S.Store(second ? S.Select(mask1, S.Load(source + S.Lanes), S.Zero) : S.Zero, panel + S.Lanes);
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
        int square = S.Lanes * S.Lanes;
        float* edge = stackalloc float[square];
        for (int half = 0; half < 2; half++, columns -= S.Lanes)
        {
            float* rows = source + (half * S.Lanes * stride) + firstStep;
            float* target = panel + ((nint)firstStep * 2 * S.Lanes) + (half * S.Lanes);
            for (int k = 0; k < steps; k += S.Lanes, rows += S.Lanes, target += 2 * square)
            {
                if (columns >= S.Lanes && steps - k >= S.Lanes)
                {
                    S.Transpose(rows, stride, target, 2 * S.Lanes);
                    continue;
                }
                for (int row = 0; row < S.Lanes; row++)
                    S.Store(row < columns ? S.Load(rows + (row * stride)) : S.Zero, edge + (row * S.Lanes));
                S.Transpose(edge, S.Lanes, edge, S.Lanes);
                for (int row = 0; row < Math.Min(S.Lanes, steps - k); row++)
                    S.Store(S.Load(edge + (row * S.Lanes)), target + (row * 2 * S.Lanes));
            }
        }
    }
}
