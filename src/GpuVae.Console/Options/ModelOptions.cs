using System.CommandLine;
using System.Globalization;
using GpuVae.Models;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>What is trained: the network, the code and the likelihood.</summary>
internal sealed class ModelOptions : TrainOptionGroup
{
    private readonly Option<string?> _preset = OptionValue.Text(
        "--preset", Names(Preset.All.Select(preset => preset.Name)),
        "Which choices below to start from: " +
        string.Join("; ", Preset.All.Select(preset => $"{preset.Name} = {preset.Summary}")) +
        "; gpuvae presets says what each chooses" +
        $". An option that is given wins over its preset. Default: {Defaults.Preset}.");

    private readonly Option<int[]?> _hidden = OptionValue.List(
        "--hidden",
        "Units of each hidden layer of the encoder; the decoder mirrors them. Default: " +
        $"{string.Join(',', Defaults.Hidden)}.");

    private readonly Option<string?> _activation = OptionValue.Text(
        "--activation", Names(Choices.Activations.Keys),
        $"What follows each hidden layer. Default: {Defaults.Activation}.");

    private readonly Option<int?> _latent = OptionValue.Whole(
        "--latent",
        $"Numbers in a code. With 2 there are also pictures of the whole plane of codes. Default: {Defaults.Latent}.");

    private readonly Option<string?> _code = OptionValue.Text(
        "--code", Names(Choices.Codes.Keys),
        "What the encoder gives: the code itself (point), a mean and a variance for each unit to draw it from " +
        "(diagonal), a mean and a whole covariance (full), or bits for search by Hamming distance (binary). Default: " +
        "the preset's.");

    private readonly Option<double?> _codeNoise = OptionValue.Real(
        "--code-noise",
        "Deviation of the noise that pushes the units of a binary code to 0 or 1 in training. Default: " +
        $"{Text(Defaults.CodeNoise)}.");

    private readonly Option<string?> _likelihood = OptionValue.Text(
        "--likelihood", Names(Choices.Likelihoods.Keys),
        "What the decoder gives: the probability that a pixel is on (bernoulli), its mean with a normal distribution " +
        "about it, which is squared error (gaussian), or its median with a Laplace distribution about it, which is " +
        "absolute error (laplace). Default: the preset's; without --preset the one that fits the data.");

    private readonly Option<string?> _sigma = OptionValue.Text(
        "--sigma", "X|learned",
        "How wide that distribution is: σ of gaussian, b of laplace; learned makes it a parameter, one for all pixels. " +
        $"Default: {Text(Defaults.Sigma)}.");

    private readonly Option<string?> _corruption = OptionValue.Text(
        "--corruption", Names(Choices.Corruptions.Keys),
        "Noise on what the encoder sees, while the decoder is to give the clean image: normal numbers on each pixel, " +
        "clipped to 0…1 (gaussian), some pixels black (masking), or some black and some white (salt-and-pepper). " +
        $"Default: {Defaults.Corruption}.");

    private readonly Option<double?> _noise = OptionValue.Real(
        "--noise", "The corruption's strength: the deviation of gaussian noise, or the part of the pixels that is lost. " +
        $"Default: {Text(Defaults.Noise)}.");

    /// <inheritdoc/>
    public override OptionGroup Group => new(
        "Model",
        [
            _preset, _corruption, _noise, _hidden, _activation, _latent, _code, _codeNoise, _likelihood, _sigma,
        ]);

    /// <summary>The configuration of the preset that was typed, or of the default one.</summary>
    /// <exception cref="UserException">There is no such preset.</exception>
    public RunConfiguration StartingPoint(ParseResult line) =>
        RunConfiguration.FromPreset(line.GetValue(_preset) ?? Defaults.Preset);

    /// <summary>Refuses a preset that is not the one that a run began with.</summary>
    /// <exception cref="UserException">Another preset was typed.</exception>
    public void RequirePreset(ParseResult line, RunConfiguration began, string source)
    {
        if (line.GetValue(_preset) is string preset)
        {
            RunDifference.Require(began, began with { Preset = preset }, source);
        }
    }

    /// <summary>Whether a likelihood was typed, or a preset that has one.</summary>
    public bool ChoosesLikelihood(ParseResult line) =>
        line.GetResult(_likelihood) is not null || line.GetResult(_preset) is not null;

    /// <inheritdoc/>
    public override RunConfiguration Apply(ParseResult line, RunConfiguration configuration) =>
        ApplySigma(line.GetValue(_sigma), configuration) with
        {
            Corruption = line.GetValue(_corruption) ?? configuration.Corruption,
            Noise = line.GetValue(_noise) ?? configuration.Noise,
            Hidden = line.GetResult(_hidden) is null ? configuration.Hidden : line.GetRequiredValue(_hidden)!,
            Activation = line.GetValue(_activation) ?? configuration.Activation,
            Latent = line.GetValue(_latent) ?? configuration.Latent,
            Code = line.GetValue(_code) ?? configuration.Code,
            CodeNoise = line.GetValue(_codeNoise) ?? configuration.CodeNoise,
            Likelihood = line.GetValue(_likelihood) ?? configuration.Likelihood,
        };

    private static RunConfiguration ApplySigma(string? typed, RunConfiguration configuration)
    {
        if (typed is null)
            return configuration;
        if (typed == "learned")
            return configuration with { SigmaIsLearned = true };
        return double.TryParse(typed, NumberStyles.Float, CultureInfo.InvariantCulture, out double sigma)
            ? configuration with { Sigma = sigma, SigmaIsLearned = false }
            : throw new UserException($"--sigma {typed}: not a number such as 0.1, nor learned");
    }
}
