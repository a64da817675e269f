using GpuVae.Kernels;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Kernels;

/// <summary>Activations and likelihoods as functions: where they are steep, flat, or could overflow.</summary>
[Collection(nameof(Backends))]
public sealed class EpilogueTests(Backends backends)
{
    private const double U = Tolerance.UnitRoundoff;

    private static readonly float[] Extremes =
    [
        0, 1e-30f, -1e-30f, 1e-4f, -1e-4f, 0.3f, -0.3f, 1, -1, 5, -5, 9.5f, -9.5f, 20, -20, 88, -88, 89, -89, 100, -100,
        1e4f, -1e4f, 3e18f, -3e18f,
    ];

    public static MatrixTheoryData<string, Activation> EveryActivation =>
        new(Backends.Names.Select(row => row.Data), Enum.GetValues<Activation>());

    public static MatrixTheoryData<string, Likelihood> EveryLikelihood =>
        new(Backends.Names.Select(row => row.Data), Enum.GetValues<Likelihood>());

    [Theory]
    [MemberData(nameof(EveryActivation))]
    public void Activation_is_right_at_every_size_of_its_argument(string backend, Activation activation)
    {
        float[] values = Activate(backends.Open(backend), activation, Extremes);
        for (int i = 0; i < Extremes.Length; i++)
        {
            double expected = ReferenceEpilogue.Activate(activation, Extremes[i]);
            Assert.Equal(expected, values[i], Bound(expected));
        }
    }

    [Theory]
    [MemberData(nameof(EveryLikelihood))]
    public void Loss_and_gradient_are_right_at_every_size_of_the_output(string backend, Likelihood likelihood)
    {
        float[] targets = [0, 0.25f, 0.5f, 1];
        float[] outputs = [.. Extremes.SelectMany(output => Enumerable.Repeat(output, targets.Length))];
        float[] repeated = [.. Extremes.SelectMany(_ => targets)];
        (float[] losses, float[] gradients) = Judge(backends.Open(backend), likelihood, outputs, repeated);
        for (int i = 0; i < outputs.Length; i++)
        {
            double loss = ReferenceEpilogue.Loss(likelihood, outputs[i], repeated[i]);
            double gradient = ReferenceEpilogue.Gradient(likelihood, outputs[i], repeated[i]);
            // ℓx is rounded before it is taken from max(ℓ, 0).
            Assert.Equal(loss, losses[i], Bound(loss) + (2 * U * Math.Abs(outputs[i])));
            Assert.Equal(gradient, gradients[i], Bound(gradient));
        }
    }

    [Theory]
    [MemberData(nameof(EveryLikelihood))]
    public void Output_that_is_not_a_number_shows_in_the_loss(string backend, Likelihood likelihood)
    {
        (float[] losses, _) = Judge(backends.Open(backend), likelihood, [float.NaN, float.NaN, 1], [0, 1, 1]);
        Assert.Equal([true, true, false], losses.Select(float.IsNaN));
    }

    [Theory]
    [InlineData(Activation.Identity)]
    [InlineData(Activation.Relu)]
    [InlineData(Activation.Tanh)]
    [InlineData(Activation.Sigmoid)]
    public void Derivative_is_the_slope_of_the_activation(Activation activation)
    {
        const double Step = 1e-5;
        foreach (double x in (double[])[-20, -3, -0.7, -1e-3, 1e-3, 0.2, 1, 4, 20])
        {
            double above = ReferenceEpilogue.Activate(activation, x + Step);
            double slope = (above - ReferenceEpilogue.Activate(activation, x - Step)) / (2 * Step);
            double derivative = ReferenceEpilogue.Derivative(activation, ReferenceEpilogue.Activate(activation, x));
            Assert.Equal(slope, derivative, 1e-9);
        }
        if (activation == Activation.Relu)
            Assert.Equal(0, ReferenceEpilogue.Derivative(activation, 0));
    }

