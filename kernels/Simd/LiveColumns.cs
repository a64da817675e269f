using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Simd;

/// <summary>
/// The columns of a matrix (K, M) that are not zero in every row. A hidden unit that is silent in a whole batch, as a third
/// of a trained encoder's are, has a column of gradients that is, and the gradient of its weights is zero: unless the other
/// operand has an infinity or NaN, which is left out with it.
/// </summary>
internal static unsafe class LiveColumns
{
    private const int Samples = 32;

    // Where more columns are not zero, it does not pay to look for those that are.
    private const double Worthwhile = 0.9;

    /// <summary>An estimate of their share, from a few columns at fixed places; 1 where it does not pay to leave others out.</summary>
    /// <param name="values">(K, M).</param>
    /// <param name="columns">M.</param>
    /// <param name="rows">K.</param>
    public static double Share(float* values, int columns, int rows)
    {
        int live = 0;
        for (int sample = 0; sample < Samples; sample++)
        {
            // Steps of the golden ratio spread the samples evenly.
            float* column = values + (sample * 2654435769L % uint.MaxValue * columns >> 32);
            int row = 0;
            while (row < rows && column[row * (nint)columns] == 0f)
                row++;
            live += row < rows ? 1 : 0;
        }
        double share = (double)live / Samples;
        return share < Worthwhile ? share : 1;
    }

    /// <summary>Finds them.</summary>
    /// <param name="values">(K, M); up to a vector behind its end may be read.</param>
    /// <param name="columns">M.</param>
    /// <param name="rows">K.</param>
    /// <param name="places">Their numbers in order: (M).</param>
    /// <returns>How many there are.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Find<S, V>(float* values, int columns, int rows, int* places)
        where S : ISimd<V>
        where V : unmanaged
    {
        int count = 0;
        for (int column = 0; column < columns; column += S.Lanes)
        {
            V occupied = S.Zero;
            float* source = values + column;
            for (int row = 0; row < rows; row++, source += columns)
                occupied = S.Add(occupied, S.Abs(S.Load(source)));
            uint bits = S.NotZero(occupied);
            int present = Math.Min(S.Lanes, columns - column);
            for (int i = 0; i < present; i++)
            {
                places[count] = column + i;
                count += (int)(bits >> i) & 1;
            }
        }
        return count;
    }
}
