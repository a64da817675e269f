using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace GpuVae.Kernels.Cpu;

/// <summary>
/// <see cref="Philox"/> for eight consecutive blocks at a time: a 64-bit lane holds a word of one block, so that a
/// product of two words fits. The same words as the scalar definition, which serves where there is no AVX2; and uniform and
/// normal numbers from them, in vectors.
/// </summary>
internal static unsafe class PhiloxBlocks
{
    /// <summary>Blocks in a call of <see cref="Pairs"/>.</summary>
    public const int Count = 8;

    /// <summary>
    /// Words of blocks <paramref name="firstBlock"/> … + 7 of a step: words 0 and 2 of each block in order into
    /// <paramref name="even"/>, words 1 and 3 into <paramref name="odd"/>, 16 of each.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pairs(RandomSource source, uint step, uint firstBlock, uint* even, uint* odd)
    {
        if (!Avx2.IsSupported)
        {
            for (uint i = 0; i < Count; i++)
            {
                PhiloxWords words = Philox.Block(source, step, firstBlock + i);
                even[2 * i] = words.X0;
                odd[2 * i] = words.X1;
                even[(2 * i) + 1] = words.X2;
                odd[(2 * i) + 1] = words.X3;
            }
            return;
        }

        // Two groups of four blocks side by side hide the latency of the multiplications.
        Vector256<ulong> lane = Vector256.Create(0ul, 1, 2, 3);
        Vector256<ulong> mask = Vector256.Create(0xFFFFFFFFul);
        ulong first = (ulong)source.FirstBlock + firstBlock;
        Vector256<ulong> a0 = (Vector256.Create(first) + lane) & mask;
        Vector256<ulong> b0 = (Vector256.Create(first + 4) + lane) & mask;
        Vector256<ulong> a1 = Vector256<ulong>.Zero, b1 = a1;
        Vector256<ulong> a2 = Vector256.Create((ulong)step), b2 = a2;
        Vector256<ulong> a3 = Vector256.Create((ulong)source.Purpose), b3 = a3;
        Vector256<uint> multiplier0 = Vector256.Create(Philox.Multiplier0);
        Vector256<uint> multiplier1 = Vector256.Create(Philox.Multiplier1);
        uint key0 = (uint)source.Seed, key1 = (uint)(source.Seed >> 32);
        for (int round = 0; round < Philox.Rounds; round++)
        {
            Vector256<ulong> k0 = Vector256.Create((ulong)key0), k1 = Vector256.Create((ulong)key1);
            Round(ref a0, ref a1, ref a2, ref a3, multiplier0, multiplier1, mask, k0, k1);
            Round(ref b0, ref b1, ref b2, ref b3, multiplier0, multiplier1, mask, k0, k1);
            key0 += Philox.Weyl0;
            key1 += Philox.Weyl1;
        }
        (a0 | (a2 << 32)).AsUInt32().Store(even);
        (b0 | (b2 << 32)).AsUInt32().Store(even + 8);
        (a1 | (a3 << 32)).AsUInt32().Store(odd);
        (b1 | (b3 << 32)).AsUInt32().Store(odd + 8);
    }

    /// <summary>
    /// Uniform numbers in (0, 1), as <see cref="Philox.Uniform"/> makes them: elements <paramref name="first"/> … of a step into
    /// the same places of <paramref name="destination"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FillUniform<S, V>(RandomSource noise, uint step, long first, long count, float* destination)
        where S : ISimd<V>
        where V : unmanaged
    {
        const int Words = 4 * Count;
        uint* words = stackalloc uint[Words];
        float* uniform = stackalloc float[Words];
        long end = first + count;
        for (long element = first / 4 * 4; element < end; element += Words)
        {
            InOrder(noise, step, (uint)(element / 4), words);
            bool isWhole = element >= first && element + Words <= end;
            float* target = isWhole ? destination + element : uniform;
            for (int i = 0; i < Words; i += S.Lanes)
                S.Store(S.LoadUniform(words + i), target + i);
            if (isWhole)
                continue;
            int begin = (int)Math.Max(0, first - element);
            int stop = (int)Math.Min(Words, end - element);
            for (int i = begin; i < stop; i++)
                destination[element + i] = uniform[i];
        }
    }

