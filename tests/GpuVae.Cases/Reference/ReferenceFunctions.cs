using GpuVae.Kernels;

namespace GpuVae.Cases.Reference;

/// <summary>
/// Activations and likelihoods in double precision; functions that are not listed here, as they are, in float32.
/// </summary>
public static class ReferenceFunctions
{
    private static readonly Dictionary<Activation, (Func<double, double> Apply, Func<double, double> Derivative)>
        _activations = new()
        {
            [Activation.Identity] = (x => x, _ => 1),
            [Activation.Relu] = (x => Math.Max(x, 0), y => y > 0 ? 1 : 0),
            [Activation.Tanh] = (Math.Tanh, y => 1 - (y * y)),
            [Activation.Sigmoid] = (Logistic, y => y * (1 - y)),
            [Activation.Softplus] = (x => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x))), Logistic),
            [Activation.Silu] = (
                x => x * Logistic(x), x => Logistic(x) * (1 + (x * (1 - Logistic(x))))),
            [Activation.Elu] = (x => x > 0 ? x : Math.Exp(x) - 1, y => y > 0 ? 1 : y + 1),
            [Activation.Gelu] = (
                x => x * Normal(x), x => Normal(x) + (x * Math.Exp(-0.5 * x * x) / Math.Sqrt(2 * Math.PI))),
            [Activation.LeakyRelu] = (x => x > 0 ? x : 0.01f * x, y => y > 0 ? 1 : 0.01f),
        };

    /// <summary>Those that a likelihood keeps to itself, by their names.</summary>
    private static readonly Dictionary<string, (Func<double, double> Apply, Func<double, double> Derivative)> _named = new()
    {
        ["clamp"] = (x => Math.Clamp(x, 0, 1), y => y is > 0 and < 1 ? 1 : 0),
    };

    private static readonly Dictionary<Likelihood, Func<double, double, (double Loss, double Gradient)>>
        _likelihoods = new()
        {
            [Likelihood.Bernoulli] = (output, target) =>
                (Math.Max(output, 0) - (output * target) + Math.Log(1 + Math.Exp(-Math.Abs(output))),
                Logistic(output) - target),
            [Likelihood.Gaussian] = (output, target) =>
                (0.5 * (target - output) * (target - output), output - target),
            [Likelihood.Laplace] = (output, target) =>
                (Math.Abs(target - output), output > target ? 1 : output < target ? -1 : 0),
        };

    /// <summary>Whether the function stands here in double precision.</summary>
    public static bool Knows(Activation activation) => _activations.ContainsKey(activation);

    /// <summary>Whether the function stands here in double precision.</summary>
    public static bool Knows(Likelihood likelihood) => _likelihoods.ContainsKey(likelihood);

    /// <summary>y = f(x).</summary>
    public static double Activate(Activation activation, double x) =>
        _activations.TryGetValue(activation, out var function) || _named.TryGetValue(activation.Name, out function)
            ? function.Apply(x)
            : activation.Apply((float)x);

    /// <summary>f′ as a function of what <see cref="Activation.DerivativeNeedsInput"/> says.</summary>
    public static double Derivative(Activation activation, double saved) =>
        _activations.TryGetValue(activation, out var function) || _named.TryGetValue(activation.Name, out function)
            ? function.Derivative(saved)
            : activation.Derivative((float)saved);

    /// <summary>−log p(target | output) in nats.</summary>
    public static double Loss(Likelihood likelihood, double output, double target) =>
        Evaluate(likelihood, output, target).Loss;

    /// <summary>∂loss/∂output.</summary>
    public static double Gradient(Likelihood likelihood, double output, double target) =>
        Evaluate(likelihood, output, target).Gradient;

    private static (double Loss, double Gradient) Evaluate(Likelihood likelihood, double output, double target) =>
        _likelihoods.TryGetValue(likelihood, out var function)
            ? function(output, target)
            : likelihood.Evaluate((float)output, (float)target);

    private static double Logistic(double x) => 1 / (1 + Math.Exp(-x));

    /// <summary>
    /// Φ(x) of the normal distribution: ½ + φ(x)(x + x³/3 + x⁵/15 + …) near 0, where no term cancels, and in the tails by the
    /// continued fraction Φ(−t) = φ(t)/(t + 1/(t + 2/(t + 3/…))).
    /// </summary>
    private static double Normal(double x)
    {
        double size = Math.Abs(x), density = Math.Exp(-0.5 * x * x) / Math.Sqrt(2 * Math.PI);
        if (size > 3)
        {
            double fraction = size;
            for (int n = 100; n > 0; n--)
                fraction = size + (n / fraction);
            return x < 0 ? density / fraction : 1 - (density / fraction);
        }
        double term = x, sum = x;
        for (int n = 3; n < 200; n += 2)
            sum += term *= x * x / n;
        return 0.5 + (density * sum);
    }
}
