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

        float[] scores = new PixelScorer(device, model, PixelEncoding.Scaled, seed: 1).Score(images, out float[] expected);

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
    }
}
