using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GpuVae.Kernels.Cpu;

/// <summary>128 bits: every processor, in software where it has no vectors.</summary>
internal readonly unsafe struct Simd128 : ISimd<Vector128<float>>
{
    public static int Lanes => 4;

    public static int MicroKernelRows => 4;

    public static int SparsePanelVectors => 2;

    public static Vector128<float> Zero => Vector128<float>.Zero;

    public static Vector128<float> Broadcast(float value) => Vector128.Create(value);

    public static Vector128<float> BroadcastPair(float* source) => Vector128.Create(*(double*)source).AsSingle();

    public static Vector128<float> Load(float* source) => Vector128.Load(source);

    public static Vector128<float> LoadBytes(byte* source)
    {
        Vector128<byte> bytes = Vector128.CreateScalar(*(uint*)source).AsByte();
        return Vector128.ConvertToSingle(Vector128.WidenLower(Vector128.WidenLower(bytes)).AsInt32());
    }

    public static Vector128<float> LoadUniform(uint* words) =>
        (Vector128.ConvertToSingle((Vector128.Load(words) >>> 9).AsInt32()) + Vector128.Create(0.5f)) * (1f / (1 << 23));

    public static void Store(Vector128<float> value, float* destination) => value.Store(destination);

    public static void StoreNonTemporal(Vector128<float> value, float* destination) => value.Store(destination);

    public static void StoreFence()
    {
    }

    public static Vector128<float> Add(Vector128<float> a, Vector128<float> b) => a + b;

    public static Vector128<float> Subtract(Vector128<float> a, Vector128<float> b) => a - b;

    public static Vector128<float> Multiply(Vector128<float> a, Vector128<float> b) => a * b;

    public static Vector128<float> MultiplyAdd(Vector128<float> a, Vector128<float> b, Vector128<float> c) =>
        Vector128.MultiplyAddEstimate(a, b, c);

    public static Vector128<float> Max(Vector128<float> a, Vector128<float> b) => Vector128.MaxNative(a, b);

    public static Vector128<float> Maximum(Vector128<float> a, Vector128<float> b) => Vector128.Max(a, b);

    public static Vector128<float> Min(Vector128<float> a, Vector128<float> b) => Vector128.MinNative(a, b);

    public static Vector128<float> Abs(Vector128<float> a) => Vector128.Abs(a);

    public static Vector128<float> Negate(Vector128<float> a) => -a;

    public static Vector128<float> NegativeAbs(Vector128<float> a) => a | Vector128.Create(-0f);

    public static Vector128<float> Sqrt(Vector128<float> a) => Vector128.Sqrt(a);

    public static Vector128<float> Reciprocal(Vector128<float> a) => Vector128<float>.One / a;

    public static Vector128<float> GreaterThan(Vector128<float> a, Vector128<float> b) => Vector128.GreaterThan(a, b);

    public static uint NotZero(Vector128<float> a) =>
        (uint)~Vector128.Equals(a, Vector128<float>.Zero).ExtractMostSignificantBits() & 0xF;

    public static int StoreSetBits(uint bits, int first, int* destination) =>
        VectorStore.StoreSetBits(bits, first, destination);

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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Evens(Vector128<float> a, Vector128<float> b, int rows) =>
        Vector128.Create(a.GetElement(0), a.GetElement(2), b.GetElement(0), b.GetElement(2));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Odds(Vector128<float> a, Vector128<float> b, int rows) =>
        Vector128.Create(a.GetElement(1), a.GetElement(3), b.GetElement(1), b.GetElement(3));

    public static Vector128<float> SumPairs(Vector128<float> a, Vector128<float> b) => Evens(a, b, 1) + Odds(a, b, 1);

    public static float Sum(Vector128<float> a) => Vector128.Sum(a);
}
