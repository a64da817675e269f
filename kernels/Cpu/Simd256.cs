using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace GpuVae.Kernels.Cpu;

/// <summary>256 bits: x86 with AVX2.</summary>
internal readonly unsafe struct Simd256 : ISimd<Vector256<float>>
{
    public static int Lanes => 8;

    public static int MicroKernelRows => 4;

    public static int SparsePanelVectors => 2;

    public static Vector256<float> Zero => Vector256<float>.Zero;

    public static Vector256<float> Broadcast(float value) => Vector256.Create(value);

    public static Vector256<float> BroadcastPair(float* source) => Vector256.Create(*(double*)source).AsSingle();

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

    public static void StoreNonTemporal(Vector256<float> value, float* destination) => value.Store(destination);

    public static void StoreFence()
    {
    }

    public static Vector256<float> Add(Vector256<float> a, Vector256<float> b) => a + b;

    public static Vector256<float> Subtract(Vector256<float> a, Vector256<float> b) => a - b;

    public static Vector256<float> Multiply(Vector256<float> a, Vector256<float> b) => a * b;

    public static Vector256<float> MultiplyAdd(Vector256<float> a, Vector256<float> b, Vector256<float> c) =>
        Vector256.MultiplyAddEstimate(a, b, c);

    public static Vector256<float> Max(Vector256<float> a, Vector256<float> b) => Vector256.MaxNative(a, b);

    public static Vector256<float> Maximum(Vector256<float> a, Vector256<float> b) => Vector256.Max(a, b);

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
        VectorStore.StoreSetBits(bits, first, destination);

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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Evens(Vector256<float> a, Vector256<float> b, int rows) =>
        rows < 4 ? Avx.Shuffle(a, b, 0x88) : Avx.Permute2x128(a, b, 0x20);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Odds(Vector256<float> a, Vector256<float> b, int rows) =>
        rows < 4 ? Avx.Shuffle(a, b, 0xDD) : Avx.Permute2x128(a, b, 0x31);

    public static Vector256<float> SumPairs(Vector256<float> a, Vector256<float> b) =>
        Avx2.Permute4x64(Avx.HorizontalAdd(a, b).AsDouble(), 0xD8).AsSingle();

    public static float Sum(Vector256<float> a) => Vector256.Sum(a);
}
