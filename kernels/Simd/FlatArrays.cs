using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Simd;

/// <summary>Loops over n numbers that ask for no shape. An item is <see cref="ItemLength"/> of them.</summary>
internal unsafe struct FlatArrays
{
    /// <summary>Numbers in an item: a whole number of vectors of any width.</summary>
    public const int ItemLength = 1024;

    public float* Values;
    public long Length;
    public float Factor;

    /// <summary>Σ valueᵢ² of each item: (items).</summary>
    public float* Sums;

    /// <summary>Items of <paramref name="length"/> numbers.</summary>
    public static int Items(long length) => (int)((length + ItemLength - 1) / ItemLength);

    /// <summary>valueᵢ ← factor · valueᵢ.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Scale<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ref readonly FlatArrays arrays = ref *(FlatArrays*)context;
        V factor = S.Broadcast(arrays.Factor);
        long end = Math.Min(arrays.Length, (long)(first + count) * ItemLength);
        for (long i = (long)first * ItemLength; i < end; i += S.Lanes)
        {
            V value = S.Multiply(factor, S.Load(arrays.Values + i));
            if (end - i >= S.Lanes)
                S.Store(value, arrays.Values + i);
            else
                Product.StoreFirst<S, V>(value, (int)(end - i), arrays.Values + i);
        }
    }

    /// <summary>The sum of squares of each item.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SumSquares<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ref readonly FlatArrays arrays = ref *(FlatArrays*)context;
        for (int item = first; item < first + count; item++)
        {
            long begin = (long)item * ItemLength, end = Math.Min(arrays.Length, begin + ItemLength);
            V sum = S.Zero;
            for (long i = begin; i < end; i += S.Lanes)
            {
                V value = S.Load(arrays.Values + i);
                if (end - i < S.Lanes)
                    value = S.Select(S.FirstLanes((int)(end - i)), value, S.Zero);
                sum = S.MultiplyAdd(value, value, sum);
            }
            arrays.Sums[item] = S.Sum(sum);
        }
    }
}
