using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace GpuVae.Kernels.Simd;

/// <summary>512 bits: x86 with AVX-512.</summary>
internal readonly unsafe struct Simd512 : ISimd<Vector512<float>>
{
    public static int Lanes => 16;

    public static int TileRows => 8;

    public static Vector512<float> Zero => Vector512<float>.Zero;

    public static Vector512<float> Broadcast(float value) => Vector512.Create(value);

    public static Vector512<float> Load(float* source) => Vector512.Load(source);

    public static Vector512<float> LoadBytes(byte* source)
    {
        Vector128<byte> bytes = Vector128.Load(source);
        Vector256<ushort> words = Vector256.Create(Vector128.WidenLower(bytes), Vector128.WidenUpper(bytes));
        return Vector512.ConvertToSingle(
            Vector512.Create(Vector256.WidenLower(words), Vector256.WidenUpper(words)).AsInt32());
    }

    public static void Store(Vector512<float> value, float* destination) => value.Store(destination);

    public static Vector512<float> Add(Vector512<float> a, Vector512<float> b) => a + b;

    public static Vector512<float> Subtract(Vector512<float> a, Vector512<float> b) => a - b;

    public static Vector512<float> Multiply(Vector512<float> a, Vector512<float> b) => a * b;

    public static Vector512<float> Divide(Vector512<float> a, Vector512<float> b) => a / b;

    public static Vector512<float> MultiplyAdd(Vector512<float> a, Vector512<float> b, Vector512<float> c) =>
        Vector512.MultiplyAddEstimate(a, b, c);

    public static Vector512<float> Max(Vector512<float> a, Vector512<float> b) => Vector512.MaxNative(a, b);

    public static Vector512<float> Min(Vector512<float> a, Vector512<float> b) => Vector512.MinNative(a, b);

    public static Vector512<float> Abs(Vector512<float> a) => Vector512.Abs(a);

    public static Vector512<float> Sqrt(Vector512<float> a) => Vector512.Sqrt(a);

    public static Vector512<float> GreaterThan(Vector512<float> a, Vector512<float> b) => Vector512.GreaterThan(a, b);

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

    public static void Transpose(float* source, nint sourceStride, float* destination, nint destinationStride)
    {
        Vector512<float> r0 = Load(source);
        Vector512<float> r1 = Load(source + sourceStride);
        Vector512<float> r2 = Load(source + (2 * sourceStride));
        Vector512<float> r3 = Load(source + (3 * sourceStride));
        Vector512<float> r4 = Load(source + (4 * sourceStride));
        Vector512<float> r5 = Load(source + (5 * sourceStride));
        Vector512<float> r6 = Load(source + (6 * sourceStride));
        Vector512<float> r7 = Load(source + (7 * sourceStride));
        Vector512<float> r8 = Load(source + (8 * sourceStride));
        Vector512<float> r9 = Load(source + (9 * sourceStride));
        Vector512<float> r10 = Load(source + (10 * sourceStride));
        Vector512<float> r11 = Load(source + (11 * sourceStride));
        Vector512<float> r12 = Load(source + (12 * sourceStride));
        Vector512<float> r13 = Load(source + (13 * sourceStride));
        Vector512<float> r14 = Load(source + (14 * sourceStride));
        Vector512<float> r15 = Load(source + (15 * sourceStride));
        Vector512<float> s0 = ZipLow(r0, r8), s1 = ZipHigh(r0, r8);
        Vector512<float> s2 = ZipLow(r1, r9), s3 = ZipHigh(r1, r9);
        Vector512<float> s4 = ZipLow(r2, r10), s5 = ZipHigh(r2, r10);
        Vector512<float> s6 = ZipLow(r3, r11), s7 = ZipHigh(r3, r11);
        Vector512<float> s8 = ZipLow(r4, r12), s9 = ZipHigh(r4, r12);
        Vector512<float> s10 = ZipLow(r5, r13), s11 = ZipHigh(r5, r13);
        Vector512<float> s12 = ZipLow(r6, r14), s13 = ZipHigh(r6, r14);
        Vector512<float> s14 = ZipLow(r7, r15), s15 = ZipHigh(r7, r15);
        Vector512<float> t0 = ZipLow(s0, s8), t1 = ZipHigh(s0, s8);
        Vector512<float> t2 = ZipLow(s1, s9), t3 = ZipHigh(s1, s9);
        Vector512<float> t4 = ZipLow(s2, s10), t5 = ZipHigh(s2, s10);
        Vector512<float> t6 = ZipLow(s3, s11), t7 = ZipHigh(s3, s11);
        Vector512<float> t8 = ZipLow(s4, s12), t9 = ZipHigh(s4, s12);
        Vector512<float> t10 = ZipLow(s5, s13), t11 = ZipHigh(s5, s13);
        Vector512<float> t12 = ZipLow(s6, s14), t13 = ZipHigh(s6, s14);
        Vector512<float> t14 = ZipLow(s7, s15), t15 = ZipHigh(s7, s15);
        Vector512<float> u0 = ZipLow(t0, t8), u1 = ZipHigh(t0, t8);
        Vector512<float> u2 = ZipLow(t1, t9), u3 = ZipHigh(t1, t9);
        Vector512<float> u4 = ZipLow(t2, t10), u5 = ZipHigh(t2, t10);
        Vector512<float> u6 = ZipLow(t3, t11), u7 = ZipHigh(t3, t11);
        Vector512<float> u8 = ZipLow(t4, t12), u9 = ZipHigh(t4, t12);
        Vector512<float> u10 = ZipLow(t5, t13), u11 = ZipHigh(t5, t13);
        Vector512<float> u12 = ZipLow(t6, t14), u13 = ZipHigh(t6, t14);
        Vector512<float> u14 = ZipLow(t7, t15), u15 = ZipHigh(t7, t15);
        Vector512<float> v0 = ZipLow(u0, u8), v1 = ZipHigh(u0, u8);
        Vector512<float> v2 = ZipLow(u1, u9), v3 = ZipHigh(u1, u9);
        Vector512<float> v4 = ZipLow(u2, u10), v5 = ZipHigh(u2, u10);
        Vector512<float> v6 = ZipLow(u3, u11), v7 = ZipHigh(u3, u11);
        Vector512<float> v8 = ZipLow(u4, u12), v9 = ZipHigh(u4, u12);
        Vector512<float> v10 = ZipLow(u5, u13), v11 = ZipHigh(u5, u13);
        Vector512<float> v12 = ZipLow(u6, u14), v13 = ZipHigh(u6, u14);
        Vector512<float> v14 = ZipLow(u7, u15), v15 = ZipHigh(u7, u15);
        Store(v0, destination);
        Store(v1, destination + destinationStride);
        Store(v2, destination + (2 * destinationStride));
        Store(v3, destination + (3 * destinationStride));
        Store(v4, destination + (4 * destinationStride));
        Store(v5, destination + (5 * destinationStride));
        Store(v6, destination + (6 * destinationStride));
        Store(v7, destination + (7 * destinationStride));
        Store(v8, destination + (8 * destinationStride));
        Store(v9, destination + (9 * destinationStride));
        Store(v10, destination + (10 * destinationStride));
        Store(v11, destination + (11 * destinationStride));
        Store(v12, destination + (12 * destinationStride));
        Store(v13, destination + (13 * destinationStride));
        Store(v14, destination + (14 * destinationStride));
        Store(v15, destination + (15 * destinationStride));
    }

    public static float Sum(Vector512<float> a) => Vector512.Sum(a);

    private static Vector512<float> ZipLow(Vector512<float> a, Vector512<float> b) =>
        Avx512F.PermuteVar16x32x2(
            a, Vector512.Create(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23), b);

    private static Vector512<float> ZipHigh(Vector512<float> a, Vector512<float> b) =>
        Avx512F.PermuteVar16x32x2(
            a, Vector512.Create(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31), b);
}
