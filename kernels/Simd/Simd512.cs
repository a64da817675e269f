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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transpose(float* source, nint sourceStride, float* destination, nint destinationStride)
    {
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
        Vector512<float> s0 = Avx512F.UnpackLow(r0, r1), s1 = Avx512F.UnpackHigh(r0, r1);
        Vector512<float> s2 = Avx512F.UnpackLow(r2, r3), s3 = Avx512F.UnpackHigh(r2, r3);
        Vector512<float> s4 = Avx512F.UnpackLow(r4, r5), s5 = Avx512F.UnpackHigh(r4, r5);
        Vector512<float> s6 = Avx512F.UnpackLow(r6, r7), s7 = Avx512F.UnpackHigh(r6, r7);
        Vector512<float> s8 = Avx512F.UnpackLow(r8, r9), s9 = Avx512F.UnpackHigh(r8, r9);
        Vector512<float> s10 = Avx512F.UnpackLow(r10, r11), s11 = Avx512F.UnpackHigh(r10, r11);
        Vector512<float> s12 = Avx512F.UnpackLow(r12, r13), s13 = Avx512F.UnpackHigh(r12, r13);
        Vector512<float> s14 = Avx512F.UnpackLow(r14, r15), s15 = Avx512F.UnpackHigh(r14, r15);
        Vector512<float> t0 = Avx512F.Shuffle(s0, s2, 0x44), t1 = Avx512F.Shuffle(s0, s2, 0xEE);
        Vector512<float> t2 = Avx512F.Shuffle(s1, s3, 0x44), t3 = Avx512F.Shuffle(s1, s3, 0xEE);
        Vector512<float> t4 = Avx512F.Shuffle(s4, s6, 0x44), t5 = Avx512F.Shuffle(s4, s6, 0xEE);
        Vector512<float> t6 = Avx512F.Shuffle(s5, s7, 0x44), t7 = Avx512F.Shuffle(s5, s7, 0xEE);
        Vector512<float> t8 = Avx512F.Shuffle(s8, s10, 0x44), t9 = Avx512F.Shuffle(s8, s10, 0xEE);
        Vector512<float> t10 = Avx512F.Shuffle(s9, s11, 0x44), t11 = Avx512F.Shuffle(s9, s11, 0xEE);
        Vector512<float> t12 = Avx512F.Shuffle(s12, s14, 0x44), t13 = Avx512F.Shuffle(s12, s14, 0xEE);
        Vector512<float> t14 = Avx512F.Shuffle(s13, s15, 0x44), t15 = Avx512F.Shuffle(s13, s15, 0xEE);
        Vector512<float> u0 = Avx512F.Shuffle4x128(t0, t4, 0x88), u4 = Avx512F.Shuffle4x128(t0, t4, 0xDD);
        Vector512<float> u8 = Avx512F.Shuffle4x128(t8, t12, 0x88), u12 = Avx512F.Shuffle4x128(t8, t12, 0xDD);
        Vector512<float> u1 = Avx512F.Shuffle4x128(t1, t5, 0x88), u5 = Avx512F.Shuffle4x128(t1, t5, 0xDD);
        Vector512<float> u9 = Avx512F.Shuffle4x128(t9, t13, 0x88), u13 = Avx512F.Shuffle4x128(t9, t13, 0xDD);
        Vector512<float> u2 = Avx512F.Shuffle4x128(t2, t6, 0x88), u6 = Avx512F.Shuffle4x128(t2, t6, 0xDD);
        Vector512<float> u10 = Avx512F.Shuffle4x128(t10, t14, 0x88), u14 = Avx512F.Shuffle4x128(t10, t14, 0xDD);
        Vector512<float> u3 = Avx512F.Shuffle4x128(t3, t7, 0x88), u7 = Avx512F.Shuffle4x128(t3, t7, 0xDD);
        Vector512<float> u11 = Avx512F.Shuffle4x128(t11, t15, 0x88), u15 = Avx512F.Shuffle4x128(t11, t15, 0xDD);
        Avx512F.Shuffle4x128(u0, u8, 0x88).Store(destination);
        Avx512F.Shuffle4x128(u1, u9, 0x88).Store(destination + destinationStride);
        Avx512F.Shuffle4x128(u2, u10, 0x88).Store(destination + (2 * destinationStride));
        Avx512F.Shuffle4x128(u3, u11, 0x88).Store(destination + (3 * destinationStride));
        Avx512F.Shuffle4x128(u4, u12, 0x88).Store(destination + (4 * destinationStride));
        Avx512F.Shuffle4x128(u5, u13, 0x88).Store(destination + (5 * destinationStride));
        Avx512F.Shuffle4x128(u6, u14, 0x88).Store(destination + (6 * destinationStride));
        Avx512F.Shuffle4x128(u7, u15, 0x88).Store(destination + (7 * destinationStride));
        Avx512F.Shuffle4x128(u0, u8, 0xDD).Store(destination + (8 * destinationStride));
        Avx512F.Shuffle4x128(u1, u9, 0xDD).Store(destination + (9 * destinationStride));
        Avx512F.Shuffle4x128(u2, u10, 0xDD).Store(destination + (10 * destinationStride));
        Avx512F.Shuffle4x128(u3, u11, 0xDD).Store(destination + (11 * destinationStride));
        Avx512F.Shuffle4x128(u4, u12, 0xDD).Store(destination + (12 * destinationStride));
        Avx512F.Shuffle4x128(u5, u13, 0xDD).Store(destination + (13 * destinationStride));
        Avx512F.Shuffle4x128(u6, u14, 0xDD).Store(destination + (14 * destinationStride));
        Avx512F.Shuffle4x128(u7, u15, 0xDD).Store(destination + (15 * destinationStride));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Evens(Vector512<float> a, Vector512<float> b, int rows) =>
        rows < 4 ? Avx512F.Shuffle(a, b, 0x88) : Avx512F.Shuffle4x128(a, b, 0x88);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Odds(Vector512<float> a, Vector512<float> b, int rows) =>
        rows < 4 ? Avx512F.Shuffle(a, b, 0xDD) : Avx512F.Shuffle4x128(a, b, 0xDD);

    public static float Sum(Vector512<float> a)
    {
        Vector256<float> eight = a.GetLower() + a.GetUpper();
        return Vector128.Sum(eight.GetLower() + eight.GetUpper());
    }
}
