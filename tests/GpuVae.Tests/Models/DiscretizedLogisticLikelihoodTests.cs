using GpuVae.Cases.Reference;
using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;
using GpuVae.Tests.Support;
using GpuVae.Tests.Training;
using GpuVae.Training;
using Xunit;

namespace GpuVae.Tests.Models;

/// <summary>Models of bytes: their loss in nats and bits, their scale, their pictures and scores.</summary>
[Collection(nameof(TestDevices))]
public sealed class DiscretizedLogisticLikelihoodTests(TestDevices devices)
{
    private static readonly RunConfiguration _autoencoder =
        RunConfiguration.FromPreset("ae") with { Hidden = [7], Latent = 3, Likelihood = "logistic" };

    public static TheoryData<string> Names => [.. SmallModels.Names];

    [Theory]
    [InlineData(0.02)]
    [InlineData(0.7)]
    public void Loss_is_the_logarithm_of_the_probability_of_the_bytes_and_a_score_is_the_loss(double scale)
    {
        var device = new ReferenceDevice();
        RunConfiguration configuration = _autoencoder with { Sigma = scale };
        using var pass = new SmallPass(configuration, device, rows: 2, capacity: 2);
        // Outputs within 0 … 1 and out of it, the same for every image; the picture is they, cut.
        device.Upload<float>(new float[pass.Model.Parameters.Values.Length], pass.Model.Parameters.Values);
        float[] means = [.. Enumerable.Range(0, SmallModels.Dimensions).Select(i => (0.25f * i) - 1)];
        device.Upload<float>(means, pass.Model.OutputBias);
        ForwardPass forward = pass.Forward();
        double[] losses = ReferenceDevice.Read(forward.Reconstruction), x = ReferenceDevice.Read(forward.Input);
        Assert.Equal(means.Select(mean => Math.Clamp(mean, 0, 1)), device.Read(pass.Model.DecodeMean(forward.Z))[..means.Length]);
        Assert.Equal(0, pass.Model.Likelihood.Constant(SmallModels.Dimensions));
        for (int row = 0; row < 2; row++)
        {
            double expected = 0;
            for (int i = 0; i < means.Length; i++)
                expected -= Math.Log(Probability(x[(row * means.Length) + i], means[i], scale));
            // λ is a float32 on every device.
            Assert.Equal(expected, losses[row], 1e-5 * expected);
        }
        var scorer = new AnomalyScorer(device, pass.Model, PixelEncoding.Scaled, seed: 1, AnomalyScore.Reconstruction, samples: 1);
        Assert.Equal(losses.Select(loss => Math.Round(loss, 3)), scorer.Score(SmallModels.Images(2)).Select(loss => Math.Round(loss, 3)));
    }

