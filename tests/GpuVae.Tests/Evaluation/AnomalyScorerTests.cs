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
        Assert.Equal(loss.Reconstruction + loss.Divergence - Entropies(_images).Average(), elbo, 0.1);
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
        expected += model.Likelihood.Constant(Dimensions) - Entropies(one)[0];
        Assert.Equal(expected, Score(model, score, K, one)[0], 1e-6);
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

    [Theory]
    [InlineData(AnomalyScore.Elbo, PixelEncoding.Scaled, 3)]
    [InlineData(AnomalyScore.Iwae, PixelEncoding.Scaled, 150)]
    [InlineData(AnomalyScore.Elbo, PixelEncoding.Resampled, 3)]
    [InlineData(AnomalyScore.Reconstruction, PixelEncoding.Resampled, 1)]
    public void A_score_does_not_depend_on_the_place_of_the_example(AnomalyScore score, PixelEncoding encoding, int samples)
    {
        using Autoencoder model = Build("vae");
        double[] Of(ImageSet images) => new AnomalyScorer(_device, model, encoding, seed: 1, score, samples).Score(images);

        double[] scores = Of(_images);
        Assert.True(scores.Distinct().Count() > 5);
        Assert.Equal(scores.Reverse(), Of(_images.Take([.. Enumerable.Range(0, Examples).Reverse()])));
        Assert.Equal(scores[20], Assert.Single(Of(_images.Take([20]))));
    }

    [Fact]
    public void A_bound_of_a_code_that_is_not_drawn_is_refused()
    {
        using Autoencoder model = Build("ae");
        Assert.Throws<InvalidOperationException>(() => Score(model, AnomalyScore.Elbo, samples: 1));
    }

    /// <summary>Else the plainest grey would score as high as the strangest black and white.</summary>
    [Fact]
    public void A_grey_pixels_own_entropy_is_no_part_of_its_score()
    {
        using Autoencoder model = Build("vae");
        double[] scores = Score(model, AnomalyScore.Reconstruction, samples: 1);
        using var codec = new Codec(_device, model, PixelEncoding.Scaled, seed: 1);
        float[] x = codec.EncoderInputs(_images), means = codec.Decode(codec.Encode(_images));
        for (int i = 0; i < Examples; i++)
        {
            // KL of coins with the probabilities x from coins with x̂: 0 where they are the same.
            double expected = 0;
            for (int j = i * Dimensions; j < (i + 1) * Dimensions; j++)
                expected += Divergence(x[j], means[j]) + Divergence(1 - (double)x[j], 1 - (double)means[j]);
            Assert.Equal(expected, scores[i], 1e-5);
            Assert.True(scores[i] >= 0);
        }

        static double Divergence(double p, double q) => p == 0 ? 0 : p * Math.Log(p / q);
    }

    /// <summary>detect scores part by part, so that it can show how far it is.</summary>
    [Theory]
    [InlineData(AnomalyScore.Reconstruction)]
    [InlineData(AnomalyScore.Elbo)]
    public void Parts_have_the_scores_of_the_whole_and_are_told(AnomalyScore score)
    {
        using Autoencoder model = Build("vae");
        ImageSet many = _images.Take([.. Enumerable.Range(0, 600).Select(i => i % Examples)]);
        var scorer = new AnomalyScorer(_device, model, PixelEncoding.Scaled, seed: 1, score, samples: 2);
        List<int> told = [];
        Assert.Equal(scorer.Score(many), GpuVae.CommandLine.RunScores.Score(scorer, many, model.Capacity, told.Add));
        Assert.True(told.Count >= 2, "nothing is told before the end");
        Assert.Equal(600, told[^1]);
        Assert.Equal(told.Order(), told);
    }

    [Fact]
    public void Binary_pixels_have_no_entropy_to_take_away()
    {
        using Autoencoder model = Build("vae");
        double[] scores = new AnomalyScorer(
            _device, model, PixelEncoding.Threshold, seed: 1, AnomalyScore.Reconstruction, samples: 1).Score(_images);
        using var codec = new Codec(_device, model, PixelEncoding.Threshold, seed: 1);
        float[] x = codec.EncoderInputs(_images), means = codec.Decode(codec.Encode(_images));
        for (int i = 0; i < Examples; i++)
        {
            double expected = 0;
            for (int j = i * Dimensions; j < (i + 1) * Dimensions; j++)
                expected -= Math.Log(x[j] == 1 ? means[j] : 1 - (double)means[j]);
            Assert.Equal(expected, scores[i], 1e-5);
        }
    }

    [Theory]
    [InlineData(AnomalyScore.Reconstruction)]
    [InlineData(AnomalyScore.Elbo)]
    [InlineData(AnomalyScore.Iwae)]
    public void What_has_no_probability_is_an_anomaly_and_changes_no_other_score(AnomalyScore score)
    {
        foreach (string likelihood in (string[])["bernoulli", "gaussian", "laplace", "logistic", "beta-binomial", "logistic-mixture"])
        {
            using Autoencoder model = Build("vae", likelihood);
            float[] numbers = new float[Examples * Dimensions];
            _images.CopyTo(0, numbers);
            double[] expected = Score(model, score, samples: 3, new ImageSet(numbers, null, 2, 3));
            float[] strange = [.. numbers];
            (int Example, float Value)[] put =
            [
                (2, float.NaN), (3, float.PositiveInfinity), (9, float.NegativeInfinity), (36, float.NaN),
                .. likelihood == "gaussian" ? ((int, float)[])[(17, 3e38f)] : [],
                .. likelihood is "logistic" or "beta-binomial" or "logistic-mixture" ? ((int, float)[])[(20, 256 / 255f), (21, -1 / 255f), (22, 76.4f / 255)] : [],
                .. likelihood == "bernoulli" ? ((int, float)[])[(20, 1.5f), (21, -0.01f), (22, 1000f)] : [],
            ];
            foreach ((int example, float value) in put)
            {
                strange[example * Dimensions] = value;
                expected[example] = double.PositiveInfinity;
            }
            Assert.Equal(expected, Score(model, score, samples: 3, new ImageSet(strange, null, 2, 3)));
        }
    }

    [Fact]
    public void Another_width_is_refused_by_both_numbers()
    {
        using Autoencoder model = Build("vae");
        var narrow = new ImageSet(new float[10], null, 1, 5);
        using var codec = new Codec(_device, model, PixelEncoding.Scaled, seed: 1);
        Action[] uses =
        [
            () => Score(model, AnomalyScore.Reconstruction, samples: 1, narrow),
            () => Score(model, AnomalyScore.Iwae, samples: 2, narrow),
            () => codec.Encode(narrow),
            () => codec.Use(narrow),
            () => new Evaluator(_device, model, narrow, seed: 1).Dispose(),
        ];
        foreach (Action use in uses)
        {
            Assert.Contains(
                "5 numbers, the model takes 6", Assert.Throws<ArgumentException>(use).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(AnomalyScore.Reconstruction)]
    [InlineData(AnomalyScore.Iwae)]
    public async Task Threads_that_share_a_scorer_get_what_one_alone_gets(AnomalyScore score)
    {
        using Autoencoder model = Build("vae");
        var scorer = new AnomalyScorer(_device, model, PixelEncoding.Scaled, seed: 1, score, samples: 3);
        using var codec = new Codec(_device, model, PixelEncoding.Scaled, seed: 1);
        double[] expected = scorer.Score(_images);
        float[] codes = codec.Encode(_images), pictures = codec.Decode(codes);
        var threads = new Task[4];
        for (int i = 0; i < threads.Length; i++)
        {
            bool scores = i % 2 == 0;
            threads[i] = Task.Factory.StartNew(
                () =>
                {
                    for (int round = 0; round < 20; round++)
                    {
                        Assert.Equal(expected, scorer.Score(_images));
                        if (scores)
                            continue;
                        Assert.Equal(codes, codec.Encode(_images));
                        Assert.Equal(pictures, codec.Decode(codes));
                    }
                },
                CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        await Task.WhenAll(threads).WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData(PixelEncoding.Threshold)]
    [InlineData(PixelEncoding.Resampled)]
    public void What_is_no_probability_is_an_anomaly_though_it_would_be_binarised(PixelEncoding encoding)
    {
        using Autoencoder model = Build("ae", "gaussian");
        var images = new ImageSet([0, 1, 0.5f, 0, 1, 1, 0, 1, 0.5f, 0, 7, 1, 0, 1, 0.5f, 0, -0.01f, 1], null, 1, Dimensions);
        double[] scores = new AnomalyScorer(_device, model, encoding, 1, AnomalyScore.Reconstruction, 1).Score(images);
        Assert.Equal([true, false, false], scores.Select(double.IsFinite));
    }

    public void Dispose() => _device.Dispose();

    private double[] Score(Autoencoder model, AnomalyScore score, int samples, ImageSet? images = null) =>
        new AnomalyScorer(_device, model, PixelEncoding.Scaled, seed: 1, score, samples).Score(images ?? _images);

    /// <summary>H(x) of each example, as coins with the probabilities x.</summary>
    private static double[] Entropies(ImageSet images)
    {
        var x = new float[images.Count * Dimensions];
        images.CopyTo(0, x);
        return
        [
            .. x.Chunk(Dimensions).Select(example => example.Sum(
                p => p is 0 or 1 ? 0 : -(p * Math.Log(p)) - ((1 - (double)p) * Math.Log(1 - (double)p)))),
        ];
    }

    /// <summary>A model of small random weights.</summary>
    private Autoencoder Build(string preset, string? likelihood = null)
    {
        RunConfiguration configuration = RunConfiguration.FromPreset(preset) with { Hidden = [5], Latent = 2 };
        if (likelihood is not null)
            configuration = configuration with { Likelihood = likelihood };
        Autoencoder model = ModelBuilder.Build(configuration, _device, Shape.Vector(Dimensions), capacity: 64);
        ModelBuilder.InitializeParameters(configuration, _device, model, _images);
        return model;
    }
}
