using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;
using Xunit;

namespace GpuVae.Tests.Evaluation;

public sealed class PixelScorerTests
{
    private const int Pictures = 11;

    /// <summary>More pictures than a batch of the model, in colours.</summary>
    [Theory]
    [InlineData("bernoulli", 1.0)]
    [InlineData("gaussian", 0.3)]
    [InlineData("gaussian", null)]
    [InlineData("laplace", 0.5)]
    [InlineData("logistic", null)]
    [InlineData("beta-binomial", 1.0)]
    [InlineData("logistic-mixture", 1.0)]
    public void The_pixels_of_a_picture_add_up_to_its_score_but_for_the_least_that_any_output_reaches(string likelihood, double? sigma)
    {
        using IDevice device = Device.Open("cpu");
        var images = new ImageSet([.. Enumerable.Range(0, Pictures * 4 * 5 * 3).Select(i => (byte)(i * i * 41))], null, 4, 5, 3);
        RunConfiguration configuration = RunConfiguration.FromPreset("ae") with
        {
            Hidden = [8],
            Latent = 3,
            Batch = 4,
            Likelihood = likelihood,
            Sigma = sigma ?? 1,
            SigmaIsLearned = sigma is null,
        };
        using Autoencoder model = ModelBuilder.Build(configuration, device, images.Shape, capacity: 4, 4);
        ModelBuilder.InitializeParameters(configuration, device, model, images);

        (float[] scores, float[] inputs, float[] expected) = new PixelScorer(device, model, PixelEncoding.Scaled, seed: 1).Score(images);

        double[] whole = new AnomalyScorer(device, model, PixelEncoding.Scaled, 1, AnomalyScore.Reconstruction, samples: 1).Score(images);
        double[] sums = [.. scores.Chunk(20).Select(pixels => pixels.Sum(pixel => (double)pixel))];
        Assert.Equal(Pictures, sums.Length);
        Assert.All(scores, score => Assert.True(score >= 0));
        // The least is that of the likelihood's own peak, for gaussian and laplace the same for all pictures, for bernoulli what the score
        // leaves out.
        if (likelihood != "logistic")
        {
            for (int i = 0; i < Pictures; i++)
                Assert.Equal(whole[i] - whole[0], sums[i] - sums[0], 1e-3);
        }
        using var codec = new Codec(device, model, PixelEncoding.Scaled, seed: 1);
        Assert.Equal(codec.Decode(codec.Encode(images)), expected);
        Assert.Equal(codec.EncoderInputs(images), inputs);
    }

    [Fact]
    public void Pixels_that_are_drawn_are_so_whatever_the_other_pictures_are()
    {
        using IDevice device = Device.Open("cpu");
        var images = new ImageSet([.. Enumerable.Range(0, Pictures * 4 * 5).Select(i => (byte)(i * i * 41))], null, 4, 5);
        RunConfiguration configuration = RunConfiguration.FromPreset("ae") with
        {
            Hidden = [8],
            Latent = 3,
            Batch = 4,
            Likelihood = "bernoulli",
        };
        using Autoencoder model = ModelBuilder.Build(configuration, device, images.Shape, capacity: 4, 4);
        ModelBuilder.InitializeParameters(configuration, device, model, images);
        var scorer = new PixelScorer(device, model, PixelEncoding.Resampled, seed: 1);
        PixelScores all = scorer.Score(images), turned = scorer.Score(images.Take([.. Enumerable.Range(0, Pictures).Reverse()]));
        Assert.All(all.Inputs, input => Assert.True(input is 0 or 1));
        double[] whole = new AnomalyScorer(device, model, PixelEncoding.Resampled, 1, AnomalyScore.Reconstruction, samples: 1).Score(images);
        for (int i = 0; i < Pictures; i++)
        {
            float[] heat = all.Heat[(i * 20)..((i + 1) * 20)];
            Assert.Equal(heat, turned.Heat[((Pictures - 1 - i) * 20)..((Pictures - i) * 20)]);
            // Of pixels that are 0 or 1 the least is 0, so that nothing is left out.
            Assert.Equal(whole[i], heat.Sum(pixel => (double)pixel), 1e-3);
        }
        Assert.Empty(scorer.Score(images.Take([])).Heat);
    }
}
