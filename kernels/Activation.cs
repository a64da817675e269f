using System.Runtime.CompilerServices;
using GpuVae.Kernels.Cpu;

namespace GpuVae.Kernels;

/// <summary>
/// A function y = f(x) of one number, and its derivative. A struct without fields; every device compiles it.
/// </summary>
/// <remarks>
/// What is not a number has to pass through, so that a model that diverges shows it. For GPUs the methods may use
/// arithmetic, <see cref="MathF"/> and conditional expressions, and must call nothing else.
/// </remarks>
public interface IActivationFunction
{
    /// <summary>
    /// Whether <see cref="Derivative"/> takes x; else it takes y = f(x), which a product stores anyway.
    /// </summary>
    static virtual bool DerivativeNeedsInput => false;

    /// <summary>f(x).</summary>
    static abstract float Apply(float x);

    /// <summary>f′(x), from y = f(x) or from x: see <see cref="DerivativeNeedsInput"/>.</summary>
    static abstract float Derivative(float saved);
}

/// <summary>The function that follows a layer, y = f(x), applied to each element.</summary>
public abstract class Activation
{
    private protected Activation(string name, string formula, bool derivativeNeedsInput)
    {
        Name = name;
        Formula = formula;
        DerivativeNeedsInput = derivativeNeedsInput;
    }

    /// <summary>y = x; f′ = 1.</summary>
    public static Activation Identity { get; } = new Activation<IdentityFunction>("identity", "x");

    /// <summary>y = max(x, 0); f′ = 1 where y &gt; 0, else 0.</summary>
    public static Activation Relu { get; } = new Activation<ReluFunction>("relu", "max(x, 0)");

    /// <summary>y = tanh x; f′ = 1 − y².</summary>
    public static Activation Tanh { get; } = new Activation<TanhFunction>("tanh", "tanh x");

    /// <summary>y = 1 / (1 + e⁻ˣ); f′ = y (1 − y).</summary>
    public static Activation Sigmoid { get; } = new Activation<SigmoidFunction>("sigmoid", "1/(1 + e⁻ˣ)");

    /// <summary>y = x where x &gt; 0, else 0.01 x; f′ = 1 where y &gt; 0, else 0.01.</summary>
    public static Activation LeakyRelu { get; } = new Activation<LeakyReluFunction>("leaky-relu", "x above 0, else 0.01 x");

    /// <summary>y = x Φ(x) with the normal distribution's Φ; f′ = Φ(x) + x φ(x), from x.</summary>
    public static Activation Gelu { get; } = new Activation<GeluFunction>("gelu", "x Φ(x)");

    /// <summary>y = x where x &gt; 0, else eˣ − 1; f′ = 1 where y &gt; 0, else y + 1.</summary>
    public static Activation Elu { get; } = new Activation<EluFunction>("elu", "x above 0, else eˣ − 1");

    /// <summary>y = x σ(x); f′ = σ(x)(1 + x(1 − σ(x))), from x.</summary>
    public static Activation Silu { get; } = new Activation<SiluFunction>("silu", "x/(1 + e⁻ˣ)");

    /// <summary>y = log(1 + eˣ); f′ = σ(x), from x.</summary>
    public static Activation Softplus { get; } = new Activation<SoftplusFunction>("softplus", "log(1 + eˣ)");

    /// <summary>Every activation that comes along.</summary>
    public static IReadOnlyList<Activation> All { get; } = [Identity, Relu, Tanh, Sigmoid, LeakyRelu, Gelu, Elu, Silu, Softplus];

    /// <summary>What a person calls it.</summary>
    public string Name { get; }

    /// <summary>f(x), for a person.</summary>
    public string Formula { get; }

    /// <summary>Whether f′ is computed from x, which then has to be kept, not from y.</summary>
    public bool DerivativeNeedsInput { get; }

    /// <summary>An activation of one's own. The CPU computes it a number at a time.</summary>
    /// <typeparam name="TFunction">f.</typeparam>
    /// <param name="name">What a person calls it.</param>
    /// <param name="formula">f(x), for a person.</param>
    public static Activation Of<TFunction>(string name, string formula = "")
        where TFunction : struct, IActivationFunction => new Activation<ElementByElement<TFunction>>(name, formula);

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>f(x) in float32, on the host.</summary>
    public abstract float Apply(float x);

    /// <summary>f′ in float32, on the host, from what <see cref="DerivativeNeedsInput"/> says.</summary>
    public abstract float Derivative(float saved);

    internal abstract TResult Accept<TVisitor, TResult>(TVisitor visitor, bool derivative)
        where TVisitor : IEpilogueVisitor<TResult>;
}

/// <summary>An activation as kernels know it.</summary>
internal sealed class Activation<TFunction>(string name, string formula)
    : Activation(name, formula, TFunction.DerivativeNeedsInput)
    where TFunction : struct, IVectorActivation
{
    public override float Apply(float x) => TFunction.Apply(x);

    public override float Derivative(float saved) => TFunction.Derivative(saved);

    internal override TResult Accept<TVisitor, TResult>(TVisitor visitor, bool derivative) =>
        derivative ? visitor.Derivative<TFunction>() : visitor.Activation<TFunction>();
}

/// <summary>The same function for a vector.</summary>
internal interface IVectorActivation : IActivationFunction
{
    /// <summary>f(x) of each lane.</summary>
    static abstract V Apply<S, V>(V x)
        where S : ISimd<V>
        where V : unmanaged;

    /// <summary>f′ of each lane.</summary>
    static abstract V Derivative<S, V>(V saved)
        where S : ISimd<V>
        where V : unmanaged;
}

/// <summary>A function that has no form for vectors.</summary>
internal readonly struct ElementByElement<TFunction> : IVectorActivation
    where TFunction : struct, IActivationFunction
{
    public static bool DerivativeNeedsInput => TFunction.DerivativeNeedsInput;

    public static float Apply(float x) => TFunction.Apply(x);

    public static float Derivative(float saved) => TFunction.Derivative(saved);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static unsafe V Apply<S, V>(V x)
        where S : ISimd<V>
        where V : unmanaged
    {
        float* lanes = stackalloc float[S.Lanes];
        S.Store(x, lanes);
        for (int lane = 0; lane < S.Lanes; lane++)
            lanes[lane] = TFunction.Apply(lanes[lane]);
        return S.Load(lanes);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static unsafe V Derivative<S, V>(V saved)
        where S : ISimd<V>
        where V : unmanaged
    {
        float* lanes = stackalloc float[S.Lanes];
        S.Store(saved, lanes);
        for (int lane = 0; lane < S.Lanes; lane++)
            lanes[lane] = TFunction.Derivative(lanes[lane]);
        return S.Load(lanes);
    }
}
