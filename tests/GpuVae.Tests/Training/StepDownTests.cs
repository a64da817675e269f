using GpuVae.Cases.Reference;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;
using GpuVae.Tests.Models;
using GpuVae.Tests.Support;
using GpuVae.Training;
using Xunit;

namespace GpuVae.Tests.Training;

/// <summary>What may happen to gradients and weights beside Adam.</summary>
public sealed class StepDownTests
{
    private static readonly RunConfiguration _configuration =
        RunConfiguration.FromPreset("vae") with { Hidden = [7], Latent = 3, Batch = 4, LearningRate = 0.1 };

    [Fact]
    public void Weights_decay_apart_from_the_moments_and_biases_do_not()
    {
        (Autoencoder plain, ReferenceDevice device) = Step(_configuration);
        (Autoencoder decayed, ReferenceDevice _) = Step(_configuration with { WeightDecay = 0.5 });
        using Autoencoder start = SmallModels.Build(_configuration, new ReferenceDevice(), 4);
        Assert.Equal(device.Read(plain.Parameters.FirstMoments), device.Read(decayed.Parameters.FirstMoments));
        foreach (Parameter parameter in plain.Parameters.Parameters)
        {
            double[] first = ReferenceDevice.Read(start.Parameters[parameter.Shape.Name].Value);
            double[] without = ReferenceDevice.Read(parameter.Value);
            double[] with = ReferenceDevice.Read(decayed.Parameters[parameter.Shape.Name].Value);
            double part = parameter.Shape.Shape.Length > 1 ? 0.1 * 0.5 : 0;
            for (int i = 0; i < first.Length; i++)
                Assert.Equal(without[i] - (part * first[i]), with[i], 1e-8);
        }
        plain.Dispose();
        decayed.Dispose();
    }

    [Fact]
    public void Gradient_is_shortened_to_the_limit_and_no_further()
    {
        double Norm(double limit)
        {
            (Autoencoder model, ReferenceDevice _) = Step(_configuration with { ClipNorm = limit });
            double norm = Math.Sqrt(ReferenceDevice.Read(model.Parameters.Gradients).Sum(value => value * value));
            model.Dispose();
            return norm;
        }

        double free = Norm(0);
        Assert.Equal(free, Norm(2 * free), 9);
        Assert.Equal((float)(free / 3), Norm(free / 3), 6);
    }

    [Fact]
    public void Nothing_more_is_asked_of_the_device_where_nothing_more_is_wanted()
    {
        string[] extras =
        [
            nameof(Corrupt), nameof(ScaleLikelihood), nameof(LogScaleGradient),
            nameof(SumSquares), nameof(ClipNorm), nameof(DecayWeights),
        ];
        string Calls(RunConfiguration configuration)
        {
            using var log = new CallLog(new ReferenceDevice(), replays: false);
            using Autoencoder model = SmallModels.Build(configuration, log, 4);
            using var trainer = new Trainer(
                log, model, configuration.CreateObjective(), SmallModels.Images(4), configuration.TrainerSettings);
            trainer.BeginEpoch(1);
            trainer.Step();
            return log.Replays[0];
        }

        string all = Calls(_configuration with
        {
            Corruption = "gaussian",
            Likelihood = "gaussian",
            SigmaIsLearned = true,
            ClipNorm = 1,
            WeightDecay = 0.1,
        });
        Assert.All(extras, extra => Assert.Contains($"{extra} {{", all, StringComparison.Ordinal));
        foreach (string none in (string[])
            [Calls(_configuration), Calls(_configuration with { Likelihood = "gaussian" })])
        {
            Assert.All(extras, extra => Assert.DoesNotContain($"{extra} {{", none, StringComparison.Ordinal));
        }
    }

    private static (Autoencoder Model, ReferenceDevice Device) Step(RunConfiguration configuration)
    {
        var device = new ReferenceDevice();
        Autoencoder model = SmallModels.Build(configuration, device, 4);
        using var trainer = new Trainer(
            device, model, configuration.CreateObjective(), SmallModels.Images(4), configuration.TrainerSettings);
        trainer.BeginEpoch(1);
        trainer.Step();
        return (model, device);
    }
}
