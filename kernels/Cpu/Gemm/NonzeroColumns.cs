using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu.Gemm;

/// <summary>
/// The columns of a matrix (K, M) that are not zero in every row. A hidden unit that is silent in a whole batch, as a third
/// of a trained encoder's are, has a column of gradients that is all zero, and the gradient of its weights is zero: unless the
/// other operand has an infinity or NaN, which is skipped with it although IEEE 754 makes 0 · ∞ and 0 · NaN NaN. An item is a
/// vector of columns: each core looks at those that it mostly wrote.
/// </summary>
internal unsafe struct NonzeroColumns
{
    private const int Samples = 32;

    // Where more columns are not zero, it does not pay to look for those that are.
    private const double MaxShare = 0.9;

    /// <summary>(K, M); up to a vector behind its end may be read.</summary>
    public float* Values;

    /// <summary>M.</summary>
    public int Columns;

    /// <summary>K.</summary>
    public int Rows;

    /// <summary>For each vector of columns, a bit for each that is not zero.</summary>
    public uint* Bits;

    /// <summary>An estimate of their share, from a few columns at fixed places; 1 where it does not pay to leave others out.</summary>
    /// <param name="values">(K, M).</param>
    /// <param name="columns">M.</param>
    /// <param name="rows">K.</param>
    public static double Share(float* values, int columns, int rows)
    {
        int nonzero = 0;
        for (int sample = 0; sample < Samples; sample++)
        {
            // Steps of the golden ratio spread the samples evenly.
            float* column = values + (sample * 2654435769L % uint.MaxValue * columns >> 32);
            int row = 0;
            while (row < rows && column[row * (nint)columns] == 0f)
                row++;
            nonzero += row < rows ? 1 : 0;
        }
        double share = (double)nonzero / Samples;
        return share < MaxShare ? share : 1;
    }

    /// <summary>Looks which columns of each vector are not zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ScanVectors<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        NonzeroColumns columns = *(NonzeroColumns*)context;
        for (int vector = first; vector < first + count; vector++)
        {
            V occupied = S.Zero;
            float* source = columns.Values + (vector * S.Lanes);
            for (int row = 0; row < columns.Rows; row++, source += columns.Columns)
                occupied = S.Add(occupied, S.Abs(S.Load(source)));
            columns.Bits[vector] = S.NotZero(occupied);
        }
    }

    /// <summary>Writes the indices of the columns that are not zero, as <see cref="ScanVectors{S, V}"/> found them; 0 where all are.</summary>
    /// <param name="indices">In order: (M and a vector more).</param>
    /// <returns>How many there are, at least one.</returns>
    public readonly int WriteIndices<S, V>(int* indices)
        where S : ISimd<V>
        where V : unmanaged
    {
        int count = 0;
        for (int first = 0; first < Columns; first += S.Lanes)
        {
            uint bits = Bits[first / S.Lanes];
            if (Columns - first < S.Lanes)
                bits &= (1u << (Columns - first)) - 1;
            count += S.StoreSetBits(bits, first, indices + count);
        }
        if (count == 0)
            indices[count++] = 0;
        return count;
    }
}
