using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Simd;

/// <summary>Rows of draws (B·K, N), those of image b from b·K on: repeated, scaled and added. An item is a row.</summary>
internal unsafe struct DrawRows
{
    public float* Source;
    public float* Factors;
    public float* Values;
    public int Columns;
    public int Draws;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Repeat(void* context, int first, int count, int worker)
    {
        ref readonly DrawRows rows = ref *(DrawRows*)context;
        long bytes = (long)rows.Columns * sizeof(float);
        for (int row = first; row < first + count; row++)
        {
            Buffer.MemoryCopy(
                rows.Source + ((long)(row / rows.Draws) * rows.Columns), rows.Values + ((long)row * rows.Columns),
                bytes, bytes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Scale<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ref readonly DrawRows rows = ref *(DrawRows*)context;
        for (int row = first; row < first + count; row++)
        {
            V factor = S.Broadcast(rows.Factors[row]);
            float* values = rows.Values + ((long)row * rows.Columns);
            for (int column = 0; column < rows.Columns; column += S.Lanes)
                Put<S, V>(S.Multiply(factor, S.Load(values + column)), rows.Columns - column, values + column);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddScaled<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ref readonly DrawRows rows = ref *(DrawRows*)context;
        for (int row = first; row < first + count; row++)
        {
            V factor = S.Broadcast(rows.Factors[row]);
            float* values = rows.Values + ((long)row * rows.Columns);
            float* addend = rows.Source + ((long)row * rows.Columns);
            for (int column = 0; column < rows.Columns; column += S.Lanes)
            {
                V sum = S.MultiplyAdd(factor, S.Load(addend + column), S.Load(values + column));
                Put<S, V>(sum, rows.Columns - column, values + column);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<S, V>(V value, int rest, float* destination)
        where S : ISimd<V>
        where V : unmanaged
    {
        if (rest < S.Lanes)
            Product.StoreFirst<S, V>(value, rest, destination);
        else
            S.Store(value, destination);
    }
}
