using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GpuVae.Kernels.Cpu;

namespace GpuVae.Bench.Peak;

/// <summary>How many multiply-adds the vector units do: nothing is read or written.</summary>
internal static class MultiplyAddRate
{
    // Enough independent sums to hide the latency of two units with four cycles each, few enough for 16 registers.
    private const int Accumulators = 12;

    private static float _sink;

    /// <summary>FLOP/s of that many threads with vectors of that width: a multiply-add counts two.</summary>
    public static double Measure(int threads, int vectorBits) => vectorBits switch
    {
        512 => Measure<Simd512, Vector512<float>>(threads),
        256 => Measure<Simd256, Vector256<float>>(threads),
        _ => Measure<Simd128, Vector128<float>>(threads),
    };

    /// <summary>FLOP/s of the calling thread in a short sample, a millisecond or less, by a clock that counts seconds.</summary>
    public static double Sample(int vectorBits, Func<double> clock) => vectorBits switch
    {
        512 => Sample<Simd512, Vector512<float>>(clock),
        256 => Sample<Simd256, Vector256<float>>(clock),
        _ => Sample<Simd128, Vector128<float>>(clock),
    };

    private static double Sample<S, TVector>(Func<double> clock)
        where S : ISimd<TVector>
        where TVector : unmanaged
    {
        const int Rounds = 200_000;
        double start = clock();
        _sink = Compute<S, TVector>(Rounds);
        return 2.0 * Accumulators * S.Lanes * Rounds / (clock() - start);
    }

    private static double Measure<S, TVector>(int threads)
        where S : ISimd<TVector>
        where TVector : unmanaged
    {
        const int Rounds = 2_000_000;
        double seconds = ThreadTeam.LeastSeconds(threads, _ => _sink = Compute<S, TVector>(Rounds));
        return 2.0 * Accumulators * S.Lanes * Rounds * threads / seconds;
    }

    // Every sum goes to factor·sum + term, whose fixed point is 1: no overflow, and no number too small for full speed.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Compute<S, TVector>(int rounds)
        where S : ISimd<TVector>
        where TVector : unmanaged
    {
        TVector factor = S.Broadcast(0.75f), term = S.Broadcast(0.25f);
        TVector s0 = S.Broadcast(0), s1 = S.Broadcast(1), s2 = S.Broadcast(2), s3 = S.Broadcast(3);
        TVector s4 = S.Broadcast(4), s5 = S.Broadcast(5), s6 = S.Broadcast(6), s7 = S.Broadcast(7);
        TVector s8 = S.Broadcast(8), s9 = S.Broadcast(9), s10 = S.Broadcast(10), s11 = S.Broadcast(11);
        for (int round = 0; round < rounds; round++)
        {
            s0 = S.MultiplyAdd(s0, factor, term);
            s1 = S.MultiplyAdd(s1, factor, term);
            s2 = S.MultiplyAdd(s2, factor, term);
            s3 = S.MultiplyAdd(s3, factor, term);
            s4 = S.MultiplyAdd(s4, factor, term);
            s5 = S.MultiplyAdd(s5, factor, term);
            s6 = S.MultiplyAdd(s6, factor, term);
            s7 = S.MultiplyAdd(s7, factor, term);
            s8 = S.MultiplyAdd(s8, factor, term);
            s9 = S.MultiplyAdd(s9, factor, term);
            s10 = S.MultiplyAdd(s10, factor, term);
            s11 = S.MultiplyAdd(s11, factor, term);
        }
        TVector sum = S.Add(S.Add(S.Add(s0, s1), S.Add(s2, s3)), S.Add(S.Add(s4, s5), S.Add(s6, s7)));
        return S.Sum(S.Add(sum, S.Add(S.Add(s8, s9), S.Add(s10, s11))));
    }
}
