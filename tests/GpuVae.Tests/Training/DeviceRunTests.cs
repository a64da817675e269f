using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Runs;
using GpuVae.Tests.Support;
using GpuVae.Tests.Support.Cuda;
using Xunit;

namespace GpuVae.Tests.Training;

/// <summary>What <c>train --limit 2048 --epochs 1</c> does, on the devices that other kernels drive.</summary>
[Collection(nameof(TestDevices))]
public sealed class DeviceRunTests(TestDevices devices)
{
    private const double LargestDifference = 1e-4;

    // The stand-in for a GPU does a product after the other: minutes for all of them.
    private const int Images = 2048, ImagesOfStandIn = 256;

    [Theory]
    [MemberData(nameof(TestDevices.Compiling), MemberType = typeof(TestDevices))]
    public void Epoch_on_mnist_has_the_losses_of_the_cpu(string name)
    {
        IDevice device = devices.Open(name);
        bool isStandIn = StandInDriver.Is(device);
        int images = isStandIn ? ImagesOfStandIn : Images;
        using IDevice cpu = Device.Open("cpu");
        EpochMetrics expected = Train(cpu, images), metrics = Train(device, images);
        AssertNear(expected.TrainLoss, metrics.TrainLoss);
        AssertNear(expected.TestLoss, metrics.TestLoss);
        AssertNear(expected.Reconstruction, metrics.Reconstruction);
        // Pixels of probability ½ cost 784 · log 2 = 543 nats, which is where training begins.
        Assert.InRange(metrics.TestLoss, 100, isStandIn ? 540 : 400);
    }

    private static EpochMetrics Train(IDevice device, int images)
    {
        using var run = new TemporaryRun();
        RunConfiguration configuration = RunConfiguration.FromPreset("vae") with { Limit = images, Epochs = 1 };
        Dataset digits = Datasets.Mnist();
        if (images == ImagesOfStandIn)
            digits = digits with { Test = digits.Test.Take(images) };
        return Assert.Single(run.Execute(configuration, device, data: digits).Epochs);
    }

    private static void AssertNear(double expected, double actual) =>
        Assert.InRange(Math.Abs(actual - expected) / expected, 0, LargestDifference);
}
