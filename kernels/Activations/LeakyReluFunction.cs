using System.Runtime.CompilerServices;
using GpuVae.Kernels.Cpu;

namespace GpuVae.Kernels;

/// <summary>
/// y = x where x &gt; 0, else 0.01 x (Maas, Hannun and Ng 2013, equation 2): no unit falls silent for good. y has the sign of x,
/// so f′ is known from y.
/// </summary>
internal readonly struct LeakyReluFunction : IVectorActivation
{
    private const float Slope = 0.01f;

    public static float Apply(float x) => x < 0f ? Slope * x : x;

    public static float Derivative(float y) => y > 0f ? 1f : Slope;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V x)
        where S : ISimd<V>
        where V : unmanaged => S.Max(S.Multiply(S.Broadcast(Slope), x), x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Derivative<S, V>(V y)
        where S : ISimd<V>
        where V : unmanaged => S.Select(S.GreaterThan(y, S.Zero), S.Broadcast(1f), S.Broadcast(Slope));
}
