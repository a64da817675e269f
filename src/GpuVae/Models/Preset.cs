namespace GpuVae.Models;

/// <summary>A name for a tuple of choices. It fills in a configuration and is not looked at again.</summary>
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
    ];

    /// <summary>The preset of that name.</summary>
    /// <exception cref="UserException">There is none.</exception>
    public static Preset Find(string name) =>
        All.FirstOrDefault(preset => preset.Name == name)
        ?? throw new UserException(
            $"--preset {QuotedText.Excerpt(name)}: not a preset; the presets are "
            + string.Join(", ", All.Select(preset => preset.Name)));
}
