using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Simd;

/// <summary>Standard normal numbers in vectors; see <see cref="Philox.Normals"/>.</summary>
internal static unsafe class GaussianNoise
{
    /// <summary>Elements <paramref name="first"/> … of a step into the same places of <paramref name="destination"/>.</summary>
    /// <remarks>Box and Muller on vectors: normals 2i and 2i + 1 come from the pair i of uniform numbers.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Fill<S, V>(RandomSource noise, uint step, long first, long count, float* destination)
        where S : ISimd<V>
        where V : unmanaged
    {
        const int Pairs = 2 * PhiloxBlocks.Count;
        uint* u = stackalloc uint[Pairs];
        uint* v = stackalloc uint[Pairs];
        float* cosines = stackalloc float[Pairs];
        float* sines = stackalloc float[Pairs];
        long end = first + count;
        for (long element = first / 4 * 4; element < end; element += 2 * Pairs)
        {
            PhiloxBlocks.Pairs(noise, step, (uint)(element / 4), u, v);
            for (int pair = 0; pair < Pairs; pair += S.Lanes)
            {
                V radius = S.Sqrt(S.Multiply(S.Broadcast(-2f), VectorMath.Log<S, V>(S.LoadUniform(u + pair))));
                V sine = VectorMath.SinCosTurns<S, V>(S.LoadUniform(v + pair), out V cosine);
                S.Store(S.Multiply(radius, cosine), cosines + pair);
                S.Store(S.Multiply(radius, sine), sines + pair);
            }
            int begin = (int)Math.Max(0, first - element);
            int stop = (int)Math.Min(2 * Pairs, end - element);
            float* epsilon = destination + element;
            for (int i = begin; i < stop; i++)
                epsilon[i] = i % 2 == 0 ? cosines[i / 2] : sines[i / 2];
        }
    }
}
