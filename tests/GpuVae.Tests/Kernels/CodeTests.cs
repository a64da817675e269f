using GpuVae.Cases;
using GpuVae.Cases.Reference;
using GpuVae.Kernels;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Kernels;

/// <summary>Operations of codes and objectives against the reference; <see cref="SampleDiagonalTests"/> has the rest.</summary>
[Collection(nameof(TestDevices))]
public sealed class CodeTests(TestDevices devices)
{
    public static TheoryData<string, string> DevicesAndOperations =>
    [
        .. from name in TestDevices.Names
           from operation in (string[])
           [
               nameof(SampleSigmoid), nameof(RepeatRows), nameof(LogWeights),
               nameof(ImportanceWeights), nameof(ScaleRows), nameof(AddScaledRows),
               nameof(UnitDivergence), nameof(FreeBits),
           ]
           select (name.Data, operation),
    ];

    [Theory]
    [MemberData(nameof(DevicesAndOperations))]
    public void Operation_agrees_with_the_reference(string device, string operation) =>
        OperationChecks.Check(devices.Open(device), operation);

    [Theory]
    [MemberData(nameof(TestDevices.Names), MemberType = typeof(TestDevices))]
    public void Noise_of_a_binary_code_belongs_to_the_image_and_not_to_the_step(string name)
    {
        IDevice device = devices.Open(name);
        float[] Codes(int[] order, int step, int globalStep, int rows)
        {
            using var workspace = new CaseWorkspace(device, 1, ViewPlacement.Odd);
            View<float> z = workspace.Destination("z", rows, 5, Tolerance.Exact);
            device.Run(new SampleSigmoid(
                workspace.Source(rows, 5, new float[rows * 5]), workspace.Source(1, order.Length, order),
                workspace.Source(1, Counter.Count, [step, globalStep]), 2, 3,
                new RandomSource(7, RandomPurpose.TrainingCase), z));
            return device.Read(z);
        }

        float[] first = Codes([3, 1, 0, 2], step: 0, globalStep: 0, rows: 2);
        float[] later = Codes([0, 2, 1, 3], step: 1, globalStep: 9, rows: 2);
        Assert.Equal(first[..5], later[5..]);
        Assert.Equal(first[5..], later[..5]);
        Assert.NotEqual(first[..5], first[5..]);
    }

    [Theory]
    [MemberData(nameof(TestDevices.Names), MemberType = typeof(TestDevices))]
    public void Weights_of_draws_far_apart_neither_overflow_nor_lose_the_bound(string name)
    {
        IDevice device = devices.Open(name);
        using var workspace = new CaseWorkspace(device, 1, ViewPlacement.Odd);
        View<float> weights = workspace.Destination("weights", 2, 3, Tolerance.Exact);
        View<float> loss = workspace.Destination("loss", 1, 2, Tolerance.Exact);
        device.Run(new ImportanceWeights(
            workspace.Source(2, 3, [-9000f, -200, -9000, 500, 500, float.NaN]), 0.5f, weights, loss));
        float[] w = device.Read(weights), bound = device.Read(loss);
        Assert.Equal([0, 0.5f, 0], w[..3]);
        Assert.Equal(200 + Math.Log(3), bound[0], 1e-4);
        // A draw that is not a number shows.
        Assert.True(float.IsNaN(bound[1]), string.Join(' ', bound));
    }

    [Fact]
    public void Full_factor_without_entries_below_its_diagonal_is_the_diagonal_code()
    {
        const int Rows = 3, Units = 4;
        using var reference = new ReferenceDevice();
        using var workspace = new CaseWorkspace(reference, 5, ViewPlacement.Aligned);
        View<float> diagonal = workspace.Source(Rows, 2 * Units);
        double[] source = ReferenceDevice.Read(diagonal);
        var wide = new double[Rows * CodeCases.Width(Covariance.Full, Units)];
        for (int i = 0; i < source.Length; i++)
        {
            int row = i / (2 * Units), column = i % (2 * Units);
            wide[(row * CodeCases.Width(Covariance.Full, Units)) + column] =
                column < Units ? source[i] : source[i] / 2;
        }
        View<float> full = workspace.Source(Rows, CodeCases.Width(Covariance.Full, Units));
        ReferenceDevice.Write(wide, full);
        View<int> counters = workspace.Source(1, Counter.Count, [0, 3]);
        var noise = new RandomSource(1, RandomPurpose.TrainingCode);
        (double[] Z, double[] Divergence) Run(Covariance covariance)
        {
            View<float> epsilon = workspace.Destination("epsilon", 2 * Rows, Units, Tolerance.Exact);
            View<float> z = workspace.Destination("z", 2 * Rows, Units, Tolerance.Exact);
            View<float> divergence = workspace.Destination("divergence", 1, Rows, Tolerance.Exact);
            View<float> posterior = covariance == Covariance.Full ? full : diagonal;
            reference.Run(new SampleGaussian(covariance, posterior, counters, noise, epsilon, z, divergence));
            return (ReferenceDevice.Read(z), ReferenceDevice.Read(divergence));
        }

        (double[] expectedZ, double[] expected) = Run(Covariance.Diagonal);
        (double[] actualZ, double[] actual) = Run(Covariance.Full);
        Assert.All(expectedZ.Zip(actualZ), pair => Assert.Equal(pair.First, pair.Second, 1e-14));
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-14));
    }
}
