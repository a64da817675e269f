using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace GpuVae.Kernels.Simd;

/// <summary>
/// <see cref="Philox"/> for eight consecutive blocks at a time: a 64-bit lane holds a word of one block, so that a
/// product of two words fits. The same words as the scalar definition, which serves where there is no AVX2.
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
        Vector256<ulong> a0 = (Vector256.Create((ulong)firstBlock) + lane) & mask;
        Vector256<ulong> b0 = (Vector256.Create((ulong)firstBlock + 4) + lane) & mask;
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
