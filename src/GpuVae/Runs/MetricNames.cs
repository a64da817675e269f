namespace GpuVae.Runs;

/// <summary>What figures are called in <c>metrics.jsonl</c>; terms of a loss have names of their own beside these.</summary>
internal static class MetricNames
{
    public const string Epoch = "epoch";
    public const string TrainLoss = "train_loss";
    public const string TestLoss = "test_loss";
    public const string Reconstruction = "reconstruction";
    public const string Kl = "kl";

    /// <summary>Of likelihoods that are a probability of bytes alone.</summary>
    public const string Bits = "bits_per_dimension";

    /// <summary>Of likelihoods whose scale is learned.</summary>
    public const string Sigma = "sigma";

    public const string Seconds = "seconds";
    public const string ImagesPerSecond = "images_per_second";
    public const string LearningRate = "learning_rate";
    public const string EffectiveBeta = "effective_beta";
    public const string ActiveUnits = "active_units";

    /// <summary>Of codes with a divergence: an array.</summary>
    public const string UnitKl = "unit_kl";

    /// <summary>Of runs that clip gradients.</summary>
    public const string GradientNorm = "gradient_norm";

    /// <summary>The form of a line: lines of before it was written have none.</summary>
    public const string SchemaVersion = "schema_version";

    /// <summary>All of them.</summary>
    public static readonly string[] All =
    [
        Epoch, TrainLoss, TestLoss, Reconstruction, Kl, Bits, Sigma, Seconds, ImagesPerSecond, LearningRate, EffectiveBeta,
        ActiveUnits, UnitKl, GradientNorm, SchemaVersion,
    ];
}
