using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GpuVae.Compression;

/// <summary>Numbers side by side in a register. What a lane computes does not depend on how many there are.</summary>
internal interface ICanonicalLanes<V>
{
    /// <summary>How many.</summary>
    static abstract int Count { get; }

    /// <summary>The same number in all.</summary>
    static abstract V Broadcast(float value);

    /// <summary>From memory.</summary>
    static abstract V Load(ref float source);

    /// <summary>Into memory.</summary>
    static abstract void Store(V lanes, ref float target);

    /// <summary>sum + a · b: the product is rounded, and so is the sum.</summary>
    static abstract V AddProduct(V sum, V a, V b);
}

/// <summary>512 bits.</summary>
internal readonly struct Lanes512 : ICanonicalLanes<Vector512<float>>
{
    public static int Count => Vector512<float>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Broadcast(float value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(ref float source) => Vector512.LoadUnsafe(ref source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> lanes, ref float target) => lanes.StoreUnsafe(ref target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> AddProduct(Vector512<float> sum, Vector512<float> a, Vector512<float> b) => sum + (a * b);
}

/// <summary>256 bits.</summary>
internal readonly struct Lanes256 : ICanonicalLanes<Vector256<float>>
{
    public static int Count => Vector256<float>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Broadcast(float value) => Vector256.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(ref float source) => Vector256.LoadUnsafe(ref source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> lanes, ref float target) => lanes.StoreUnsafe(ref target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> AddProduct(Vector256<float> sum, Vector256<float> a, Vector256<float> b) => sum + (a * b);
}

/// <summary>128 bits.</summary>
internal readonly struct Lanes128 : ICanonicalLanes<Vector128<float>>
{
    public static int Count => Vector128<float>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Broadcast(float value) => Vector128.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Load(ref float source) => Vector128.LoadUnsafe(ref source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<float> lanes, ref float target) => lanes.StoreUnsafe(ref target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> AddProduct(Vector128<float> sum, Vector128<float> a, Vector128<float> b) => sum + (a * b);
}

/// <summary>One number, where there are no vectors.</summary>
internal readonly struct SingleLane : ICanonicalLanes<float>
{
    public static int Count => 1;

    public static float Broadcast(float value) => value;

    public static float Load(ref float source) => source;

    public static void Store(float lanes, ref float target) => target = lanes;

    public static float AddProduct(float sum, float a, float b) => sum + (a * b);
}
