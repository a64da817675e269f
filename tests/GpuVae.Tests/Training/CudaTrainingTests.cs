using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;
using GpuVae.Tests.Support;
using GpuVae.Tests.Support.Cuda;
using GpuVae.Training;
using Xunit;

namespace GpuVae.Tests.Training;

/// <summary>
/// Steps of every preset in every precision on CUDA, through modules, capture and graphs: on a GPU, or on the stand-in for its driver,
/// where threads also run in the other order.
/// </summary>
[Collection(nameof(TestDevices))]
public sealed class CudaTrainingTests(CudaDevices devices) : IClassFixture<CudaDevices>
{
    private const int Batch = 8, Examples = 20;

    public static MatrixTheoryData<string, string> Cases => new(Registry.Presets.Names, Registry.Precisions.Names);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Losses_are_those_of_the_cpu_and_bits_the_same_in_every_run(string preset, string precision)
    {
        Precision rounding = Registry.Precisions.Find(precision);
        IDevice cuda = devices.Open(rounding), cpu = devices.Cpu;
        RunConfiguration configuration = Configuration(preset);
        double bound = rounding switch { Precision.Fp32 => 1e-5, Precision.Tf32 => 2e-3, _ => 1e-2 };

        (double[] expected, _, _) = Train(cpu, configuration);
        StandInDriver.Set(reversed: false, approximate: true);
        (double[] losses, float[] parameters, string execution) = Train(cuda, configuration);
        StandInDriver.Set(reversed: true, approximate: true);
        (double[] again, float[] parametersAgain, _) = Train(cuda, configuration);

        for (int i = 0; i < expected.Length; i++)
            Assert.InRange(losses[i], expected[i] - (bound * Math.Abs(expected[i])), expected[i] + (bound * Math.Abs(expected[i])));
        Assert.Equal(losses, again);
        Assert.Equal(parameters, parametersAgain);
        Assert.StartsWith("as one graph of ", execution, StringComparison.Ordinal);
    }

    /// <summary>A preset at a size that the stand-in does in a moment.</summary>
    internal static RunConfiguration Configuration(string preset)
    {
        RunConfiguration configuration = RunConfiguration.FromPreset(preset) with { Batch = Batch };
        return configuration.Network is null ? configuration with { Hidden = [96], Latent = Math.Min(configuration.Latent, 20) } : configuration;
    }

    /// <summary>Rings of several sizes, in colour for the one preset that is of colours, else grey.</summary>
    internal static ImageSet Images(RunConfiguration configuration, int examples)
    {
        int channels = configuration.Preset == "conv-vae-64" ? 3 : 1, side = channels == 3 ? 16 : 12;
        return new ImageSet(
            [
                .. Enumerable.Range(0, examples * side * side * channels).Select(i =>
                {
                    int pixel = i / channels % (side * side), example = i / (side * side * channels);
                    double radius = Math.Sqrt(Math.Pow((pixel / side) - (side / 2.0), 2) + Math.Pow((pixel % side) - (side / 2.0), 2));
                    return (byte)(255 * Math.Exp(-Math.Pow(radius - 2 - (example % 5 * 0.7), 2)) * (1 + (i % channels)) / channels);
                }),
            ],
            null, side, side, channels);
    }

    private static (double[] Losses, float[] Parameters, string Execution) Train(IDevice device, RunConfiguration configuration)
    {
        ImageSet images = Images(configuration, Examples);
        using Autoencoder model = ModelBuilder.Build(configuration, device, images.Shape, Batch, Batch * configuration.Samples);
        ModelBuilder.InitializeParameters(configuration, device, model, images);
        using var trainer = new Trainer(
            device, model, configuration.CreateObjective((Examples + Batch - 1) / Batch), images, configuration.TrainerSettings);
        var losses = new List<double>();
        // The first of a size runs, the second is captured, and the last is of another size.
        trainer.BeginEpoch(1);
        for (int step = 0; step < trainer.StepsPerEpoch; step++)
        {
            trainer.Step();
            losses.Add(trainer.ReadLoss().Mean);
        }
        return ([.. losses], device.Read(model.Parameters.Values), trainer.StepExecution);
    }
}
