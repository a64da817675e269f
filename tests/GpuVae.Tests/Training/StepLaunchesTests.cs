using GpuVae.Cases;
using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Kernels.Gpu;
using GpuVae.Models;
using GpuVae.Runs;
using GpuVae.Tests.Support;
using GpuVae.Tests.Support.Cuda;
using GpuVae.Training;
using Xunit;

namespace GpuVae.Tests.Training;

/// <summary>
/// The launches of a training step of the default model, 784-400-20 at batch 128, on a GPU of 132 multiprocessors: how many each operation
/// has, and that a recorded step has these and no others. The stand-in for NVIDIA's driver counts them and runs none.
/// </summary>
[Collection(nameof(TestDevices))]
public sealed class StepLaunchesTests(ITestOutputHelper output)
{
    private const int Side = 28;

    // In their order: an operation, its sizes, and how many launches it is.
    private static readonly string[] _launches =
    [
        "Gather: 1",
        "Multiply NT 128×400×784 Activation: 1",
        "Multiply NT 128×40×400 Activation: 1",
        "SampleGaussian: 1",
        "Multiply NT 128×400×20 Activation: 1",
        "Multiply NT 128×784×400 Likelihood: 1",
        "LinearGradient 784×400 of 128: 1",
        "LinearGradient 400×20 of 128: 1",
        "SampleGaussianGradient: 1",
        "LinearGradient 40×400 of 128: 1",
        "LinearGradient 400×784 of 128: 1",
        "EndStep: 1",
    ];

    [Theory]
    [InlineData(Precision.Fp32)]
    [InlineData(Precision.Tf32)]
    public void A_step_of_the_default_model_has_these_launches_and_is_one_graph_of_them(Precision precision)
    {
        using GpuDevice device = TestDevices.OpenStandIn(precision);
        Assert.Equal(132, device.Configs.Multiprocessors);
        using IDisposable idle = StandInDriver.Idle();
        var counting = new LaunchCounts(device);
        Step(counting, steps: 1);
        string execution = Step(device, steps: 2);
        long before = device.Launches;
        string persistent = Step(device, steps: 9, stepsPerLaunch: 7);

        foreach (string line in counting.Lines)
            output.WriteLine(line);
        output.WriteLine($"{counting.Total} launches in {precision}");
        Assert.Equal(_launches, counting.Lines);
        Assert.Equal($"as one graph of {counting.Total} launches", execution);
        // The first step compiles, its launches are kept for the kernel, and that does the second and then seven at once.
        Assert.Equal($"as one persistent kernel of {counting.Total} phases", persistent);
        Assert.Equal((2 * counting.Total) + 2, device.Launches - before);
    }

    private static string Step(IDevice device, int steps, int stepsPerLaunch = 0)
    {
        RunConfiguration configuration = RunConfiguration.FromPreset("vae");
        var images = new ImageSet(new byte[steps * configuration.Batch * Side * Side], null, Side, Side);
        using Autoencoder model = ModelBuilder.Build(configuration, device, images.Shape, configuration.Batch, configuration.Batch);
        using var trainer = new Trainer(
            device, model, configuration.CreateObjective(), images, configuration.TrainerSettings with { StepsPerLaunch = stepsPerLaunch });
        trainer.BeginEpoch(1);
        while (trainer.StepInEpoch < steps)
            trainer.Step(steps);
        return trainer.StepExecution;
    }

    /// <summary>Writes down each operation and its launches.</summary>
    private sealed class LaunchCounts(GpuDevice inner) : ForwardingDevice(inner)
    {
        public List<string> Lines { get; } = [];

        public long Total { get; private set; }

        public override void Run<TOperation>(in TOperation operation)
        {
            long before = inner.Launches;
            Inner.Run(operation);
            long launches = inner.Launches - before;
            Total += launches;
            Lines.Add($"{Name(operation)}: {launches}");
        }

        private static new string Name<TOperation>(in TOperation operation)
            where TOperation : struct, IOperation => operation switch
            {
                Multiply product => $"Multiply {product.Orientation} {product.M}×{product.N}×{product.K} {product.Epilogue.Kind}",
                LinearGradient layer =>
                    $"LinearGradient {layer.WeightGradient.Rows}×{layer.WeightGradient.Columns} of {layer.Input.Rows}",
                _ => typeof(TOperation).Name.Split('`')[0],
            };
    }
}
