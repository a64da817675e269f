using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu;

/// <summary>
/// Transposes a square block of vectors in registers: takes the even numbers of two rows and the odd ones, of two such pairs
/// again, and so on. After as many levels as halve a vector down to one number, a vector holds a column.
/// </summary>
internal static unsafe class BlockTranspose
{
    /// <summary>Transposes (Lanes, Lanes); rows are a stride apart. The destination may be the source.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Transpose<S, V>(float* source, nint sourceStride, float* destination, nint destinationStride)
        where S : ISimd<V>
        where V : unmanaged
    {
        FourRows<S, V>(source, sourceStride, out V a0, out V a1, out V a2, out V a3);
        if (S.Lanes == 4)
        {
            S.Store(a0, destination);
            S.Store(a1, destination + destinationStride);
            S.Store(a2, destination + (2 * destinationStride));
            S.Store(a3, destination + (3 * destinationStride));
            return;
        }
        FourRows<S, V>(source + (4 * sourceStride), sourceStride, out V b0, out V b1, out V b2, out V b3);
        if (S.Lanes == 8)
        {
            StoreTwo<S, V>(a0, b0, 4, destination, 4 * destinationStride);
            StoreTwo<S, V>(a1, b1, 4, destination + destinationStride, 4 * destinationStride);
            StoreTwo<S, V>(a2, b2, 4, destination + (2 * destinationStride), 4 * destinationStride);
            StoreTwo<S, V>(a3, b3, 4, destination + (3 * destinationStride), 4 * destinationStride);
            return;
        }
        FourRows<S, V>(source + (8 * sourceStride), sourceStride, out V c0, out V c1, out V c2, out V c3);
        FourRows<S, V>(source + (12 * sourceStride), sourceStride, out V d0, out V d1, out V d2, out V d3);
        StoreFour<S, V>(a0, b0, c0, d0, destination, destinationStride);
        StoreFour<S, V>(a1, b1, c1, d1, destination + destinationStride, destinationStride);
        StoreFour<S, V>(a2, b2, c2, d2, destination + (2 * destinationStride), destinationStride);
        StoreFour<S, V>(a3, b3, c3, d3, destination + (3 * destinationStride), destinationStride);
    }

    // Of four rows, in each four lanes: the first number of every row, the second, and so on.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FourRows<S, V>(float* rows, nint stride, out V first, out V second, out V third, out V fourth)
        where S : ISimd<V>
        where V : unmanaged
    {
        V a = S.Load(rows), b = S.Load(rows + stride);
        V c = S.Load(rows + (2 * stride)), d = S.Load(rows + (3 * stride));
        V evens0 = S.Evens(a, b, 1), odds0 = S.Odds(a, b, 1);
        V evens1 = S.Evens(c, d, 1), odds1 = S.Odds(c, d, 1);
        first = S.Evens(evens0, evens1, 2);
        second = S.Evens(odds0, odds1, 2);
        third = S.Odds(evens0, evens1, 2);
        fourth = S.Odds(odds0, odds1, 2);
    }

    // Every fourth column, from the numbers of four rows each that it has.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreFour<S, V>(V a, V b, V c, V d, float* destination, nint stride)
        where S : ISimd<V>
        where V : unmanaged
    {
        StoreTwo<S, V>(S.Evens(a, b, 4), S.Evens(c, d, 4), 8, destination, 8 * stride);
        StoreTwo<S, V>(S.Odds(a, b, 4), S.Odds(c, d, 4), 8, destination + (4 * stride), 8 * stride);
    }

    // The last level: two columns, which are far apart.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreTwo<S, V>(V a, V b, int rows, float* destination, nint distance)
        where S : ISimd<V>
        where V : unmanaged
    {
        S.Store(S.Evens(a, b, rows), destination);
        S.Store(S.Odds(a, b, rows), destination + distance);
    }
}
