using System.Runtime.CompilerServices;
using GpuVae.Kernels.Cpu;

namespace GpuVae.Kernels;

/// <summary>
/// y = x σ(x) (Elfwing, Uchibe and Doya 2018, equation 6; also called swish), and f′ = σ(x) (1 + x (1 − σ(x))), which needs
/// x: f falls and rises again below 0.
/// </summary>
internal readonly struct SiluFunction : IVectorActivation
{
    public static bool DerivativeNeedsInput => true;

    public static float Apply(float x) => x * SigmoidFunction.Apply(x);

    public static float Derivative(float x)
    {
        float sigmoid = SigmoidFunction.Apply(x);
        return sigmoid * (1f + (x * (1f - sigmoid)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V x)
        where S : ISimd<V>
        where V : unmanaged => S.Multiply(x, VectorMath.Sigmoid<S, V>(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Derivative<S, V>(V x)
        where S : ISimd<V>
        where V : unmanaged
    {
        V one = S.Broadcast(1f);
        V sigmoid = VectorMath.Sigmoid<S, V>(x);
        return S.Multiply(sigmoid, S.MultiplyAdd(x, S.Subtract(one, sigmoid), one));
    }
}
