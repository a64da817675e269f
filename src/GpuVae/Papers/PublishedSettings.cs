using GpuVae.Training;

namespace GpuVae.Papers;

/// <summary>The published results that can be reproduced.</summary>
public static class PublishedSettings
{
    private static readonly string[] _nothing = [];

    /// <summary>Every one of them.</summary>
    public static IReadOnlyList<PublishedSetting> All { get; } =
    [
        new(
            "pytorch-vae", "the VAE of PyTorch's examples on MNIST, 10 epochs: its test loss",
            "pytorch/examples, vae/main.py", _nothing,
            _ => new RunConfiguration(), Measures.TestLoss),
        new(
            "iwae-table1", "VAE and IWAE with one stochastic layer on MNIST that is binarised at every visit: −log p(x)",
            "Burda, Grosse and Salakhutdinov 2016, table 1", ["--objective", "--k", "--short"],
            ImportanceWeightedTable.Configure, ImportanceWeightedTable.Measure),
        new(
            "tf-denoise", "a denoising autoencoder on MNIST with gaussian noise of 0.2: what it leaves of the noise",
            "TensorFlow, Intro to Autoencoders (which trains on Fashion-MNIST and gives no figure)", _nothing,
            _ => RunConfiguration.FromPreset("denoise") with { Noise = 0.2, Likelihood = "bernoulli" },
            Measures.RemainingNoise),
        new(
            "tf-anomaly", "heartbeats of ECG5000, trained on normal ones: how well the others are told apart",
            "TensorFlow, Intro to Autoencoders (all 4,998 examples of the set; fewer make fewer steps)", ["--data", "--label-column"],
            Heartbeats.Configure, Heartbeats.Measure),
        new(
            "semantic-hashing", "64-bit codes on MNIST: how many of the nearest 100 have the query's label",
            "Salakhutdinov and Hinton 2009 (on text; the bounds are this project's)", _nothing,
            _ => RunConfiguration.FromPreset("hash"), Measures.Retrieval),
    ];

    /// <summary>The setting of that name.</summary>
    /// <exception cref="UserException">There is none.</exception>
    public static PublishedSetting Find(string name) =>
        All.FirstOrDefault(setting => setting.Name == name)
        ?? throw new UserException(
            $"{QuotedText.Excerpt(name)}: nothing of that name to reproduce; there is "
            + string.Join(", ", All.Select(setting => setting.Name)));
}
