using GpuVae.Cases;
using GpuVae.Cases.Reference;
using GpuVae.Kernels;
using GpuVae.Tests.Models;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Kernels;

/// <summary>Functions that no kernel was written for run on every device, in products and alone.</summary>
[Collection(nameof(TestDevices))]
public sealed class OutsideFunctionTests(TestDevices devices)
{
    private const int Rows = 6, Columns = 35, Depth = 4;
    private const double U = Tolerance.UnitRoundoff;

    private static readonly Activation _swish = Activation.Of<SwishFunction>("swish");
    private static readonly Likelihood _huber = Likelihood.Of<HuberFunction>("huber");

    public static TheoryData<string> Names => [.. SmallModels.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Activation_follows_a_product_on_every_device(string name)
    {
        IDevice device = SmallModels.Open(devices, name);
        using var workspace = new CaseWorkspace(device, 2, ViewPlacement.Odd);
        View<float> a = workspace.Source(Rows, Depth, -3, 3), b = workspace.Source(Columns, Depth, -3, 3);
        View<float> bias = workspace.Source(1, Columns), saved = workspace.Source(Rows, Columns, -5, 5);
        View<float> sums = workspace.Destination("S", Rows, Columns, Tolerance.Exact);
        View<float> y = workspace.Destination("y", Rows, Columns, Tolerance.Exact);
        device.Run(new Multiply(Orientation.NT, a, b, Epilogue.Store, sums));
        float[] s = device.Read(sums), biases = device.Read(bias), kept = device.Read(saved);
        device.Run(new Multiply(Orientation.NT, a, b, Epilogue.BiasActivation(bias, _swish), y));
        AssertNear(s.Select((sum, i) => Swish(sum + biases[i % Columns])), device.Read(y));
        device.Run(new Multiply(Orientation.NT, a, b, Epilogue.Derivative(saved, _swish), y));
        AssertNear(s.Select((sum, i) => sum * Slope(kept[i])), device.Read(y));
        Assert.True(_swish.DerivativeNeedsInput);
        Assert.Equal("swish", $"{_swish}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Likelihood_follows_a_product_on_every_device(string name)
    {
        IDevice device = SmallModels.Open(devices, name);
        using var workspace = new CaseWorkspace(device, 2, ViewPlacement.Odd);
        View<float> a = workspace.Source(Rows, Depth), b = workspace.Source(Columns, Depth);
        View<float> bias = workspace.Source(1, Columns), target = workspace.Source(Rows, Columns, 0, 1);
        View<float> sums = workspace.Destination("S", Rows, Columns, Tolerance.Exact);
        View<float> c = workspace.Destination("c", Rows, Columns, Tolerance.Exact);
        View<float> loss = workspace.Destination("loss", 1, Rows, Tolerance.Exact);
        device.Run(new Multiply(Orientation.NT, a, b, Epilogue.Store, sums));
        float[] s = device.Read(sums), biases = device.Read(bias), targets = device.Read(target);
        double[] differences = [.. s.Select((sum, i) => (double)sum + biases[i % Columns] - targets[i])];
        device.Run(new Multiply(
            Orientation.NT, a, b, Epilogue.NegativeLogLikelihood(target, _huber, 0.5f, loss).WithBias(bias), c));
        AssertNear(differences.Select(difference => 0.5 * Math.Clamp(difference, -1, 1)), device.Read(c));
        AssertNear(
            differences.Chunk(Columns).Select(row => row.Sum(difference => Huber(Math.Abs(difference)))),
            device.Read(loss));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Functions_are_applied_alone_on_every_device(string name)
    {
        IDevice device = SmallModels.Open(devices, name);
        using var workspace = new CaseWorkspace(device, 2, ViewPlacement.Odd);
        View<float> s = workspace.Source(Rows, Columns, -5, 5), target = workspace.Source(Rows, Columns, 0, 1);
        View<float> c = workspace.Destination("c", Rows, Columns, Tolerance.Exact);
        View<float> loss = workspace.Destination("loss", 1, Rows, Tolerance.Exact);
        float[] sums = device.Read(s), targets = device.Read(target);
        device.Run(new ApplyEpilogue(s, Epilogue.Activate(_swish), c));
        AssertNear(sums.Select(sum => Swish(sum)), device.Read(c));
        device.Run(new ApplyEpilogue(s, Epilogue.Derivative(s, _swish), c));
        AssertNear(sums.Select(sum => sum * Slope(sum)), device.Read(c));
        device.Run(new ApplyEpilogue(s, Epilogue.NegativeLogLikelihood(target, _huber, 0.5f, loss), c));
        AssertNear(sums.Select((sum, i) => 0.5 * Math.Clamp((double)sum - targets[i], -1, 1)), device.Read(c));
        AssertNear(
            sums.Select((sum, i) => Huber(Math.Abs((double)sum - targets[i]))).Chunk(Columns).Select(row => row.Sum()),
            device.Read(loss));
    }

    [Fact]
    public void Reference_has_every_function_of_the_library_in_double_precision()
    {
        Assert.All(Activation.All, activation => Assert.True(ReferenceFunctions.Knows(activation), activation.Name));
        Assert.All(Likelihood.All, likelihood => Assert.True(ReferenceFunctions.Knows(likelihood), likelihood.Name));
        Assert.False(ReferenceFunctions.Knows(_swish));
        Assert.False(ReferenceFunctions.Knows(_huber));
    }

    private static double Swish(double x) => x / (1 + Math.Exp(-x));

    private static double Slope(double x)
    {
        double sigmoid = 1 / (1 + Math.Exp(-x));
        return sigmoid + (x * sigmoid * (1 - sigmoid));
    }

    private static double Huber(double distance) => distance < 1 ? 0.5 * distance * distance : distance - 0.5;

    private static void AssertNear(IEnumerable<double> expected, float[] actual) =>
        Assert.All(
            expected.Zip(actual),
            pair => Assert.Equal(pair.First, pair.Second, 64 * U * (1 + Math.Abs(pair.First))));

    /// <summary>y = x σ(x).</summary>
    private readonly struct SwishFunction : IActivationFunction
    {
        public static bool DerivativeNeedsInput => true;

        public static float Apply(float x) => x / (1f + MathF.Exp(-x));

        public static float Derivative(float saved)
        {
            float sigmoid = 1f / (1f + MathF.Exp(-saved));
            return sigmoid + (saved * sigmoid * (1f - sigmoid));
        }
    }

    /// <summary>½ d² near the target, and |d| − ½ far from it.</summary>
    private readonly struct HuberFunction : ILikelihoodFunction
    {
        public static (float Loss, float Gradient) Evaluate(float output, float target)
        {
            float difference = output - target, distance = MathF.Abs(difference);
            return distance < 1f
                ? (0.5f * difference * difference, difference)
                : (distance - 0.5f, difference < 0f ? -1f : 1f);
        }
    }
}
