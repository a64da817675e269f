using System.Runtime.Intrinsics;

namespace GpuVae.Kernels.Simd;

/// <summary>128 bits: every processor, in software where it has no vectors.</summary>
internal readonly unsafe struct Simd128 : ISimd<Vector128<float>>
{
    public static int Lanes => 4;

    public static int TileRows => 4;

    public static Vector128<float> Zero => Vector128<float>.Zero;

    public static Vector128<float> Broadcast(float value) => Vector128.Create(value);

    public static Vector128<float> Load(float* source) => Vector128.Load(source);

    public static Vector128<float> LoadBytes(byte* source)
    {
        Vector128<byte> bytes = Vector128.CreateScalar(*(uint*)source).AsByte();
        return Vector128.ConvertToSingle(Vector128.WidenLower(Vector128.WidenLower(bytes)).AsInt32());
    }

    public static void Store(Vector128<float> value, float* destination) => value.Store(destination);

    public static Vector128<float> Add(Vector128<float> a, Vector128<float> b) => a + b;

    public static Vector128<float> Subtract(Vector128<float> a, Vector128<float> b) => a - b;

    public static Vector128<float> Multiply(Vector128<float> a, Vector128<float> b) => a * b;

    public static Vector128<float> Divide(Vector128<float> a, Vector128<float> b) => a / b;

    public static Vector128<float> MultiplyAdd(Vector128<float> a, Vector128<float> b, Vector128<float> c) =>
        Vector128.MultiplyAddEstimate(a, b, c);

    public static Vector128<float> Max(Vector128<float> a, Vector128<float> b) => Vector128.MaxNative(a, b);

    public static Vector128<float> Min(Vector128<float> a, Vector128<float> b) => Vector128.MinNative(a, b);

    public static Vector128<float> Abs(Vector128<float> a) => Vector128.Abs(a);

    public static Vector128<float> Sqrt(Vector128<float> a) => Vector128.Sqrt(a);

    public static Vector128<float> GreaterThan(Vector128<float> a, Vector128<float> b) => Vector128.GreaterThan(a, b);

    public static Vector128<float> Select(Vector128<float> mask, Vector128<float> a, Vector128<float> b) =>
        Vector128.ConditionalSelect(mask, a, b);

    public static Vector128<float> FirstLanes(int count) =>
        Vector128.LessThan(Vector128<int>.Indices, Vector128.Create(count)).AsSingle();

    public static Vector128<float> ScaleByPowerOfTwo(Vector128<float> value, Vector128<float> shifted) =>
        (value.AsInt32() + (shifted.AsInt32() << 23)).AsSingle();

    public static Vector128<float> SplitExponent(Vector128<float> a, out Vector128<float> mantissa)
    {
        Vector128<int> bits = a.AsInt32();
        mantissa = ((bits & Vector128.Create(0x007FFFFF)) | Vector128.Create(0x3F800000)).AsSingle();
        return Vector128.ConvertToSingle((bits >> 23) - Vector128.Create(127));
    }

    public static void Transpose(float* source, nint sourceStride, float* destination, nint destinationStride)
    {
        Vector128<float> r0 = Load(source);
        Vector128<float> r1 = Load(source + sourceStride);
        Vector128<float> r2 = Load(source + (2 * sourceStride));
        Vector128<float> r3 = Load(source + (3 * sourceStride));
        Vector128<float> s0 = ZipLow(r0, r2), s1 = ZipHigh(r0, r2);
        Vector128<float> s2 = ZipLow(r1, r3), s3 = ZipHigh(r1, r3);
        Vector128<float> t0 = ZipLow(s0, s2), t1 = ZipHigh(s0, s2);
        Vector128<float> t2 = ZipLow(s1, s3), t3 = ZipHigh(s1, s3);
        Store(t0, destination);
        Store(t1, destination + destinationStride);
        Store(t2, destination + (2 * destinationStride));
        Store(t3, destination + (3 * destinationStride));
    }

    public static float Sum(Vector128<float> a) => Vector128.Sum(a);

    private static Vector128<float> ZipLow(Vector128<float> a, Vector128<float> b) =>
        Vector128.Create(a.GetElement(0), b.GetElement(0), a.GetElement(1), b.GetElement(1));

    private static Vector128<float> ZipHigh(Vector128<float> a, Vector128<float> b) =>
        Vector128.Create(a.GetElement(2), b.GetElement(2), a.GetElement(3), b.GetElement(3));
}