    /// <summary>
    /// Standard normal numbers, as <see cref="Philox.Normals"/> makes them: elements <paramref name="first"/> … of a step into
    /// the same places of <paramref name="destination"/>.
    /// </summary>
    /// <remarks>Box and Muller on vectors: normals 2i and 2i + 1 come from the pair i of uniform numbers.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FillNormal<S, V>(RandomSource noise, uint step, long first, long count, float* destination)
        where S : ISimd<V>
        where V : unmanaged
    {
        const int PairCount = 2 * Count;
        uint* u = stackalloc uint[PairCount];
        uint* v = stackalloc uint[PairCount];
        float* cosines = stackalloc float[PairCount];
        float* sines = stackalloc float[PairCount];
        long end = first + count;
        for (long element = first / 4 * 4; element < end; element += 2 * PairCount)
        {
            Pairs(noise, step, (uint)(element / 4), u, v);
            for (int pair = 0; pair < PairCount; pair += S.Lanes)
            {
                V radius = S.Sqrt(S.Multiply(S.Broadcast(-2f), VectorMath.Log<S, V>(S.LoadUniform(u + pair))));
                V sine = VectorMath.SinCosTurns<S, V>(S.LoadUniform(v + pair), out V cosine);
                S.Store(S.Multiply(radius, cosine), cosines + pair);
                S.Store(S.Multiply(radius, sine), sines + pair);
            }
            int begin = (int)Math.Max(0, first - element);
            int stop = (int)Math.Min(2 * PairCount, end - element);
            float* epsilon = destination + element;
            for (int i = begin; i < stop; i++)
                epsilon[i] = i % 2 == 0 ? cosines[i / 2] : sines[i / 2];
        }
    }

    /// <summary>The 32 words of blocks <paramref name="firstBlock"/> … + 7, in the order of their elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void InOrder(RandomSource source, uint step, uint firstBlock, uint* words)
    {
        uint* even = stackalloc uint[2 * Count];
        uint* odd = stackalloc uint[2 * Count];
        Pairs(source, step, firstBlock, even, odd);
        for (int i = 0; i < 2 * Count; i += Vector256<uint>.Count)
        {
            if (Avx2.IsSupported)
            {
                // Words 0 and 2 of four blocks, and words 1 and 3 of them; a half of a register is a block then.
                Vector256<uint> a = Vector256.Load(even + i), b = Vector256.Load(odd + i);
                Vector256<uint> low = Avx2.UnpackLow(a, b), high = Avx2.UnpackHigh(a, b);
                Avx2.Permute2x128(low, high, 0x20).Store(words + (2 * i));
                Avx2.Permute2x128(low, high, 0x31).Store(words + (2 * i) + Vector256<uint>.Count);
            }
            else
            {
                for (int word = i; word < i + Vector256<uint>.Count; word++)
                    (words[2 * word], words[(2 * word) + 1]) = (even[word], odd[word]);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round(
        ref Vector256<ulong> x0, ref Vector256<ulong> x1, ref Vector256<ulong> x2, ref Vector256<ulong> x3,
        Vector256<uint> multiplier0, Vector256<uint> multiplier1, Vector256<ulong> mask,
        Vector256<ulong> key0, Vector256<ulong> key1)
    {
        Vector256<ulong> product0 = Avx2.Multiply(x0.AsUInt32(), multiplier0);
        Vector256<ulong> product1 = Avx2.Multiply(x2.AsUInt32(), multiplier1);
        x0 = (product1 >>> 32) ^ x1 ^ key0;
        x1 = product1 & mask;
        x2 = (product0 >>> 32) ^ x3 ^ key1;
        x3 = product0 & mask;
    }
}
