using GpuVae.Cases;
using GpuVae.Cases.Reference;
using GpuVae.Kernels;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Kernels;

/// <summary>Activations and likelihoods as functions: where they are steep, flat, or could overflow.</summary>
[Collection(nameof(TestDevices))]
public sealed class EpilogueTests(TestDevices devices)
{
    private const double U = Tolerance.UnitRoundoff;

    private static readonly float[] _extremes =
    [
        0, 1e-30f, -1e-30f, 1e-4f, -1e-4f, 0.3f, -0.3f, 1, -1, 5, -5, 9.5f, -9.5f, 20, -20, 88, -88, 89, -89, 100, -100,
        1e4f, -1e4f, 3e18f, -3e18f,
    ];

    public static MatrixTheoryData<string, string> EveryActivation =>
        new(TestDevices.Names.Select(row => row.Data), Activation.All.Select(activation => activation.Name));

    public static MatrixTheoryData<string, string> EveryLikelihood =>
        new(TestDevices.Names.Select(row => row.Data), Likelihood.All.Select(likelihood => likelihood.Name));

    public static TheoryData<string> ActivationNames => [.. Activation.All.Select(activation => activation.Name)];

    public static TheoryData<string> LikelihoodNames => [.. Likelihood.All.Select(likelihood => likelihood.Name)];

    [Theory]
    [MemberData(nameof(EveryActivation))]
    public void Activation_is_right_at_every_size_of_its_argument(string device, string function)
    {
        Activation activation = Find(function);
        float[] values = Activate(devices.Open(device), activation, _extremes);
        for (int i = 0; i < _extremes.Length; i++)
        {
            double expected = ReferenceFunctions.Activate(activation, _extremes[i]);
            Assert.Equal(expected, values[i], Bound(expected));
        }
    }

    [Theory]
    [MemberData(nameof(EveryLikelihood))]
    public void Loss_and_gradient_are_right_at_every_size_of_the_output(string device, string function)
    {
        Likelihood likelihood = FindLikelihood(function);
        float[] targets = [0, 0.25f, 0.5f, 1];
        float[] outputs = [.. _extremes.SelectMany(output => Enumerable.Repeat(output, targets.Length))];
        float[] repeated = [.. _extremes.SelectMany(_ => targets)];
        (float[] losses, float[] gradients) = Judge(devices.Open(device), likelihood, outputs, repeated);
        for (int i = 0; i < outputs.Length; i++)
        {
            double loss = ReferenceFunctions.Loss(likelihood, outputs[i], repeated[i]);
            double gradient = ReferenceFunctions.Gradient(likelihood, outputs[i], repeated[i]);
            // ℓx is rounded before it is taken from max(ℓ, 0).
            Assert.Equal(loss, losses[i], Bound(loss) + (2 * U * Math.Abs(outputs[i])));
            Assert.Equal(gradient, gradients[i], Bound(gradient));
        }
    }

    [Theory]
    [MemberData(nameof(EveryLikelihood))]
    public void Output_that_is_not_a_number_shows_in_the_loss(string device, string function)
    {
        Likelihood likelihood = FindLikelihood(function);
        (float[] losses, _) = Judge(devices.Open(device), likelihood, [float.NaN, float.NaN, 1], [0, 1, 1]);
        Assert.Equal([true, true, false], losses.Select(float.IsNaN));
    }

    [Theory]
    [MemberData(nameof(ActivationNames))]
    public void Derivative_is_the_slope_of_the_activation(string function)
    {
        Activation activation = Find(function);
        const double Step = 1e-5;
        foreach (double x in (double[])[-20, -3, -0.7, -1e-3, 1e-3, 0.2, 1, 4, 20])
        {
            double above = ReferenceFunctions.Activate(activation, x + Step);
            double slope = (above - ReferenceFunctions.Activate(activation, x - Step)) / (2 * Step);
            double saved = activation.DerivativeNeedsInput ? x : ReferenceFunctions.Activate(activation, x);
            double derivative = ReferenceFunctions.Derivative(activation, saved);
            Assert.Equal(slope, derivative, 1e-9);
        }
        if (activation == Activation.Relu)
            Assert.Equal(0, ReferenceFunctions.Derivative(activation, 0));
    }

