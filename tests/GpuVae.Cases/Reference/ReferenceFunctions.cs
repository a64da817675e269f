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
        _activations.TryGetValue(activation, out var function) ? function.Apply(x) : activation.Apply((float)x);

    /// <summary>f′ as a function of what <see cref="Activation.DerivativeNeedsInput"/> says.</summary>
    public static double Derivative(Activation activation, double saved) =>
        _activations.TryGetValue(activation, out var function)
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
}
