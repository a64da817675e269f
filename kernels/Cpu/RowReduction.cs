using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu;

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
/// From as many rows as a vector has lanes to one vector, a lane each: two rows are laid into two vectors, half of each row
/// into either, and these are put together; then two such vectors, and so on. That is half of the work of transposing the
/// square and adding its rows. Written as a tree, so that the compiler keeps it in registers.
/// </summary>
internal static unsafe class RowReduction
{
    /// <summary>What <typeparamref name="TReduction"/> makes of each row of (Lanes, Lanes), rows <paramref name="stride"/> apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Reduce<S, V, TReduction>(float* rows, nint stride)
        where S : ISimd<V>
        where V : unmanaged
        where TReduction : struct, IReduction
    {
        if (S.Lanes == 4)
            return Four<S, V, TReduction>(rows, stride);
        if (S.Lanes == 8)
            return Eight<S, V, TReduction>(rows, stride);
        return Combine<S, V, TReduction>(
            Eight<S, V, TReduction>(rows, stride), Eight<S, V, TReduction>(rows + (8 * stride), stride), 8);
    }

    /// <summary>Four vectors, a row each, to one that holds the four.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Four<S, V, TReduction>(V a, V b, V c, V d)
        where S : ISimd<V>
        where V : unmanaged
        where TReduction : struct, IReduction =>
        Combine<S, V, TReduction>(Combine<S, V, TReduction>(a, b, 1), Combine<S, V, TReduction>(c, d, 1), 2);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Eight<S, V, TReduction>(float* rows, nint stride)
        where S : ISimd<V>
        where V : unmanaged
        where TReduction : struct, IReduction =>
        Combine<S, V, TReduction>(
            Four<S, V, TReduction>(rows, stride), Four<S, V, TReduction>(rows + (4 * stride), stride), 4);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Four<S, V, TReduction>(float* rows, nint stride)
        where S : ISimd<V>
        where V : unmanaged
        where TReduction : struct, IReduction =>
        Four<S, V, TReduction>(
            S.Load(rows), S.Load(rows + stride), S.Load(rows + (2 * stride)), S.Load(rows + (3 * stride)));

    /// <summary>
    /// Two vectors that hold <paramref name="rows"/> rows each to one that holds them all, in order once they are as many as lanes.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Combine<S, V, TReduction>(V a, V b, int rows)
        where S : ISimd<V>
        where V : unmanaged
        where TReduction : struct, IReduction =>
        TReduction.Combine<S, V>(S.Evens(a, b, rows), S.Odds(a, b, rows));
}
