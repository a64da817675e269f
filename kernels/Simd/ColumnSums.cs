using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Simd;

/// <summary>sums[j] = Σᵢ values[i, j], row by row in order. An item is a vector of columns.</summary>
internal unsafe struct ColumnSums
{
    public float* Values;
    public int Rows;
    public int Columns;
    public float* Sums;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Items<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ref readonly ColumnSums sums = ref *(ColumnSums*)context;
        for (int item = first; item < first + count; item++)
        {
            int column = item * S.Lanes;
            float* source = sums.Values + column;
            V total = S.Zero;
            for (int row = 0; row < sums.Rows; row++, source += sums.Columns)
                total = S.Add(total, S.Load(source));
            if (sums.Columns - column >= S.Lanes)
                S.Store(total, sums.Sums + column);
            else
                Product.StoreFirst<S, V>(total, sums.Columns - column, sums.Sums + column);
        }
    }
}