    [Fact]
    public void Learned_scale_is_where_the_bytes_are_most_probable()
    {
        var device = new ReferenceDevice();
        // A decoder that can only learn the mean image.
        RunConfiguration configuration = _autoencoder with
        {
            SigmaIsLearned = true,
            Hidden = [],
            Latent = 1,
            Batch = 32,
            LearningRate = 0.02,
        };
        ImageSet images = SmallModels.Images(32);
        using Autoencoder model = SmallModels.Build(configuration, device, 32);
        Parameter scale = model.Parameters["likelihood.log_scale"];
        Assert.Equal(Math.Log(DiscretizedLogisticLikelihood.LearnedStart), ReferenceDevice.Read(scale.Value)[0], 1e-6);
        using var trainer = new Trainer(device, model, new Reconstruction(), images, configuration.TrainerSettings);
        for (int epoch = 1; epoch <= 600; epoch++)
        {
            trainer.BeginEpoch(epoch);
            trainer.Step();
        }
        float[] x = SmallModels.Scaled(images);
        View<float> view = device.Allocate<float>(x.Length).AsMatrix(32, SmallModels.Dimensions);
        device.Upload<float>(x, view);
        View<float> z = device.Allocate<float>(32).AsMatrix(32, 1);
        device.Upload<float>(device.Read(model.EncodeMean(view)), z);
        double LossAt(double logScale)
        {
            ReferenceDevice.Write([logScale], scale.Value);
            return ReferenceDevice.Read(model.NegativeLogLikelihood(view, z)).Average();
        }
        double learned = ReferenceDevice.Read(scale.Value)[0], least = LossAt(learned);
        Assert.True(least < LossAt(learned - 0.1) && least < LossAt(learned + 0.1), $"s = {Math.Exp(learned)}: {least}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Training_lowers_the_bits_that_metrics_and_evaluation_agree_on(string name)
    {
        IDevice device = SmallModels.Open(devices, name);
        using var run = new TemporaryRun(device);
        RunConfiguration configuration =
            TemporaryRun.Small("vae") with { Likelihood = "logistic", SigmaIsLearned = true, Epochs = 6, LearningRate = 0.02 };
        RunResult result = run.Execute(configuration);
        IReadOnlyList<EpochMetrics> epochs = result.Epochs;
        Assert.All(epochs, epoch => Assert.Equal(
            epoch.NegativeElbo / (SmallModels.Dimensions * Math.Log(2)), epoch.BitsPerDimension!.Value, 1e-12));
        Assert.True(epochs[^1].BitsPerDimension < epochs[0].BitsPerDimension);
        // Bytes that are drawn evenly take eight bits, and no model has fewer of them on the average.
        Assert.InRange(epochs[^1].BitsPerDimension!.Value, 7.5, 12);
        using var other = new TemporaryRun(device);
        Assert.All(other.Execute(TemporaryRun.Small("vae")).Epochs, epoch => Assert.Null(epoch.BitsPerDimension));
    }

    [Fact]
    public void Run_that_is_resumed_has_the_bits_of_one_that_never_stopped()
    {
        using IDevice device = Device.Open("cpu");
        RunConfiguration configuration =
            TemporaryRun.Small("vae") with { Likelihood = "logistic", SigmaIsLearned = true, Objective = "iwae", Samples = 2, Epochs = 4 };
        using TemporaryRun whole = new(device), parts = new(device);
        whole.Execute(configuration);
        parts.Execute(configuration with { Epochs = 2 });
        parts.Resume(configuration);
        Assert.Equal(File.ReadAllBytes(whole.Folder.CheckpointPath), File.ReadAllBytes(parts.Folder.CheckpointPath));
    }

    [Fact]
    public void Numbers_that_are_no_bytes_are_refused_in_training_and_test_part()
    {
        ImageSet bytes = SmallModels.Images(3), floats = new(SmallModels.Scaled(bytes), null, SmallModels.Height, SmallModels.Width);
        _autoencoder.For(new Dataset("it", bytes, bytes), choosesLikelihood: true);
        foreach (Dataset data in (Dataset[])[new("it", floats, floats), new("it", bytes, floats)])
        {
            Assert.Contains(
                "--likelihood logistic gives bytes of pictures a probability, 0 … 255 as they lie in a file, and these are grey values, ",
                Assert.Throws<DataException>(() => _autoencoder.For(data, choosesLikelihood: true)).Message,
                StringComparison.Ordinal);
        }
        Assert.True(_autoencoder.IsOfBytes());
        Assert.False(RunConfiguration.FromPreset("ae").IsOfBytes());
    }

    /// <summary>σ((x + 1/510 − μ)/s) − σ((x − 1/510 − μ)/s), with the tails at both ends.</summary>
    private static double Probability(double x, double mean, double scale)
    {
        double k = Math.Round(255 * x);
        double high = k == 255 ? double.PositiveInfinity : (((k + 0.5) / 255) - mean) / scale;
        double low = k == 0 ? double.NegativeInfinity : (((k - 0.5) / 255) - mean) / scale;
        return low > 0 ? Sigmoid(-low) - Sigmoid(-high) : Sigmoid(high) - Sigmoid(low);

        static double Sigmoid(double value) => 1 / (1 + Math.Exp(-value));
    }
}
