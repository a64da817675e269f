using GpuVae.Cases;
using GpuVae.Cases.Reference;
using GpuVae.Kernels;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Kernels;

[Collection(nameof(TestDevices))]
public sealed class AdamTests(TestDevices devices)
{
    private const double LearningRate = 0.001;

    private static readonly float[] _gradients = [1, -2, 3, 0, 0.5f];

    // Algorithm 1 of the paper from θ = 0.5 over these gradients, worked out apart from this program.
    private static readonly double[] _expected =
        [0.49900000001, 0.4993661035347208, 0.49902286245601735, 0.49874170025011444, 0.49843381484251736];

    [Theory]
    [MemberData(nameof(TestDevices.Names), MemberType = typeof(TestDevices))]
    public void Steps_agree_with_the_reference(string device) =>
        OperationChecks.Check(devices.Open(device), nameof(Adam));

    [Fact]
    public void Reference_follows_the_algorithm_of_the_paper()
    {
        using var reference = new ReferenceDevice();
        double[] parameters = [.. Follow(reference, ReferenceDevice.Read)];
        // The constants of the settings are float32: β₁ and β₂ differ from 0.9 and 0.999 in the eighth digit.
        Assert.All(_expected.Zip(parameters), pair => Assert.Equal(pair.First, pair.Second, 1e-10));
    }

    [Theory]
    [MemberData(nameof(TestDevices.Names), MemberType = typeof(TestDevices))]
    public void Steps_follow_the_algorithm_of_the_paper(string name)
    {
        IDevice device = devices.Open(name);
        double[] parameters = [.. Follow(device, view => [.. device.Read(view).Select(value => (double)value)])];
        // Five steps of 0.001 at most, each rounded where θ is 0.5.
        Assert.All(_expected.Zip(parameters), pair => Assert.Equal(pair.First, pair.Second, 5 * Tolerance.UnitRoundoff));
    }

    [Theory]
    [MemberData(nameof(TestDevices.Names), MemberType = typeof(TestDevices))]
    public void Parameter_without_gradient_stays_as_it_is(string name)
    {
        IDevice device = devices.Open(name);
        using var workspace = new CaseWorkspace(device, 1, ViewPlacement.Odd);
        View<float> first = workspace.Destination("firstMoment", 1, 17, Tolerance.Exact, new float[17]);
        View<float> second = workspace.Destination("secondMoment", 1, 17, Tolerance.Exact, new float[17]);
        float[] initial = workspace.Random(17, u => u);
        View<float> parameters = workspace.Destination("parameters", 1, 17, Tolerance.Exact, initial);
        device.Run(new Adam(
            workspace.Source(1, 17, new float[17]), workspace.Source(1, Schedule.Columns, [0.01f, 31.6f, 1, 0]),
            workspace.Source(1, Counter.Count, [0, 0]), AdamSettings.Default, first, second, parameters));
        Assert.Equal(initial, device.Read(parameters));
    }

    private static List<double> Follow(IDevice device, Func<View<float>, double[]> read)
    {
        using var workspace = new CaseWorkspace(device, 1, ViewPlacement.Aligned);
        int steps = _gradients.Length;
        AdamSettings settings = AdamSettings.Default;
        double[] schedule = [.. Enumerable.Range(1, steps).SelectMany(t => (double[])
            [LearningRate / (1 - Math.Pow(settings.Beta1, t)), 1 / Math.Sqrt(1 - Math.Pow(settings.Beta2, t)), 1, 0])];
        float[] rounded = Array.ConvertAll(schedule, value => (float)value);
        View<float> rates = workspace.Source(steps, Schedule.Columns, rounded);
        if (device is ReferenceDevice)
            ReferenceDevice.Write(schedule, rates);
        View<int> counters = workspace.Destination("counters", 1, Counter.Count, Tolerance.Exact, [0, 700]);
        View<float> first = workspace.Destination("firstMoment", 1, 1, Tolerance.Exact, [0f]);
        View<float> second = workspace.Destination("secondMoment", 1, 1, Tolerance.Exact, [0f]);
        View<float> parameters = workspace.Destination("parameters", 1, 1, Tolerance.Exact, [0.5f]);
        List<double> sequence = [];
        foreach (float gradient in _gradients)
        {
            device.Run(new Adam(
                workspace.Source(1, 1, [gradient]), rates, counters, settings, first, second, parameters));
            device.Run(new Advance(counters));
            sequence.Add(read(parameters)[0]);
        }
        return sequence;
    }
}
