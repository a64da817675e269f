using GpuVae.Cases;
using GpuVae.Kernels;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Kernels;

/// <summary>Corruptions, scales of likelihoods, and what happens to gradients and parameters beside Adam.</summary>
[Collection(nameof(TestDevices))]
public sealed class LossTests(TestDevices devices)
{
    public static TheoryData<string, string> DevicesAndOperations =>
    [
        .. from name in TestDevices.Names
           from operation in (string[])
           [
               nameof(Corrupt), nameof(ScaleLikelihood), nameof(LogScaleGradient),
               nameof(CategoricalLikelihood), nameof(DiscretizedLogistic), nameof(BetaBinomial),
               nameof(LogisticMixture), nameof(LogisticMixtureMean), nameof(Softmax), nameof(CopyColumns),
               nameof(SumSquares), nameof(ClipNorm), nameof(DecayWeights),
           ]
           select (name.Data, operation),
    ];

    public static MatrixTheoryData<string, CorruptionKind> EveryCorruption =>
        new(TestDevices.Names.Select(row => row.Data), Enum.GetValues<CorruptionKind>());

    [Theory]
    [MemberData(nameof(DevicesAndOperations))]
    public void Operation_agrees_with_the_reference(string device, string operation) =>
        OperationChecks.Check(devices.Open(device), operation);

    [Theory]
    [MemberData(nameof(EveryCorruption))]
    public void Noise_is_a_function_of_step_and_element_and_as_strong_as_asked(string name, CorruptionKind kind)
    {
        const int Rows = 40, Columns = 250;
        const float Amount = 0.1f;
        IDevice device = devices.Open(name);
        float[] Corrupt(int rows, int globalStep)
        {
            using var workspace = new CaseWorkspace(device, 1, ViewPlacement.Odd);
            var grey = new float[rows * Columns];
            Array.Fill(grey, 0.5f);
            View<float> corrupted = workspace.Destination("corrupted", rows, Columns, Tolerance.Exact);
            device.Run(new Corrupt(
                workspace.Source(rows, Columns, grey), workspace.Source(1, Counter.Count, [0, globalStep]),
                new CorruptionSettings(kind, Amount), new RandomSource(5, RandomPurpose.TrainingCorruption),
                corrupted));
            return device.Read(corrupted);
        }

        float[] corrupted = Corrupt(Rows, 7);
        Assert.Equal(corrupted[..(11 * Columns)], Corrupt(11, 7));
        Assert.NotEqual(corrupted, Corrupt(Rows, 8));
        double Part(Func<float, bool> which) => corrupted.Count(which) / (double)corrupted.Length;
        // Five standard errors of a part of one tenth, or of one twentieth, of 10,000 numbers.
        (double black, double white) = (Part(x => x == 0), Part(x => x == 1));
        switch (kind)
        {
            case CorruptionKind.Gaussian:
                Assert.Equal(0.5, corrupted.Average(), 5e-3);
                Assert.Equal(Amount, Math.Sqrt(corrupted.Average(x => (x - 0.5) * (x - 0.5))), 4e-3);
                break;
            case CorruptionKind.Masking:
                Assert.Equal(Amount, black, 0.015);
                Assert.Equal(1 - black, Part(x => x == 0.5f), 12);
                break;
            default:
                Assert.Equal(Amount / 2, black, 0.011);
                Assert.Equal(Amount / 2, white, 0.011);
                Assert.Equal(1 - black - white, Part(x => x == 0.5f), 12);
                break;
        }
    }

    [Theory]
    [MemberData(nameof(TestDevices.Names), MemberType = typeof(TestDevices))]
    public void Gradient_within_the_limit_keeps_its_bits_and_one_that_is_no_number_shows(string name)
    {
        IDevice device = devices.Open(name);
        float[] Clip(float sumOfSquares, float[] gradient)
        {
            using var workspace = new CaseWorkspace(device, 1, ViewPlacement.Odd);
            View<float> view = workspace.Destination("gradient", 1, gradient.Length, Tolerance.Exact, gradient);
            device.Run(new ClipNorm(workspace.Source(1, 1, [sumOfSquares]), 1, view));
            return device.Read(view);
        }

        Assert.Equal([0.1f, -0.3f, 0], Clip(1, [0.1f, -0.3f, 0]));
        Assert.Equal([0.05f, -0.15f, 0], Clip(4, [0.1f, -0.3f, 0]));
        Assert.True(float.IsNaN(Clip(float.NaN, [1, float.NaN, 3])[1]));
        Assert.True(float.IsNaN(Clip(float.PositiveInfinity, [1, float.PositiveInfinity])[1]));
    }
}
