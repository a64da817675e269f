using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace GpuVae.Kernels.Cpu;

/// <summary>Lines of the caches.</summary>
internal static unsafe class CacheLines
{
    /// <summary>Bytes in a line.</summary>
    public const int Bytes = 64;

    /// <summary>Floats in a line.</summary>
    public const int Floats = Bytes / sizeof(float);

    /// <summary>Prefetches the line of an address, which may lie anywhere, behind the end of a buffer too.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(void* address)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(address);
    }
}

/// <summary>Stores of vectors: non-temporal ones, and of their first lanes alone.</summary>
internal static unsafe class VectorStore
{
    /// <summary>A non-temporal store where that is wanted, else a plain one: see <see cref="ISimd{TVector}.StoreNonTemporal"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<S, V>(V value, float* destination, bool isNonTemporal)
        where S : ISimd<V>
        where V : unmanaged
    {
        if (isNonTemporal)
            S.StoreNonTemporal(value, destination);
        else
            S.Store(value, destination);
    }

    /// <summary>Stores the whole vector, or its first lanes where fewer numbers are left.</summary>
    /// <param name="value">The vector.</param>
    /// <param name="left">Numbers from the destination to the end of its row.</param>
    /// <param name="destination">Where lane 0 goes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<S, V>(V value, int left, float* destination)
        where S : ISimd<V>
        where V : unmanaged
    {
        if (left < S.Lanes)
            StoreFirst<S, V>(value, left, destination);
        else
            S.Store(value, destination);
    }

    /// <summary>Stores the first lanes of a vector and nothing behind them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StoreFirst<S, V>(V value, int count, float* destination)
        where S : ISimd<V>
        where V : unmanaged
    {
        float* lanes = stackalloc float[S.Lanes];
        S.Store(value, lanes);
        Unsafe.CopyBlockUnaligned(destination, lanes, (uint)(count * sizeof(float)));
    }

    /// <summary>
    /// Writes first + i for each bit i that is set, in order, on processors that cannot compress a vector: see
    /// <see cref="ISimd{TVector}.StoreSetBits"/>.
    /// </summary>
    /// <returns>How many there are.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int StoreSetBits(uint bits, int first, int* destination)
    {
        int count = 0;
        for (; bits != 0; bits &= bits - 1)
            destination[count++] = first + BitOperations.TrailingZeroCount(bits);
        return count;
    }
}