    [Theory]
    [InlineData(Likelihood.Bernoulli)]
    [InlineData(Likelihood.Gaussian)]
    [InlineData(Likelihood.Laplace)]
    public void Gradient_is_the_slope_of_the_loss(Likelihood likelihood)
    {
        const double Step = 1e-4;
        using var reference = new ReferenceBackend();
        using var workspace = new CaseWorkspace(reference, 1, ViewPlacement.Aligned);
        View<float> zero = workspace.Source(1, 1, [0f]), output = workspace.Source(1, 1, [0f]);
        View<float> target = workspace.Source(1, 1, [0f]);
        View<float> loss = workspace.Destination("loss", 1, 1, Tolerance.Exact);
        View<float> gradient = workspace.Destination("c", 1, 1, Tolerance.Exact);
        double LossAt(double x)
        {
            ReferenceBackend.Write([x], output);
            Epilogue epilogue = Epilogue.NegativeLogLikelihood(output, target, likelihood, 0.25f, loss);
            reference.Multiply(Orientation.NT, zero, zero, epilogue, gradient);
            return ReferenceBackend.Read(loss)[0];
        }

        foreach (double wanted in (double[])[0, 0.3, 1])
        {
            ReferenceBackend.Write([wanted], target);
            foreach (double x in (double[])[-1e4, -100, -7, -0.5, 0.01, 2, 30, 100, 1e4])
            {
                double slope = 0.25 * (LossAt(x + Step) - LossAt(x - Step)) / (2 * Step);
                LossAt(x);
                // The loss has 16 digits, of which the division by the step leaves 12.
                Assert.Equal(slope, ReferenceBackend.Read(gradient)[0], 1e-8 * (1 + Math.Abs(x)));
            }
        }
    }

    [Fact]
    public void Bernoulli_loss_is_the_cross_entropy()
    {
        foreach (double probability in (double[])[0.01, 0.3, 0.5, 0.9])
        {
            double logit = Math.Log(probability / (1 - probability));
            foreach (double x in (double[])[0, 0.2, 1])
            {
                double entropy = -(x * Math.Log(probability)) - ((1 - x) * Math.Log(1 - probability));
                Assert.Equal(entropy, ReferenceEpilogue.Loss(Likelihood.Bernoulli, logit, x), 1e-12);
            }
        }
    }

    private static double Bound(double expected) => 16 * U * Math.Max(1, Math.Abs(expected));

    private static float[] Activate(IBackend backend, Activation activation, float[] arguments)
    {
        using var workspace = new CaseWorkspace(backend, 1, ViewPlacement.Aligned);
        View<float> one = workspace.Source(1, 1, [1f]), zero = workspace.Source(1, 1, [0f]);
        View<float> a = workspace.Source(arguments.Length, 1, arguments);
        View<float> c = workspace.Destination("c", arguments.Length, 1, Tolerance.Exact);
        backend.Multiply(Orientation.NT, a, one, Epilogue.BiasActivation(zero, activation), c);
        return backend.Read(c);
    }

    private static (float[] Losses, float[] Gradients) Judge(
        IBackend backend, Likelihood likelihood, float[] outputs, float[] targets)
    {
        int rows = outputs.Length;
        using var workspace = new CaseWorkspace(backend, 1, ViewPlacement.Aligned);
        View<float> one = workspace.Source(1, 1, [1f]), zero = workspace.Source(1, 1, [0f]);
        View<float> a = workspace.Source(rows, 1, outputs), target = workspace.Source(rows, 1, targets);
        View<float> loss = workspace.Destination("loss", 1, rows, Tolerance.Exact);
        View<float> c = workspace.Destination("c", rows, 1, Tolerance.Exact);
        backend.Multiply(Orientation.NT, a, one, Epilogue.NegativeLogLikelihood(zero, target, likelihood, 1, loss), c);
        return (backend.Read(loss), backend.Read(c));
    }
}
