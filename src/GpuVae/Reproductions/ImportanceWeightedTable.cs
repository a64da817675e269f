using GpuVae.Evaluation;
using GpuVae.Runs;

namespace GpuVae.Reproductions;

/// <summary>
/// Table 1 of Burda, Grosse and Salakhutdinov (2016), its rows with one stochastic layer on MNIST: section 5 and appendix
/// A give the setting.
/// </summary>
/// <remarks>
/// Its VAE differs from its IWAE in nothing but the weight of a draw. It descends the mean of −log w over k draws (section 2;
/// <c>gradIminibatch_srng</c> of the authors' program), in which KL is log q(z | x) − log p(z) of the draws, where IWAE
/// has the log of the mean of w (section 3, equation 8). With k = 1 the two are the same.
/// </remarks>
internal static class ImportanceWeightedTable
{
    /// <summary>Stages of the schedule: stage i trains 3^i epochs at 1e-3 · 10^(−i/7).</summary>
    public const int Stages = 8;

    private const int ShortStages = 6;
    private const int TestSamples = 5000;
    private const double Tolerance = 0.25;

    // −log p(x) by objective and k. At k = 1 the two objectives are the same.
    private static readonly Dictionary<(string Objective, int Samples), double> _published = new()
    {
        [("vae", 1)] = 86.76,
        [("vae", 5)] = 86.47,
        [("vae", 50)] = 86.35,
        [("iwae", 1)] = 86.76,
        [("iwae", 5)] = 85.54,
        [("iwae", 50)] = 84.78,
    };

    /// <summary>784-200-200-50 with tanh on both sides.</summary>
    /// <exception cref="UserException">The table has no such row.</exception>
    public static RunConfiguration Configure(SettingChoices choices)
    {
        if (!_published.ContainsKey((choices.Objective, choices.Samples)))
        {
            throw new UserException(
                $"--objective {QuotedText.Excerpt(choices.Objective)} --k {choices.Samples}: no row of the table; "
                + "--objective is vae or iwae, and --k is 1, 5 or 50");
        }
        int stages = choices.IsShort ? ShortStages : Stages;
        return RunConfiguration.FromPreset("vae") with
        {
            Preset = choices.Objective,
            Objective = choices.Objective == "iwae" ? "iwae" : "elbo",
            Samples = choices.Samples,
            Divergence = choices.Objective == "iwae" ? "exact" : "sampled",
            Binarize = "dynamic",
            Hidden = [200, 200],
            Activation = "tanh",
            Latent = 50,
            Initializer = "glorot",
            OutputBias = "pixel-mean",
            Batch = 20,
            AdamEpsilon = 1e-4,
            LearningRate = 1e-3,
            Schedule = "steps",
            RateSteps = [.. Enumerable.Range(1, stages - 1).Select(i => new RateStep(FirstEpoch(i), Rate(i)))],
            Epochs = FirstEpoch(stages) - 1,
            EvaluateEvery = 27,
        };
    }

    /// <summary>The importance-sampled likelihood of the test images.</summary>
    public static IReadOnlyList<Comparison> Measure(TrainedSetting setting)
    {
        using TrainedModel trained = setting.Open(ImportanceSampler.DecoderBatch);
        using var sampler = new ImportanceSampler(
            setting.Device, trained.Model, trained.Encoding, setting.Configuration.Seed);
        ImportanceEstimate estimate = sampler.Estimate(setting.Test, TestSamples, setting.Progress);
        double published = _published[(setting.Choices.Objective, setting.Choices.Samples)];
        // What the paper got after all stages says nothing about fewer.
        double? bound = setting.Choices.IsShort ? null : published + Tolerance;
        return [new("−log p(x), nats per image", estimate.NegativeLogLikelihood, published, bound, IsAtMost: true)];
    }

    /// <summary>1 + 3⁰ + 3¹ + … + 3^(stage − 1).</summary>
    private static int FirstEpoch(int stage) => 1 + (((int)Math.Pow(3, stage) - 1) / 2);

    private static double Rate(int stage) => 1e-3 * Math.Pow(10, -stage / 7.0);
}