    [Theory]
    [MemberData(nameof(LikelihoodNames))]
    public void Gradient_is_the_slope_of_the_loss(string function)
    {
        Likelihood likelihood = FindLikelihood(function);
        const double Step = 1e-4;
        using var reference = new ReferenceDevice();
        using var workspace = new CaseWorkspace(reference, 1, ViewPlacement.Aligned);
        View<float> zero = workspace.Source(1, 1, [0f]), output = workspace.Source(1, 1, [0f]);
        View<float> target = workspace.Source(1, 1, [0f]);
        View<float> loss = workspace.Destination("loss", 1, 1, Tolerance.Exact);
        View<float> gradient = workspace.Destination("c", 1, 1, Tolerance.Exact);
        double LossAt(double x)
        {
            ReferenceDevice.Write([x], output);
            Epilogue epilogue = Epilogue.NegativeLogLikelihood(target, likelihood, 0.25f, loss).WithBias(output);
            reference.Run(new Multiply(Orientation.NT, zero, zero, epilogue, gradient));
            return ReferenceDevice.Read(loss)[0];
        }

        foreach (double wanted in (double[])[0, 0.3, 1])
        {
            ReferenceDevice.Write([wanted], target);
            foreach (double x in (double[])[-1e4, -100, -7, -0.5, 0.01, 2, 30, 100, 1e4])
            {
                double slope = 0.25 * (LossAt(x + Step) - LossAt(x - Step)) / (2 * Step);
                LossAt(x);
                // The loss has 16 digits, of which the division by the step leaves 12.
                Assert.Equal(slope, ReferenceDevice.Read(gradient)[0], 1e-8 * (1 + Math.Abs(x)));
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
                Assert.Equal(entropy, ReferenceFunctions.Loss(Likelihood.Bernoulli, logit, x), 1e-12);
            }
        }
    }

    private static Activation Find(string name) => Activation.All.Single(activation => activation.Name == name);

    private static Likelihood FindLikelihood(string name) =>
        Likelihood.All.Single(likelihood => likelihood.Name == name);

    private static double Bound(double expected) => 16 * U * Math.Max(1, Math.Abs(expected));

    private static float[] Activate(IDevice device, Activation activation, float[] arguments)
    {
        using var workspace = new CaseWorkspace(device, 1, ViewPlacement.Aligned);
        View<float> one = workspace.Source(1, 1, [1f]), zero = workspace.Source(1, 1, [0f]);
        View<float> a = workspace.Source(arguments.Length, 1, arguments);
        View<float> c = workspace.Destination("c", arguments.Length, 1, Tolerance.Exact);
        device.Run(new Multiply(Orientation.NT, a, one, Epilogue.BiasActivation(zero, activation), c));
        return device.Read(c);
    }

    private static (float[] Losses, float[] Gradients) Judge(
        IDevice device, Likelihood likelihood, float[] outputs, float[] targets)
    {
        int rows = outputs.Length;
        using var workspace = new CaseWorkspace(device, 1, ViewPlacement.Aligned);
        View<float> one = workspace.Source(1, 1, [1f]), zero = workspace.Source(1, 1, [0f]);
        View<float> a = workspace.Source(rows, 1, outputs), target = workspace.Source(rows, 1, targets);
        View<float> loss = workspace.Destination("loss", 1, rows, Tolerance.Exact);
        View<float> c = workspace.Destination("c", rows, 1, Tolerance.Exact);
        Epilogue epilogue = Epilogue.NegativeLogLikelihood(target, likelihood, 1, loss).WithBias(zero);
        device.Run(new Multiply(Orientation.NT, a, one, epilogue, c));
        return (device.Read(loss), device.Read(c));
    }
}
