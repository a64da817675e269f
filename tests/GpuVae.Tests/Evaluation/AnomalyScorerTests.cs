using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Evaluation;

public sealed class AnomalyScorerTests : IDisposable
{
    private const int Examples = 37;
    private const int Dimensions = 6;

    private readonly IDevice _device = Device.Open("cpu");
    private readonly ImageSet _images = new(
        [.. Enumerable.Range(0, Examples * Dimensions).Select(i => (byte)(i * 41))], null, 2, 3);

    [Fact]
    public void The_reconstruction_score_is_the_loss_of_the_mean_codes_picture()
    {
        using Autoencoder model = Build("ae");
        double[] scores = Score(model, AnomalyScore.Reconstruction, samples: 1);
        using var codec = new Codec(_device, model, PixelEncoding.Scaled, seed: 1);
        float[] x = codec.EncoderInputs(_images), means = codec.Decode(codec.Encode(_images));
        for (int i = 0; i < Examples; i++)
        {
            double expected = Dimensions * 0.5 * Math.Log(2 * Math.PI);
            for (int j = i * Dimensions; j < (i + 1) * Dimensions; j++)
                expected += 0.5 * (x[j] - means[j]) * (x[j] - means[j]);
            Assert.Equal(expected, scores[i], 1e-5);
        }
    }

    [Fact]
    public void Bounds_agree_with_the_loss_of_the_set_and_tighten_with_draws()
    {
        using Autoencoder model = Build("vae");
        using var evaluator = new Evaluator(_device, model, _images, seed: 1);
        LossValues loss = evaluator.Loss();
        double elbo = Score(model, AnomalyScore.Elbo, samples: 64).Average();
        double iwae = Score(model, AnomalyScore.Iwae, samples: 64).Average();
        Assert.Equal(loss.Reconstruction + loss.Divergence, elbo, 0.1);
        Assert.True(iwae < elbo);
        Assert.Equal(
            Score(model, AnomalyScore.Elbo, samples: 1).Average(), Score(model, AnomalyScore.Iwae, samples: 1).Average(),
            1e-6);
    }

    [Theory]
    [InlineData(AnomalyScore.Elbo)]
    [InlineData(AnomalyScore.Iwae)]
    public void Draws_beyond_what_the_model_holds_come_in_parts_of_their_own_noise(AnomalyScore score)
    {
        const int K = 150;
        using Autoencoder model = Build("vae");
        Assert.True(model.DrawCapacity < K);
        ImageSet one = _images.Take([31]);
        using var batches = new ImageBatches(_device, one, 1, PixelEncoding.Scaled, seed: 1);
        View<float> x = batches.Each().First();
        using DeviceBuffer<int> counters = _device.Allocate<int>(Counter.Count);
        List<float> logWeights = [];
        for (int part = 0; logWeights.Count < K; part++)
        {
            int[] state = new int[Counter.Count];
            state[Counter.GlobalStep] = part;
            _device.Upload<int>(state, counters.AsVector());
            logWeights.AddRange(_device.Read(model.LogWeights(
                x, counters.AsVector(), new RandomSource(1, RandomPurpose.EvaluationCode),
                Math.Min(model.DrawCapacity, K - logWeights.Count))));
        }
        double expected = score == AnomalyScore.Elbo
            ? -logWeights.Average(value => (double)value)
            : -Math.Log(logWeights.Average(value => Math.Exp(value)));
        expected += model.Likelihood.Constant(Dimensions);
        Assert.Equal(expected, Score(model, score, K, one)[0], 1e-9);
    }

    [Fact]
    public void Thousands_of_draws_find_what_hundreds_do()
    {
        using Autoencoder model = Build("vae");
        Assert.Equal(
            Score(model, AnomalyScore.Elbo, samples: 64).Average(),
            Score(model, AnomalyScore.Elbo, samples: 5000).Average(), 0.1);
        Assert.True(
            Score(model, AnomalyScore.Iwae, samples: 5000).Average() < Score(model, AnomalyScore.Iwae, samples: 8).Average());
    }

    [Fact]
    public void A_score_depends_on_the_example_and_not_on_those_beside_it()
    {
        using Autoencoder model = Build("ae");
        double[] scores = Score(model, AnomalyScore.Reconstruction, samples: 1);
        Assert.Equal(scores[31], Score(model, AnomalyScore.Reconstruction, samples: 1, _images.Take([31]))[0], 1e-6);
    }

    [Fact]
    public void A_bound_of_a_code_that_is_not_drawn_is_refused()
    {
        using Autoencoder model = Build("ae");
        Assert.Throws<InvalidOperationException>(() => Score(model, AnomalyScore.Elbo, samples: 1));
    }

    public void Dispose() => _device.Dispose();

    private double[] Score(Autoencoder model, AnomalyScore score, int samples, ImageSet? images = null) =>
        new AnomalyScorer(_device, model, PixelEncoding.Scaled, seed: 1, score, samples).Score(images ?? _images);

    /// <summary>A model of small random weights.</summary>
    private Autoencoder Build(string preset)
    {
        RunConfiguration configuration = RunConfiguration.FromPreset(preset) with { Hidden = [5], Latent = 2 };
        Autoencoder model = ModelBuilder.Build(configuration, _device, Dimensions, capacity: 64);
        ModelBuilder.InitializeParameters(configuration, _device, model, _images);
        return model;
    }
}
