using GpuVae.Cases;
using GpuVae.Cases.Reference;
using GpuVae.Kernels;
using GpuVae.Kernels.Cpu;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Kernels;

/// <summary>Normalisation and dropout on every device.</summary>
[Collection(nameof(TestDevices))]
public sealed class NormalizationTests(TestDevices devices)
{
    public static TheoryData<string, string> DevicesAndOperations =>
    [
        .. from name in TestDevices.Names
           from operation in (string[])
               [
                   nameof(Moments), nameof(Normalize), nameof(NormalizeParameterGradient), nameof(NormalizeGradient),
                   nameof(MovingAverage), nameof(ApplyDropout),
               ]
           select (name.Data, operation),
    ];

    [Theory]
    [MemberData(nameof(DevicesAndOperations))]
    public void Operation_agrees_with_the_reference(string device, string operation) =>
        OperationChecks.Check(devices.Open(device), operation);

    [Fact]
    public void Reference_gives_what_a_person_can_count()
    {
        using var device = new ReferenceDevice();
        using var workspace = new CaseWorkspace(device, 1, ViewPlacement.Odd);
        // Two examples of two pixels of two channels, in one group each.
        View<float> x = workspace.Source(4, 2, [1f, 2, 3, 6, 0, 0, 4, 0]);
        View<float> mean = workspace.Destination("mean", 2, 1, Tolerance.Exact);
        View<float> variance = workspace.Destination("variance", 2, 1, Tolerance.Exact);
        device.Run(new Moments(x, mean, variance));
        Assert.Equal([3, 1], device.Read(mean));
        Assert.Equal([3.5f, 3], device.Read(variance));

        // And as a batch: a mean of each channel.
        View<float> means = workspace.Destination("means", 1, 2, Tolerance.Exact);
        View<float> variances = workspace.Destination("variances", 1, 2, Tolerance.Exact);
        device.Run(new Moments(x, means, variances));
        Assert.Equal([2, 2], device.Read(means));
        Assert.Equal([2.5f, 6], device.Read(variances));

        View<float> y = workspace.Destination("y", 4, 2, Tolerance.Exact);
        View<float> weight = workspace.Source(1, 2, [2f, 1]), bias = workspace.Source(1, 2, [10f, 20]);
        device.Run(new Normalize(
            x, means, workspace.Source(1, 2, [3f, 15]), 1, weight, bias, Epilogue.Store, y));
        Assert.Equal([9, 20, 11, 21, 8, 19.5f, 12, 19.5f], device.Read(y));
    }

    /// <summary>Numbers far from 0 that differ little: Σx² − (Σx)²/n would leave no digit of their variance.</summary>
    [Theory]
    [MemberData(nameof(TestDevices.Names), MemberType = typeof(TestDevices))]
    public void Variance_of_numbers_far_from_zero_keeps_its_digits(string name)
    {
        IDevice device = devices.Open(name);
        using var workspace = new CaseWorkspace(device, 1, ViewPlacement.Odd);
        const int Pixels = 600;
        var x = new float[Pixels * 3];
        for (int i = 0; i < x.Length; i++)
            x[i] = 10_000 + (i / 3 % 2);
        View<float> mean = workspace.Destination("mean", 1, 3, Tolerance.Exact);
        View<float> variance = workspace.Destination("variance", 1, 3, Tolerance.Exact);
        device.Run(new Moments(workspace.Source(Pixels, 3, x), mean, variance));
        Assert.All(device.Read(variance), value => Assert.Equal(0.25, value, 1e-4));
        Assert.All(device.Read(mean), value => Assert.Equal(10_000.5, value, 2e-2));
    }

    [Theory]
    [InlineData(1, 9001, 3, 3)]
    [InlineData(1, 2000, 33, 33)]
    [InlineData(6, 700, 32, 8)]
    [InlineData(1, 40, 700, 700)]
    public void Bits_do_not_depend_on_the_number_of_threads(int examples, int pixels, int channels, int groups)
    {
        using var one = CpuDevice.Create(1);
        float[][] expected = Run(one);
        foreach (int threads in (int[])[2, 3])
        {
            using var device = CpuDevice.Create(threads);
            Assert.Equal(expected, Run(device));
            Assert.Equal(expected, Run(device));
        }

        float[][] Run(IDevice device)
        {
            using var workspace = new CaseWorkspace(device, 5, ViewPlacement.Odd);
            View<float> x = workspace.Source(examples * pixels, channels), g = workspace.Source(examples * pixels, channels);
            View<float> weight = workspace.Source(1, channels), bias = workspace.Source(1, channels);
            View<int> counters = workspace.Source(1, Counter.Count, [0, 9]);
            View<float> Result(int rows, int columns) =>
                workspace.Destination($"{rows}x{columns}", rows, columns, Tolerance.Exact);
            (View<float> mean, View<float> variance) = (Result(examples, groups), Result(examples, groups));
            (View<float> y, View<float> back) = (Result(examples * pixels, channels), Result(examples * pixels, channels));
            (View<float> weights, View<float> biases) = (Result(examples, channels), Result(examples, channels));
            View<float> dropped = Result(examples * pixels, channels);
            device.Run(new Moments(x, mean, variance));
            device.Run(new Normalize(x, mean, variance, 1e-5f, weight, bias, Epilogue.Activate(Activation.Relu), y));
            device.Run(new NormalizeParameterGradient(x, mean, variance, 1e-5f, g, weights, biases));
            device.Run(new NormalizeGradient(x, mean, variance, 1e-5f, weight, weights, biases, g, Epilogue.Store, back));
            device.Run(new ApplyDropout(
                x, counters, 0.3f, new RandomSource(3, RandomPurpose.Dropout), Epilogue.Store, dropped));
            return [.. new[] { mean, variance, y, weights, biases, back, dropped }.Select(device.Read)];
        }
    }

