using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Runs;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Training;

/// <summary>What <c>train --limit 2048 --epochs 1</c> does, on the devices that other kernels drive.</summary>
[Collection(nameof(TestDevices))]
public sealed class DeviceRunTests(TestDevices devices)
{
    private const double LargestDifference = 1e-4;

    private static readonly Lazy<EpochMetrics> _onCpu = new(() =>
    {
        using IDevice cpu = Device.Open("cpu");
        return Train(cpu);
    });

    [Theory]
    [MemberData(nameof(TestDevices.Compiling), MemberType = typeof(TestDevices))]
    public void Epoch_on_mnist_has_the_losses_of_the_cpu(string name)
    {
        EpochMetrics metrics = Train(devices.Open(name));
        AssertNear(_onCpu.Value.TrainLoss, metrics.TrainLoss);
        AssertNear(_onCpu.Value.TestLoss, metrics.TestLoss);
        AssertNear(_onCpu.Value.Reconstruction, metrics.Reconstruction);
        // Pixels of probability ½ cost 784 · log 2 = 543 nats, which is where training begins.
        Assert.InRange(metrics.TestLoss, 100, 400);
    }

    private static EpochMetrics Train(IDevice device)
    {
        using var run = new TemporaryRun();
        RunConfiguration configuration = RunConfiguration.FromPreset("vae") with { Limit = 2048, Epochs = 1 };
        return Assert.Single(run.Execute(configuration, device, data: Datasets.Mnist()).Epochs);
    }

    private static void AssertNear(double expected, double actual) =>
        Assert.InRange(Math.Abs(actual - expected) / expected, 0, LargestDifference);
}
