using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace GpuVae.Kernels.Simd;

/// <summary>256 bits: x86 with AVX2.</summary>
internal readonly unsafe struct Simd256 : ISimd<Vector256<float>>
{
    public static int Lanes => 8;

    public static int TileRows => 4;

    public static Vector256<float> Zero => Vector256<float>.Zero;

    public static Vector256<float> Broadcast(float value) => Vector256.Create(value);

    public static Vector256<float> Load(float* source) => Vector256.Load(source);

    public static Vector256<float> LoadBytes(byte* source)
    {
        Vector128<byte> bytes = Vector128.CreateScalar(*(ulong*)source).AsByte();
        Vector128<ushort> words = Vector128.WidenLower(bytes);
        return Vector256.ConvertToSingle(
            Vector256.Create(Vector128.WidenLower(words), Vector128.WidenUpper(words)).AsInt32());
    }

    public static void Store(Vector256<float> value, float* destination) => value.Store(destination);

    public static Vector256<float> Add(Vector256<float> a, Vector256<float> b) => a + b;

    public static Vector256<float> Subtract(Vector256<float> a, Vector256<float> b) => a - b;

    public static Vector256<float> Multiply(Vector256<float> a, Vector256<float> b) => a * b;

    public static Vector256<float> Divide(Vector256<float> a, Vector256<float> b) => a / b;

    public static Vector256<float> MultiplyAdd(Vector256<float> a, Vector256<float> b, Vector256<float> c) =>
        Vector256.MultiplyAddEstimate(a, b, c);

    public static Vector256<float> Max(Vector256<float> a, Vector256<float> b) => Vector256.MaxNative(a, b);

    public static Vector256<float> Min(Vector256<float> a, Vector256<float> b) => Vector256.MinNative(a, b);

    public static Vector256<float> Abs(Vector256<float> a) => Vector256.Abs(a);

    public static Vector256<float> Sqrt(Vector256<float> a) => Vector256.Sqrt(a);

    public static Vector256<float> GreaterThan(Vector256<float> a, Vector256<float> b) => Vector256.GreaterThan(a, b);

    public static Vector256<float> Select(Vector256<float> mask, Vector256<float> a, Vector256<float> b) =>
        Vector256.ConditionalSelect(mask, a, b);

    public static Vector256<float> FirstLanes(int count) =>
        Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(count)).AsSingle();

    public static Vector256<float> ScaleByPowerOfTwo(Vector256<float> value, Vector256<float> shifted) =>
        (value.AsInt32() + (shifted.AsInt32() << 23)).AsSingle();

    public static Vector256<float> SplitExponent(Vector256<float> a, out Vector256<float> mantissa)
    {
        Vector256<int> bits = a.AsInt32();
        mantissa = ((bits & Vector256.Create(0x007FFFFF)) | Vector256.Create(0x3F800000)).AsSingle();
        return Vector256.ConvertToSingle((bits >> 23) - Vector256.Create(127));
    }

    public static void Transpose(float* source, nint sourceStride, float* destination, nint destinationStride)
    {
        Vector256<float> r0 = Load(source);
        Vector256<float> r1 = Load(source + sourceStride);
        Vector256<float> r2 = Load(source + (2 * sourceStride));
        Vector256<float> r3 = Load(source + (3 * sourceStride));
        Vector256<float> r4 = Load(source + (4 * sourceStride));
        Vector256<float> r5 = Load(source + (5 * sourceStride));
        Vector256<float> r6 = Load(source + (6 * sourceStride));
        Vector256<float> r7 = Load(source + (7 * sourceStride));
        Vector256<float> s0 = ZipLow(r0, r4), s1 = ZipHigh(r0, r4);
        Vector256<float> s2 = ZipLow(r1, r5), s3 = ZipHigh(r1, r5);
        Vector256<float> s4 = ZipLow(r2, r6), s5 = ZipHigh(r2, r6);
        Vector256<float> s6 = ZipLow(r3, r7), s7 = ZipHigh(r3, r7);
        Vector256<float> t0 = ZipLow(s0, s4), t1 = ZipHigh(s0, s4);
        Vector256<float> t2 = ZipLow(s1, s5), t3 = ZipHigh(s1, s5);
        Vector256<float> t4 = ZipLow(s2, s6), t5 = ZipHigh(s2, s6);
        Vector256<float> t6 = ZipLow(s3, s7), t7 = ZipHigh(s3, s7);
        Vector256<float> u0 = ZipLow(t0, t4), u1 = ZipHigh(t0, t4);
        Vector256<float> u2 = ZipLow(t1, t5), u3 = ZipHigh(t1, t5);
        Vector256<float> u4 = ZipLow(t2, t6), u5 = ZipHigh(t2, t6);
        Vector256<float> u6 = ZipLow(t3, t7), u7 = ZipHigh(t3, t7);
        Store(u0, destination);
        Store(u1, destination + destinationStride);
        Store(u2, destination + (2 * destinationStride));
        Store(u3, destination + (3 * destinationStride));
        Store(u4, destination + (4 * destinationStride));
        Store(u5, destination + (5 * destinationStride));
        Store(u6, destination + (6 * destinationStride));
        Store(u7, destination + (7 * destinationStride));
    }

    public static float Sum(Vector256<float> a) => Vector256.Sum(a);

    private static Vector256<float> ZipLow(Vector256<float> a, Vector256<float> b) =>
        Avx.Permute2x128(Avx.UnpackLow(a, b), Avx.UnpackHigh(a, b), 0x20);

    private static Vector256<float> ZipHigh(Vector256<float> a, Vector256<float> b) =>
        Avx.Permute2x128(Avx.UnpackLow(a, b), Avx.UnpackHigh(a, b), 0x31);
}
