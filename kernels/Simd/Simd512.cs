using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace GpuVae.Kernels.Simd;

/// <summary>512 bits: x86 with AVX-512.</summary>
internal readonly unsafe struct Simd512 : ISimd<Vector512<float>>
{
    public static int Lanes => 16;

    public static int TileRows => 8;

    public static int ListedVectors => 4;

    public static Vector512<float> Zero => Vector512<float>.Zero;

    public static Vector512<float> Broadcast(float value) => Vector512.Create(value);

    public static Vector512<float> Load(float* source) => Vector512.Load(source);

    public static Vector512<float> LoadBytes(byte* source) =>
        Vector512.ConvertToSingle(Avx512F.ConvertToVector512Int32(Vector128.Load(source)));

    public static Vector512<float> LoadUniform(uint* words) =>
        (Vector512.ConvertToSingle((Vector512.Load(words) >>> 9).AsInt32()) + Vector512.Create(0.5f)) * (1f / (1 << 23));

    public static void Store(Vector512<float> value, float* destination) => value.Store(destination);

    public static Vector512<float> Add(Vector512<float> a, Vector512<float> b) => a + b;

    public static Vector512<float> Subtract(Vector512<float> a, Vector512<float> b) => a - b;

    public static Vector512<float> Multiply(Vector512<float> a, Vector512<float> b) => a * b;

    public static Vector512<float> MultiplyAdd(Vector512<float> a, Vector512<float> b, Vector512<float> c) =>
        Vector512.MultiplyAddEstimate(a, b, c);

    public static Vector512<float> Max(Vector512<float> a, Vector512<float> b) => Vector512.MaxNative(a, b);

    public static Vector512<float> Min(Vector512<float> a, Vector512<float> b) => Vector512.MinNative(a, b);

    public static Vector512<float> Abs(Vector512<float> a) => Vector512.Abs(a);

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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transpose(float* source, nint sourceStride, float* destination, nint destinationStride)
    {
        Vector512<int> low = Vector512.Create(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        Vector512<int> high = Vector512.Create(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        Vector512<float> r0 = Vector512.Load(source);
        Vector512<float> r1 = Vector512.Load(source + sourceStride);
        Vector512<float> r2 = Vector512.Load(source + (2 * sourceStride));
        Vector512<float> r3 = Vector512.Load(source + (3 * sourceStride));
        Vector512<float> r4 = Vector512.Load(source + (4 * sourceStride));
        Vector512<float> r5 = Vector512.Load(source + (5 * sourceStride));
        Vector512<float> r6 = Vector512.Load(source + (6 * sourceStride));
        Vector512<float> r7 = Vector512.Load(source + (7 * sourceStride));
        Vector512<float> r8 = Vector512.Load(source + (8 * sourceStride));
        Vector512<float> r9 = Vector512.Load(source + (9 * sourceStride));
        Vector512<float> r10 = Vector512.Load(source + (10 * sourceStride));
        Vector512<float> r11 = Vector512.Load(source + (11 * sourceStride));
        Vector512<float> r12 = Vector512.Load(source + (12 * sourceStride));
        Vector512<float> r13 = Vector512.Load(source + (13 * sourceStride));
        Vector512<float> r14 = Vector512.Load(source + (14 * sourceStride));
        Vector512<float> r15 = Vector512.Load(source + (15 * sourceStride));
        Vector512<float> s0 = Avx512F.PermuteVar16x32x2(r0, low, r8);
        Vector512<float> s1 = Avx512F.PermuteVar16x32x2(r0, high, r8);
        Vector512<float> s2 = Avx512F.PermuteVar16x32x2(r1, low, r9);
        Vector512<float> s3 = Avx512F.PermuteVar16x32x2(r1, high, r9);
        Vector512<float> s4 = Avx512F.PermuteVar16x32x2(r2, low, r10);
        Vector512<float> s5 = Avx512F.PermuteVar16x32x2(r2, high, r10);
        Vector512<float> s6 = Avx512F.PermuteVar16x32x2(r3, low, r11);
        Vector512<float> s7 = Avx512F.PermuteVar16x32x2(r3, high, r11);
        Vector512<float> s8 = Avx512F.PermuteVar16x32x2(r4, low, r12);
        Vector512<float> s9 = Avx512F.PermuteVar16x32x2(r4, high, r12);
        Vector512<float> s10 = Avx512F.PermuteVar16x32x2(r5, low, r13);
        Vector512<float> s11 = Avx512F.PermuteVar16x32x2(r5, high, r13);
        Vector512<float> s12 = Avx512F.PermuteVar16x32x2(r6, low, r14);
        Vector512<float> s13 = Avx512F.PermuteVar16x32x2(r6, high, r14);
        Vector512<float> s14 = Avx512F.PermuteVar16x32x2(r7, low, r15);
        Vector512<float> s15 = Avx512F.PermuteVar16x32x2(r7, high, r15);
        Vector512<float> t0 = Avx512F.PermuteVar16x32x2(s0, low, s8);
        Vector512<float> t1 = Avx512F.PermuteVar16x32x2(s0, high, s8);
        Vector512<float> t2 = Avx512F.PermuteVar16x32x2(s1, low, s9);
        Vector512<float> t3 = Avx512F.PermuteVar16x32x2(s1, high, s9);
        Vector512<float> t4 = Avx512F.PermuteVar16x32x2(s2, low, s10);
        Vector512<float> t5 = Avx512F.PermuteVar16x32x2(s2, high, s10);
        Vector512<float> t6 = Avx512F.PermuteVar16x32x2(s3, low, s11);
        Vector512<float> t7 = Avx512F.PermuteVar16x32x2(s3, high, s11);
        Vector512<float> t8 = Avx512F.PermuteVar16x32x2(s4, low, s12);
        Vector512<float> t9 = Avx512F.PermuteVar16x32x2(s4, high, s12);
        Vector512<float> t10 = Avx512F.PermuteVar16x32x2(s5, low, s13);
        Vector512<float> t11 = Avx512F.PermuteVar16x32x2(s5, high, s13);
        Vector512<float> t12 = Avx512F.PermuteVar16x32x2(s6, low, s14);
        Vector512<float> t13 = Avx512F.PermuteVar16x32x2(s6, high, s14);
        Vector512<float> t14 = Avx512F.PermuteVar16x32x2(s7, low, s15);
        Vector512<float> t15 = Avx512F.PermuteVar16x32x2(s7, high, s15);
        Vector512<float> u0 = Avx512F.PermuteVar16x32x2(t0, low, t8);
        Vector512<float> u1 = Avx512F.PermuteVar16x32x2(t0, high, t8);
        Vector512<float> u2 = Avx512F.PermuteVar16x32x2(t1, low, t9);
        Vector512<float> u3 = Avx512F.PermuteVar16x32x2(t1, high, t9);
        Vector512<float> u4 = Avx512F.PermuteVar16x32x2(t2, low, t10);
        Vector512<float> u5 = Avx512F.PermuteVar16x32x2(t2, high, t10);
        Vector512<float> u6 = Avx512F.PermuteVar16x32x2(t3, low, t11);
        Vector512<float> u7 = Avx512F.PermuteVar16x32x2(t3, high, t11);
        Vector512<float> u8 = Avx512F.PermuteVar16x32x2(t4, low, t12);
        Vector512<float> u9 = Avx512F.PermuteVar16x32x2(t4, high, t12);
        Vector512<float> u10 = Avx512F.PermuteVar16x32x2(t5, low, t13);
        Vector512<float> u11 = Avx512F.PermuteVar16x32x2(t5, high, t13);
        Vector512<float> u12 = Avx512F.PermuteVar16x32x2(t6, low, t14);
        Vector512<float> u13 = Avx512F.PermuteVar16x32x2(t6, high, t14);
        Vector512<float> u14 = Avx512F.PermuteVar16x32x2(t7, low, t15);
        Vector512<float> u15 = Avx512F.PermuteVar16x32x2(t7, high, t15);
        Vector512<float> v0 = Avx512F.PermuteVar16x32x2(u0, low, u8);
        Vector512<float> v1 = Avx512F.PermuteVar16x32x2(u0, high, u8);
        Vector512<float> v2 = Avx512F.PermuteVar16x32x2(u1, low, u9);
        Vector512<float> v3 = Avx512F.PermuteVar16x32x2(u1, high, u9);
        Vector512<float> v4 = Avx512F.PermuteVar16x32x2(u2, low, u10);
        Vector512<float> v5 = Avx512F.PermuteVar16x32x2(u2, high, u10);
        Vector512<float> v6 = Avx512F.PermuteVar16x32x2(u3, low, u11);
        Vector512<float> v7 = Avx512F.PermuteVar16x32x2(u3, high, u11);
        Vector512<float> v8 = Avx512F.PermuteVar16x32x2(u4, low, u12);
        Vector512<float> v9 = Avx512F.PermuteVar16x32x2(u4, high, u12);
        Vector512<float> v10 = Avx512F.PermuteVar16x32x2(u5, low, u13);
        Vector512<float> v11 = Avx512F.PermuteVar16x32x2(u5, high, u13);
        Vector512<float> v12 = Avx512F.PermuteVar16x32x2(u6, low, u14);
        Vector512<float> v13 = Avx512F.PermuteVar16x32x2(u6, high, u14);
        Vector512<float> v14 = Avx512F.PermuteVar16x32x2(u7, low, u15);
        Vector512<float> v15 = Avx512F.PermuteVar16x32x2(u7, high, u15);
        v0.Store(destination);
        v1.Store(destination + destinationStride);
        v2.Store(destination + (2 * destinationStride));
        v3.Store(destination + (3 * destinationStride));
        v4.Store(destination + (4 * destinationStride));
        v5.Store(destination + (5 * destinationStride));
        v6.Store(destination + (6 * destinationStride));
        v7.Store(destination + (7 * destinationStride));
        v8.Store(destination + (8 * destinationStride));
        v9.Store(destination + (9 * destinationStride));
        v10.Store(destination + (10 * destinationStride));
        v11.Store(destination + (11 * destinationStride));
        v12.Store(destination + (12 * destinationStride));
        v13.Store(destination + (13 * destinationStride));
        v14.Store(destination + (14 * destinationStride));
        v15.Store(destination + (15 * destinationStride));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> InterleaveLow(Vector512<float> a, Vector512<float> b) => Avx512F.PermuteVar16x32x2(
        a, Vector512.Create(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23), b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> InterleaveHigh(Vector512<float> a, Vector512<float> b) => Avx512F.PermuteVar16x32x2(
        a, Vector512.Create(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31), b);

    public static float Sum(Vector512<float> a)
    {
        Vector256<float> eight = a.GetLower() + a.GetUpper();
        return Vector128.Sum(eight.GetLower() + eight.GetUpper());
    }
}
