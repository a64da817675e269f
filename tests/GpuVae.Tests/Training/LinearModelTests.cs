using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Kernels;
using GpuVae.Runs;
using Xunit;

namespace GpuVae.Tests.Training;

/// <summary>
/// A VAE without hidden layers is probabilistic PCA (Lucas, Tucker, Grosse and Norouzi 2019, "Don't blame the ELBO!"), whose
/// best likelihood is known in closed form (Tipping and Bishop 1999, equation 15).
/// </summary>
public sealed class LinearModelTests
{
    private const int Dimensions = 6;

    // Two directions of their own, and noise of variance ½ in all.
    private static readonly double[] _variances = [5, 3, 0.5, 0.5, 0.5, 0.5];

    [Fact]
    public void A_linear_vae_reaches_the_likelihood_of_probabilistic_pca()
    {
        ImageSet rows = Rows();
        var data = new Dataset("pca", rows, rows);
        RunConfiguration configuration = RunConfiguration.FromPreset("vae") with
        {
            Hidden = [],
            Latent = 2,
            Likelihood = "gaussian",
            SigmaIsLearned = true,
            Samples = 8,
            Batch = rows.Count,
            Epochs = 4000,
            EvaluateEvery = 4000,
            LearningRate = 0.02,
            Schedule = "cosine",
        };
        using IDevice device = Device.Open("cpu");
        using var run = new TemporaryRun(device);
        run.Execute(configuration, data: data);

        using var trained = TrainedModel.Open(run.Path, device, rows.Count, draws: 4096);
        var scorer = new AnomalyScorer(
            device, trained.Model, PixelEncoding.Scaled, seed: 1, AnomalyScore.Iwae, samples: 2000);
        double expected = (Dimensions / 2.0 * Math.Log(2 * Math.PI)) + _variances.Sum(variance => Math.Log(variance) / 2)
            + (Dimensions / 2.0);
        Assert.Equal(expected, scorer.Score(rows).Average(), 0.01);
    }

    /// <summary>
    /// The 64 corners of a box, turned by a reflection I − 2vvᵀ: their mean is 0 and their covariance has exactly the variances
    /// above as its eigenvalues, and a linear model asks for nothing else.
    /// </summary>
    private static ImageSet Rows()
    {
        double[] v = [0.1, 0.5, -0.3, 0.7, 0.2, -0.4];
        double square = v.Sum(value => value * value);
        var values = new float[(1 << Dimensions) * Dimensions];
        for (int row = 0; row < 1 << Dimensions; row++)
        {
            double[] corner =
                [.. _variances.Select((variance, j) => (((row >> j) & 1) == 0 ? 1 : -1) * Math.Sqrt(variance))];
            double along = corner.Zip(v, (c, d) => c * d).Sum();
            for (int j = 0; j < Dimensions; j++)
                values[(row * Dimensions) + j] = (float)(corner[j] - (2 * along / square * v[j]));
        }
        return new ImageSet(values, null, 1, Dimensions);
    }
}
