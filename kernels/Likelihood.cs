using System.Runtime.CompilerServices;
using GpuVae.Kernels.Cpu;

namespace GpuVae.Kernels;

/// <summary>
/// −log p(target | output) of one number in nats and its derivative by the output, both at once since they mostly share
/// their costly part. A struct without fields; every device compiles it.
/// </summary>
/// <remarks>See <see cref="IActivationFunction"/> for what the method may use.</remarks>
public interface ILikelihoodFunction
{
    /// <summary>The loss of one number, and ∂loss/∂output.</summary>
    static abstract (float Loss, float Gradient) Evaluate(float output, float target);
}

/// <summary>
/// The function −log p(x | z) of a decoder's outputs, summed over pixels, in nats. Its gradient is with respect
/// to those outputs.
/// </summary>
public abstract class Likelihood
{
    private protected Likelihood(string name) => Name = name;

    /// <summary>
    /// Outputs are logits ℓ: max(ℓ, 0) − ℓx + log(1 + e^−|ℓ|); gradient σ(ℓ) − x. This form overflows for no ℓ.
    /// </summary>
    public static Likelihood Bernoulli { get; } = new Likelihood<BernoulliFunction>("bernoulli");

    /// <summary>Outputs are means x̂ at σ = 1: ½(x − x̂)², without the constant ½ log 2π; gradient x̂ − x.</summary>
    public static Likelihood Gaussian { get; } = new Likelihood<GaussianFunction>("gaussian");

    /// <summary>
    /// Outputs are means x̂ at scale b = 1: |x − x̂|, without the constant log 2; gradient sign(x̂ − x), 0 where they meet.
    /// </summary>
    public static Likelihood Laplace { get; } = new Likelihood<LaplaceFunction>("laplace");

    /// <summary>Every likelihood that comes along.</summary>
    public static IReadOnlyList<Likelihood> All { get; } = [Bernoulli, Gaussian, Laplace];

    /// <summary>What a person calls it.</summary>
    public string Name { get; }

    /// <summary>A likelihood of one's own. The CPU computes it a number at a time.</summary>
    /// <typeparam name="TFunction">−log p and its derivative.</typeparam>
    /// <param name="name">What a person calls it.</param>
    public static Likelihood Of<TFunction>(string name)
        where TFunction : struct, ILikelihoodFunction => new Likelihood<LikelihoodByElement<TFunction>>(name);

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>The loss of one number and ∂loss/∂output in float32, on the host.</summary>
    public abstract (float Loss, float Gradient) Evaluate(float output, float target);

    internal abstract TResult Accept<TVisitor, TResult>(TVisitor visitor)
        where TVisitor : IEpilogueVisitor<TResult>;
}

/// <summary>A likelihood as kernels know it.</summary>
internal sealed class Likelihood<TFunction>(string name) : Likelihood(name)
    where TFunction : struct, IVectorLikelihood
{
    public override (float Loss, float Gradient) Evaluate(float output, float target) =>
        TFunction.Evaluate(output, target);

    internal override TResult Accept<TVisitor, TResult>(TVisitor visitor) => visitor.Likelihood<TFunction>();
}

/// <summary>The same function for a vector.</summary>
internal interface IVectorLikelihood : ILikelihoodFunction
{
    /// <summary>Whether the vectors' <c>Evaluate</c> has a factor.</summary>
    static virtual bool HasFactor => false;

    /// <summary>
    /// Of each lane ∂loss/∂output, and the loss in two parts: what is returned, to be added up, and a factor in [1, 2] whose
    /// logarithm is the rest, so that a whole row of pixels needs a single logarithm, of the product of their factors.
    /// </summary>
    static abstract V Evaluate<S, V>(V output, V target, out V gradient, out V factor)
        where S : ISimd<V>
        where V : unmanaged;
}

/// <summary>A likelihood that has no form for vectors.</summary>
internal readonly struct LikelihoodByElement<TFunction> : IVectorLikelihood
    where TFunction : struct, ILikelihoodFunction
{
    public static (float Loss, float Gradient) Evaluate(float output, float target) => TFunction.Evaluate(output, target);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static unsafe V Evaluate<S, V>(V output, V target, out V gradient, out V factor)
        where S : ISimd<V>
        where V : unmanaged
    {
        float* outputs = stackalloc float[S.Lanes];
        float* targets = stackalloc float[S.Lanes];
        S.Store(output, outputs);
        S.Store(target, targets);
        for (int lane = 0; lane < S.Lanes; lane++)
            (targets[lane], outputs[lane]) = TFunction.Evaluate(outputs[lane], targets[lane]);
        gradient = S.Load(outputs);
        factor = S.Zero;
        return S.Load(targets);
    }
}
