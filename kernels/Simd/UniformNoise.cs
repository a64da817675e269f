using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Simd;

/// <summary>Uniform numbers in (0, 1) in vectors; see <see cref="Philox.Uniform"/>.</summary>
internal static unsafe class UniformNoise
{
    /// <summary>Elements <paramref name="first"/> … of a step into the same places of <paramref name="destination"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Fill<S, V>(RandomSource noise, uint step, long first, long count, float* destination)
        where S : ISimd<V>
        where V : unmanaged
    {
        const int Words = 4 * PhiloxBlocks.Count;
        uint* even = stackalloc uint[Words / 2];
        uint* odd = stackalloc uint[Words / 2];
        float* evenUniform = stackalloc float[Words / 2];
        float* oddUniform = stackalloc float[Words / 2];
        long end = first + count;
        for (long element = first / 4 * 4; element < end; element += Words)
        {
            PhiloxBlocks.Pairs(noise, step, (uint)(element / 4), even, odd);
            for (int i = 0; i < Words / 2; i += S.Lanes)
            {
                S.Store(S.LoadUniform(even + i), evenUniform + i);
                S.Store(S.LoadUniform(odd + i), oddUniform + i);
            }
            int begin = (int)Math.Max(0, first - element);
            int stop = (int)Math.Min(Words, end - element);
            for (int i = begin; i < stop; i++)
                destination[element + i] = i % 2 == 0 ? evenUniform[i / 2] : oddUniform[i / 2];
        }
    }
}