    /// <summary>What group normalisation does to an image has nothing of the others in it, to the last bit.</summary>
    [Fact]
    public void Groups_of_an_example_do_not_depend_on_the_batch()
    {
        using var device = CpuDevice.Create(2);
        float[] all = Run(9), fewer = Run(4);
        Assert.Equal(all[..fewer.Length], fewer);

        float[] Run(int examples)
        {
            using var workspace = new CaseWorkspace(device, 5, ViewPlacement.Aligned);
            View<float> x = workspace.Source(examples * 35, 24, workspace.Random(9 * 35 * 24, u => u)[..(examples * 35 * 24)]);
            View<float> weight = workspace.Source(1, 24), bias = workspace.Source(1, 24);
            View<float> mean = workspace.Destination("mean", examples, 6, Tolerance.Exact);
            View<float> variance = workspace.Destination("variance", examples, 6, Tolerance.Exact);
            View<float> y = workspace.Destination("y", examples * 35, 24, Tolerance.Exact);
            device.Run(new Moments(x, mean, variance));
            device.Run(new Normalize(x, mean, variance, 1e-5f, weight, bias, Epilogue.Store, y));
            return device.Read(y);
        }
    }

    [Theory]
    [MemberData(nameof(TestDevices.Names), MemberType = typeof(TestDevices))]
    public void Dropout_leaves_out_its_part_and_keeps_the_mean(string name)
    {
        const int Count = 3000;
        IDevice device = devices.Open(name);
        using var workspace = new CaseWorkspace(device, 5, ViewPlacement.Odd);
        View<float> ones = workspace.Source(1, Count, Enumerable.Repeat(1f, Count).ToArray());
        float[] first = Run(step: 7, layer: 0);
        Assert.Equal(0.3, first.Count(value => value == 0) / (double)Count, 0.03);
        Assert.All(first, value => Assert.True(value == 0 || Math.Abs(value - (1 / 0.7)) < 1e-6));
        Assert.Equal(first, Run(step: 7, layer: 0));
        Assert.NotEqual(first, Run(step: 8, layer: 0));
        Assert.NotEqual(first, Run(step: 7, layer: 1));

        float[] Run(int step, int layer)
        {
            View<int> counters = workspace.Source(1, Counter.Count, [0, step]);
            View<float> y = workspace.Destination($"{step} {layer}", 1, Count, Tolerance.Exact);
            device.Run(new ApplyDropout(
                ones, counters, 0.3f, new RandomSource(3, RandomPurpose.Dropout + layer), Epilogue.Store, y));
            return device.Read(y);
        }
    }

    [Fact]
    public void Wrong_shapes_are_refused()
    {
        using var device = new ReferenceDevice();
        using var workspace = new CaseWorkspace(device, 5, ViewPlacement.Odd);
        View<float> x = workspace.Source(6, 4), row = workspace.Source(1, 4), three = workspace.Source(1, 3);
        View<int> counters = workspace.Source(1, Counter.Count, [0, 0]);
        void Refused<TOperation>(TOperation operation)
            where TOperation : struct, IOperation =>
            Assert.Throws<ArgumentException>(() => device.Run(in operation));

        Refused(new Moments(x, three, three));
        Refused(new Moments(x, row, three));
        Refused(new Moments(x, workspace.Source(4, 4), workspace.Source(4, 4)));
        Refused(new Normalize(x, row, row, 0, row, row, Epilogue.Store, x));
        Refused(new Normalize(x, row, row, 1e-5f, row, three, Epilogue.Store, x));
        Refused(new Normalize(x, row, row, 1e-5f, row, row, Epilogue.BiasActivation(row, Activation.Relu), x));
        Refused(new NormalizeParameterGradient(x, row, row, 1e-5f, x, row, three));
        Refused(new NormalizeGradient(x, row, row, 1e-5f, row, row, default, x, Epilogue.Store, x));
        Refused(new MovingAverage(row, 1, 1.5f, row));
        Refused(new ApplyDropout(x, counters, 1, default, Epilogue.Store, x));
    }
}
