namespace GpuVae.Models;

/// <summary>
/// A name for a tuple of choices, and for the numbers that belong to them. It fills in a configuration and is not looked
/// at again.
/// </summary>
/// <param name="Name">What a person types.</param>
/// <param name="Summary">What a person reads about it.</param>
/// <param name="Corruption">Key of <see cref="Choices.Corruptions"/>.</param>
/// <param name="Code">Key of <see cref="Choices.Codes"/>.</param>
/// <param name="Likelihood">Key of <see cref="Choices.Likelihoods"/>.</param>
/// <param name="Objective">Key of <see cref="Choices.Objectives"/>.</param>
public sealed record Preset(
    string Name, string Summary, string Corruption, string Code, string Likelihood, string Objective)
{
    /// <summary>Every preset, the default first.</summary>
    public static IReadOnlyList<Preset> All { get; } =
    [
        new("vae", "variational autoencoder", "none", "diagonal", "bernoulli", "elbo"),
        new("ae", "autoencoder", "none", "point", "gaussian", "reconstruction"),
        new("beta-vae", "VAE with more regular codes", "none", "diagonal", "bernoulli", "elbo") { Beta = 4 },
        new("iwae", "VAE with a tighter bound", "none", "diagonal", "bernoulli", "iwae") { Samples = 5 },
        new("denoise", "denoising autoencoder", "gaussian", "point", "gaussian", "reconstruction")
        {
            Hidden = [512],
            Latent = 64,
        },
        new("hash", "codes of bits for search", "none", "binary", "bernoulli", "reconstruction") { Latent = 64 },
        new("anomaly", "autoencoder for rare examples", "none", "point", "laplace", "reconstruction")
        {
            Hidden = [32, 16],
            Latent = 8,
        },
    ];

    /// <summary>Widths of the encoder's hidden layers.</summary>
    public IReadOnlyList<int> Hidden { get; init; } = [400];

    /// <summary>k, the numbers in a code.</summary>
    public int Latent { get; init; } = 20;

    /// <summary>β.</summary>
    public double Beta { get; init; } = 1;

    /// <summary>K, draws of each image's code.</summary>
    public int Samples { get; init; } = 1;

    /// <summary>The preset of that name.</summary>
    /// <exception cref="UserException">There is none.</exception>
    public static Preset Find(string name) =>
        All.FirstOrDefault(preset => preset.Name == name)
        ?? throw new UserException(
            $"--preset {QuotedText.Excerpt(name)}: not a preset; the presets are "
            + string.Join(", ", All.Select(preset => preset.Name)));
}
