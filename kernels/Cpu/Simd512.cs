using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace GpuVae.Kernels.Cpu;

/// <summary>512 bits: x86 with AVX-512.</summary>
internal readonly unsafe struct Simd512 : ISimd<Vector512<float>>
{
    public static int Lanes => 16;

    public static int MicroKernelRows => 8;

    public static int SparsePanelVectors => 4;

    public static Vector512<float> Zero => Vector512<float>.Zero;

    public static Vector512<float> Broadcast(float value) => Vector512.Create(value);

    public static Vector512<float> BroadcastPair(float* source) => Vector512.Create(*(double*)source).AsSingle();

    public static Vector512<float> Load(float* source) => Vector512.Load(source);

    public static Vector512<float> LoadBytes(byte* source) =>
        Vector512.ConvertToSingle(Avx512F.ConvertToVector512Int32(Vector128.Load(source)));

    public static Vector512<float> LoadUniform(uint* words) =>
        (Vector512.ConvertToSingle((Vector512.Load(words) >>> 9).AsInt32()) + Vector512.Create(0.5f)) * (1f / (1 << 23));

    public static void Store(Vector512<float> value, float* destination) => value.Store(destination);

    public static void StoreNonTemporal(Vector512<float> value, float* destination)
    {
        if (((nint)destination & (CacheLines.Bytes - 1)) == 0)
            value.StoreAlignedNonTemporal(destination);
        else
            value.Store(destination);
    }

    public static void StoreFence() => Sse.StoreFence();

    public static Vector512<float> Add(Vector512<float> a, Vector512<float> b) => a + b;

    public static Vector512<float> Subtract(Vector512<float> a, Vector512<float> b) => a - b;

    public static Vector512<float> Multiply(Vector512<float> a, Vector512<float> b) => a * b;

    public static Vector512<float> MultiplyAdd(Vector512<float> a, Vector512<float> b, Vector512<float> c) =>
        Vector512.MultiplyAddEstimate(a, b, c);

    public static Vector512<float> Max(Vector512<float> a, Vector512<float> b) => Vector512.MaxNative(a, b);

    public static Vector512<float> Maximum(Vector512<float> a, Vector512<float> b) => Vector512.Max(a, b);

    public static Vector512<float> Min(Vector512<float> a, Vector512<float> b) => Vector512.MinNative(a, b);

    public static Vector512<float> Abs(Vector512<float> a) => Vector512.Abs(a);

    public static Vector512<float> Negate(Vector512<float> a) => -a;

    public static Vector512<float> NegativeAbs(Vector512<float> a) => a | Vector512.Create(-0f);

    // An estimate good to 14 bits and one Newton step take a third of the time of the processor's own root or quotient.
    public static Vector512<float> Sqrt(Vector512<float> a)
    {
        Vector512<float> normal = Vector512.GreaterThanOrEqual(a, Vector512.Create(1.17549435e-38f));
        Vector512<float> y = Vector512.ConditionalSelect(normal, Avx512F.ReciprocalSqrt14(a), Vector512<float>.Zero);
        Vector512<float> root = a * y;
        Vector512<float> error = Avx512F.FusedMultiplyAddNegated(root, root, a);
        return Avx512F.FusedMultiplyAdd(error, y * 0.5f, root);
    }

    public static Vector512<float> Reciprocal(Vector512<float> a)
    {
        Vector512<float> y = Avx512F.Reciprocal14(a);
        Vector512<float> error = Avx512F.FusedMultiplyAddNegated(a, y, Vector512.Create(1f));
        return Avx512F.FusedMultiplyAdd(y, error, y);
    }

    public static Vector512<float> GreaterThan(Vector512<float> a, Vector512<float> b) => Vector512.GreaterThan(a, b);

    public static uint NotZero(Vector512<float> a) =>
        (uint)~Vector512.Equals(a, Vector512<float>.Zero).ExtractMostSignificantBits() & 0xFFFF;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int StoreSetBits(uint bits, int first, int* destination)
    {
        Vector512<uint> lanes = Vector512.Create(
            1u, 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 5, 1 << 6, 1 << 7,
            1 << 8, 1 << 9, 1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 14, 1 << 15);
        Vector512<int> mask = Vector512.Equals(Vector512.Create(bits) & lanes, lanes).AsInt32();
        Avx512F.Compress(default, mask, Vector512<int>.Indices + Vector512.Create(first)).Store(destination);
        return BitOperations.PopCount(bits);
    }

    public static Vector512<float> Select(Vector512<float> mask, Vector512<float> a, Vector512<float> b) =>
        Vector512.ConditionalSelect(mask, a, b);

    public static Vector512<float> FirstLanes(int count) =>
        Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)).AsSingle();

    public static Vector512<float> ScaleByPowerOfTwo(Vector512<float> value, Vector512<float> shifted) =>
        (value.AsInt32() + (shifted.AsInt32() << 23)).AsSingle();

    public static Vector512<float> SplitExponent(Vector512<float> a, out Vector512<float> mantissa)
    {
        Vector512<int> bits = a.AsInt32();
        mantissa = ((bits & Vector512.Create(0x007FFFFF)) | Vector512.Create(0x3F800000)).AsSingle();
        return Vector512.ConvertToSingle((bits >> 23) - Vector512.Create(127));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Evens(Vector512<float> a, Vector512<float> b, int rows) =>
        rows < 4 ? Avx512F.Shuffle(a, b, 0x88) : Avx512F.Shuffle4x128(a, b, 0x88);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Odds(Vector512<float> a, Vector512<float> b, int rows) =>
        rows < 4 ? Avx512F.Shuffle(a, b, 0xDD) : Avx512F.Shuffle4x128(a, b, 0xDD);

    public static Vector512<float> SumPairs(Vector512<float> a, Vector512<float> b)
    {
        Vector512<int> evens = Vector512.Create(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
        return Avx512F.PermuteVar16x32x2(a, evens, b) + Avx512F.PermuteVar16x32x2(a, evens | Vector512<int>.One, b);
    }

    public static float Sum(Vector512<float> a)
    {
        Vector256<float> eight = a.GetLower() + a.GetUpper();
        return Vector128.Sum(eight.GetLower() + eight.GetUpper());
    }
}
