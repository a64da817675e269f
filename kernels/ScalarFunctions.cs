namespace GpuVae.Kernels;

// The functions of Activations.cs for one number, as types: a kernel takes one as a type parameter, so that it is
// compiled for that function and holds no branch. They are built from Exp alone, for two reasons: a GPU's own tanh is
// good to 2⁻¹¹ only, and its log loses every digit near 1. A comparison is written so that NaN passes through: a
// model that diverges must show it.

/// <summary>y = f(x), and f′ as a function of y.</summary>
internal interface IActivationFunction
{
    /// <summary>f(x).</summary>
    static abstract float Apply(float x);

    /// <summary>f′(x) where <paramref name="y"/> = f(x).</summary>
    static abstract float Derivative(float y);
}

/// <summary>−log p(target | output) of one pixel in nats, and its derivative by the output.</summary>
internal interface ILikelihoodFunction
{
    /// <summary>Both at once, since they share the exponential.</summary>
    static abstract (float Loss, float Gradient) Evaluate(float output, float target);
}

/// <summary>y = x.</summary>
internal readonly struct IdentityFunction : IActivationFunction
{
    public static float Apply(float x) => x;

    public static float Derivative(float y) => 1f;
}

/// <summary>y = max(x, 0).</summary>
internal readonly struct ReluFunction : IActivationFunction
{
    public static float Apply(float x) => x < 0f ? 0f : x;

    public static float Derivative(float y) => y > 0f ? 1f : 0f;
}

/// <summary>
/// y = tanh x = ±(1 − t)/(1 + t) with t = e^−2|x|; below 0.3, where 1 − t loses digits, the series
/// x − x³/3 + 2x⁵/15 − 17x⁷/315 + 62x⁹/2835.
/// </summary>
internal readonly struct TanhFunction : IActivationFunction
{
    public static float Apply(float x)
    {
        float magnitude = MathF.Abs(x);
        float t = MathF.Exp(-2f * magnitude);
        float large = (1f - t) / (1f + t);
        float square = x * x;
        float series = (-17f / 315f) + (square * (62f / 2835f));
        series = (2f / 15f) + (square * series);
        series = (-1f / 3f) + (square * series);
        float small = magnitude + (magnitude * square * series);
        float y = magnitude < 0.3f ? small : large;
        return x < 0f ? -y : y;
    }

    public static float Derivative(float y) => 1f - (y * y);
}

/// <summary>y = 1/(1 + e⁻ˣ), from e^−|x|, which does not overflow.</summary>
internal readonly struct SigmoidFunction : IActivationFunction
{
    public static float Apply(float x)
    {
        float e = MathF.Exp(-MathF.Abs(x));
        return (x < 0f ? e : 1f) / (1f + e);
    }

    public static float Derivative(float y) => y * (1f - y);
}

/// <summary>max(ℓ, 0) − ℓx + log(1 + e^−|ℓ|) and σ(ℓ) − x.</summary>
internal readonly struct BernoulliFunction : ILikelihoodFunction
{
    public static (float Loss, float Gradient) Evaluate(float output, float target)
    {
        float e = MathF.Exp(-MathF.Abs(output));
        float positive = output < 0f ? 0f : output;
        float sigmoid = (output < 0f ? e : 1f) / (1f + e);
        return (positive - (output * target) + LogOnePlus(e), sigmoid - target);
    }

    /// <summary>
    /// log(1 + e) for 0 ≤ e ≤ 1 as 2 artanh(s) with s = e/(2 + e) ≤ 1/3: 2s (1 + s²/3 + s⁴/5 + … + s¹⁴/15). The first
    /// term left out is below 2⁻²⁹ of the sum, and small e keeps all its digits.
    /// </summary>
    private static float LogOnePlus(float e)
    {
        float s = e / (2f + e);
        float square = s * s;
        float series = (1f / 13f) + (square * (1f / 15f));
        series = (1f / 11f) + (square * series);
        series = (1f / 9f) + (square * series);
        series = (1f / 7f) + (square * series);
        series = (1f / 5f) + (square * series);
        series = (1f / 3f) + (square * series);
        series = 1f + (square * series);
        return 2f * s * series;
    }
}

/// <summary>½(x − x̂)² and x̂ − x.</summary>
internal readonly struct GaussianFunction : ILikelihoodFunction
{
    public static (float Loss, float Gradient) Evaluate(float output, float target)
    {
        float difference = output - target;
        return (0.5f * difference * difference, difference);
    }
}
