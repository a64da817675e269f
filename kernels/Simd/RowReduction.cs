using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Simd;

/// <summary>An operation that puts numbers together, in whatever order.</summary>
internal interface IReduction
{
    /// <summary>Of a and b, lane by lane.</summary>
    static abstract V Combine<S, V>(V a, V b)
        where S : ISimd<V>
        where V : unmanaged;
}

/// <summary>a + b.</summary>
internal readonly struct SumReduction : IReduction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Combine<S, V>(V a, V b)
        where S : ISimd<V>
        where V : unmanaged => S.Add(a, b);
}

/// <summary>a · b.</summary>
internal readonly struct ProductReduction : IReduction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Combine<S, V>(V a, V b)
        where S : ISimd<V>
        where V : unmanaged => S.Multiply(a, b);
}

/// <summary>
/// From as many rows as a vector has lanes to one vector, a lane each: rows half the square apart are laid side by side and
/// their halves put together, then what is left a quarter apart, and so on. That is a quarter of the work of turning the
/// square and adding its rows. Written as a tree, so that the compiler keeps it in registers.
/// </summary>
internal static unsafe class RowReduction
{
    /// <summary>What <typeparamref name="TReduction"/> makes of each row of (Lanes, Lanes), rows <paramref name="stride"/> apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Reduce<S, V, TReduction>(float* rows, nint stride)
        where S : ISimd<V>
        where V : unmanaged
        where TReduction : struct, IReduction =>
        Combine<S, V, TReduction>(
            SecondRows<S, V, TReduction>(rows, stride), SecondRows<S, V, TReduction>(rows + stride, stride));

    // Every second row, from the one at the pointer.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V SecondRows<S, V, TReduction>(float* rows, nint stride)
        where S : ISimd<V>
        where V : unmanaged
        where TReduction : struct, IReduction =>
        Combine<S, V, TReduction>(
            FourthRows<S, V, TReduction>(rows, stride), FourthRows<S, V, TReduction>(rows + (2 * stride), stride));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V FourthRows<S, V, TReduction>(float* rows, nint stride)
        where S : ISimd<V>
        where V : unmanaged
        where TReduction : struct, IReduction =>
        S.Lanes == 4 ? S.Load(rows) : Combine<S, V, TReduction>(
            EighthRows<S, V, TReduction>(rows, stride), EighthRows<S, V, TReduction>(rows + (4 * stride), stride));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V EighthRows<S, V, TReduction>(float* rows, nint stride)
        where S : ISimd<V>
        where V : unmanaged
        where TReduction : struct, IReduction =>
        S.Lanes == 8 ? S.Load(rows) : Combine<S, V, TReduction>(S.Load(rows), S.Load(rows + (8 * stride)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Combine<S, V, TReduction>(V a, V b)
        where S : ISimd<V>
        where V : unmanaged
        where TReduction : struct, IReduction =>
        TReduction.Combine<S, V>(S.InterleaveLow(a, b), S.InterleaveHigh(a, b));
}
