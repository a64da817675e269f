using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace GpuVae.Kernels.Simd;

/// <summary>256 bits: x86 with AVX2.</summary>
internal readonly unsafe struct Simd256 : ISimd<Vector256<float>>
{
    public static int Lanes => 8;

    public static int TileRows => 4;

    public static int ListedVectors => 2;

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

    public static Vector256<float> LoadUniform(uint* words) =>
        (Vector256.ConvertToSingle((Vector256.Load(words) >>> 9).AsInt32()) + Vector256.Create(0.5f)) * (1f / (1 << 23));

    public static void Store(Vector256<float> value, float* destination) => value.Store(destination);

    public static Vector256<float> Add(Vector256<float> a, Vector256<float> b) => a + b;

    public static Vector256<float> Subtract(Vector256<float> a, Vector256<float> b) => a - b;

    public static Vector256<float> Multiply(Vector256<float> a, Vector256<float> b) => a * b;

    public static Vector256<float> MultiplyAdd(Vector256<float> a, Vector256<float> b, Vector256<float> c) =>
        Vector256.MultiplyAddEstimate(a, b, c);

    public static Vector256<float> Max(Vector256<float> a, Vector256<float> b) => Vector256.MaxNative(a, b);

    public static Vector256<float> Min(Vector256<float> a, Vector256<float> b) => Vector256.MinNative(a, b);

    public static Vector256<float> Abs(Vector256<float> a) => Vector256.Abs(a);

    public static Vector256<float> Negate(Vector256<float> a) => -a;

    public static Vector256<float> NegativeAbs(Vector256<float> a) => a | Vector256.Create(-0f);

    public static Vector256<float> Sqrt(Vector256<float> a) => Vector256.Sqrt(a);

    public static Vector256<float> Reciprocal(Vector256<float> a) => Vector256<float>.One / a;

    public static Vector256<float> GreaterThan(Vector256<float> a, Vector256<float> b) => Vector256.GreaterThan(a, b);

    public static uint NotZero(Vector256<float> a) =>
        (uint)~Vector256.Equals(a, Vector256<float>.Zero).ExtractMostSignificantBits() & 0xFF;

    public static int StoreSetBits(uint bits, int first, int* destination) =>
        SetBits.Store(bits, first, destination);

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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transpose(float* source, nint sourceStride, float* destination, nint destinationStride)
    {
        Vector256<float> r0 = Vector256.Load(source);
        Vector256<float> r1 = Vector256.Load(source + sourceStride);
        Vector256<float> r2 = Vector256.Load(source + (2 * sourceStride));
        Vector256<float> r3 = Vector256.Load(source + (3 * sourceStride));
        Vector256<float> r4 = Vector256.Load(source + (4 * sourceStride));
        Vector256<float> r5 = Vector256.Load(source + (5 * sourceStride));
        Vector256<float> r6 = Vector256.Load(source + (6 * sourceStride));
        Vector256<float> r7 = Vector256.Load(source + (7 * sourceStride));
        Vector256<float> s0 = Avx.UnpackLow(r0, r1), s1 = Avx.UnpackHigh(r0, r1);
        Vector256<float> s2 = Avx.UnpackLow(r2, r3), s3 = Avx.UnpackHigh(r2, r3);
        Vector256<float> s4 = Avx.UnpackLow(r4, r5), s5 = Avx.UnpackHigh(r4, r5);
        Vector256<float> s6 = Avx.UnpackLow(r6, r7), s7 = Avx.UnpackHigh(r6, r7);
        Vector256<float> t0 = Avx.Shuffle(s0, s2, 0x44), t1 = Avx.Shuffle(s0, s2, 0xEE);
        Vector256<float> t2 = Avx.Shuffle(s1, s3, 0x44), t3 = Avx.Shuffle(s1, s3, 0xEE);
        Vector256<float> t4 = Avx.Shuffle(s4, s6, 0x44), t5 = Avx.Shuffle(s4, s6, 0xEE);
        Vector256<float> t6 = Avx.Shuffle(s5, s7, 0x44), t7 = Avx.Shuffle(s5, s7, 0xEE);
        Avx.Permute2x128(t0, t4, 0x20).Store(destination);
        Avx.Permute2x128(t1, t5, 0x20).Store(destination + destinationStride);
        Avx.Permute2x128(t2, t6, 0x20).Store(destination + (2 * destinationStride));
        Avx.Permute2x128(t3, t7, 0x20).Store(destination + (3 * destinationStride));
        Avx.Permute2x128(t0, t4, 0x31).Store(destination + (4 * destinationStride));
        Avx.Permute2x128(t1, t5, 0x31).Store(destination + (5 * destinationStride));
        Avx.Permute2x128(t2, t6, 0x31).Store(destination + (6 * destinationStride));
        Avx.Permute2x128(t3, t7, 0x31).Store(destination + (7 * destinationStride));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Evens(Vector256<float> a, Vector256<float> b, int rows) =>
        rows < 4 ? Avx.Shuffle(a, b, 0x88) : Avx.Permute2x128(a, b, 0x20);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Odds(Vector256<float> a, Vector256<float> b, int rows) =>
        rows < 4 ? Avx.Shuffle(a, b, 0xDD) : Avx.Permute2x128(a, b, 0x31);

    public static float Sum(Vector256<float> a) => Vector256.Sum(a);
}
