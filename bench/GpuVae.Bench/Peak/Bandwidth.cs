using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using GpuVae.Kernels.Cpu;

namespace GpuVae.Bench.Peak;

/// <summary>How fast memory is read, and read and written, at a working set's size.</summary>
internal static unsafe class Bandwidth
{
    // Bytes that a thread moves in one sample: some milliseconds even from the first level.
    private const long BytesOfSample = 256L << 20;
    private const nuint Alignment = 4096;

    private static float _sink;

    /// <summary>Bytes a second that threads read, each from its own share of the working set.</summary>
    public static double Read(int threads, long workingSet) => Measure(threads, workingSet, arrays: 1, triad: false);

    /// <summary>
    /// Bytes a second of a[i] = b[i] + s·c[i] (McCalpin's STREAM triad): two reads and a write; a line that the write
    /// brings into the cache first is not counted.
    /// </summary>
    public static double Triad(int threads, long workingSet) => Measure(threads, workingSet, arrays: 3, triad: true);

    private static double Measure(int threads, long workingSet, int arrays, bool triad)
    {
        // A multiple of eight vectors of any width.
        long length = Math.Max(workingSet / threads / arrays / sizeof(float) / 128 * 128, 128);
        int rounds = (int)Math.Max(1, BytesOfSample / (length * arrays * sizeof(float)));
        var memory = new float*[threads];
        try
        {
            for (int thread = 0; thread < threads; thread++)
                memory[thread] = (float*)NativeMemory.AlignedAlloc((nuint)(length * arrays * sizeof(float)), Alignment);
            // Each thread writes its own memory first, so that the system places it near.
            ThreadTeam.LeastSeconds(threads, thread => new Span<float>(memory[thread], (int)(length * arrays)).Fill(1));
            double seconds = ThreadTeam.LeastSeconds(threads, thread => Run(memory[thread], length, rounds, triad));
            return (double)length * arrays * sizeof(float) * rounds * threads / seconds;
        }
        finally
        {
            foreach (float* block in memory)
                NativeMemory.AlignedFree(block);
        }
    }

    private static void Run(float* memory, long length, int rounds, bool triad)
    {
        if (Vector512.IsHardwareAccelerated)
            Run<Simd512, Vector512<float>>(memory, length, rounds, triad);
        else if (Vector256.IsHardwareAccelerated)
            Run<Simd256, Vector256<float>>(memory, length, rounds, triad);
        else
            Run<Simd128, Vector128<float>>(memory, length, rounds, triad);
    }

    private static void Run<S, TVector>(float* memory, long length, int rounds, bool triad)
        where S : ISimd<TVector>
        where TVector : unmanaged
    {
        for (int round = 0; round < rounds; round++)
        {
            if (triad)
                Triad<S, TVector>(memory, memory + length, memory + (2 * length), length);
            else
                _sink = Sum<S, TVector>(memory, length);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Sum<S, TVector>(float* values, long length)
        where S : ISimd<TVector>
        where TVector : unmanaged
    {
        TVector s0 = S.Zero, s1 = S.Zero, s2 = S.Zero, s3 = S.Zero, s4 = S.Zero, s5 = S.Zero, s6 = S.Zero, s7 = S.Zero;
        for (float* end = values + length; values < end; values += 8 * S.Lanes)
        {
            s0 = S.Add(s0, S.Load(values));
            s1 = S.Add(s1, S.Load(values + S.Lanes));
            s2 = S.Add(s2, S.Load(values + (2 * S.Lanes)));
            s3 = S.Add(s3, S.Load(values + (3 * S.Lanes)));
            s4 = S.Add(s4, S.Load(values + (4 * S.Lanes)));
            s5 = S.Add(s5, S.Load(values + (5 * S.Lanes)));
            s6 = S.Add(s6, S.Load(values + (6 * S.Lanes)));
            s7 = S.Add(s7, S.Load(values + (7 * S.Lanes)));
        }
        return S.Sum(S.Add(S.Add(S.Add(s0, s1), S.Add(s2, s3)), S.Add(S.Add(s4, s5), S.Add(s6, s7))));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Triad<S, TVector>(float* a, float* b, float* c, long length)
        where S : ISimd<TVector>
        where TVector : unmanaged
    {
        TVector factor = S.Broadcast(0.5f);
        for (long i = 0; i < length; i += 2 * S.Lanes)
        {
            S.Store(S.MultiplyAdd(factor, S.Load(c + i), S.Load(b + i)), a + i);
            S.Store(S.MultiplyAdd(factor, S.Load(c + i + S.Lanes), S.Load(b + i + S.Lanes)), a + i + S.Lanes);
        }
    }
}
