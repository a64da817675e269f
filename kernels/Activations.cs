namespace GpuVae.Kernels;

/// <summary>The function that follows a product, y = f(x), applied to each element.</summary>
public enum Activation
{
    /// <summary>y = x; f′ = 1.</summary>
    Identity,

    /// <summary>y = max(x, 0); f′ = 1 where y &gt; 0, else 0.</summary>
    Relu,

    /// <summary>y = tanh x; f′ = 1 − y².</summary>
    Tanh,

    /// <summary>y = 1 / (1 + e⁻ˣ); f′ = y (1 − y).</summary>
    Sigmoid,
}

/// <summary>
/// The function −log p(x | z) of a decoder's outputs, summed over pixels, in nats. Its gradient is with respect
/// to those outputs.
/// </summary>
public enum Likelihood
{
    /// <summary>
    /// Outputs are logits ℓ: max(ℓ, 0) − ℓx + log(1 + e^−|ℓ|); gradient σ(ℓ) − x. This form overflows for no ℓ.
    /// </summary>
    Bernoulli,

    /// <summary>Outputs are means x̂ at σ = 1: ½(x − x̂)², without the constant ½ log 2π; gradient x̂ − x.</summary>
    Gaussian,

    /// <summary>
    /// Outputs are means x̂ at scale b = 1: |x − x̂|, without the constant log 2; gradient sign(x̂ − x), 0 where they meet.
    /// </summary>
    Laplace,
}

/// <summary>How a byte 0…255 becomes the number that a model sees.</summary>
public enum PixelEncoding
{
    /// <summary>x = p: byte / 255, or the number as it is.</summary>
    Scaled,

    /// <summary>x = 1 where p &gt; ½, else 0: for bytes, from 128.</summary>
    Threshold,

    /// <summary>
    /// x = 1 with probability p, drawn afresh at every step (Burda, Grosse and Salakhutdinov 2016).
    /// </summary>
    Resampled,
}
