using System.Reflection;
using System.Text.Json;
using GpuVae.Data;
using GpuVae.Models;

namespace GpuVae.Runs;

/// <summary>Everything that decides a run, as it stands in <c>config.json</c>.</summary>
public sealed partial record RunConfiguration
{
    /// <summary>The version of GpuVae that wrote this.</summary>
    public string GpuvaeVersion { get; init; } = Version;

    /// <summary>The name that filled in the choices; nothing depends on it afterwards.</summary>
    public string Preset { get; init; } = "vae";

    /// <summary>The name of a set, a folder or a file; see <see cref="DataSettings.Data"/>.</summary>
    public string Data { get; init; } = "mnist";

    /// <summary>What a model sees of a pixel: a key of <see cref="Choices.Encodings"/>.</summary>
    public string Binarize { get; init; } = "none";

    /// <summary>What the encoder sees: a key of <see cref="Choices.Corruptions"/>.</summary>
    public string Corruption { get; init; } = "none";

    /// <summary>
    /// Widths of the encoder's hidden layers; the decoder has them in reverse. None gives a linear model.
    /// </summary>
    public int[] Hidden { get; init; } = [400];

    /// <summary>What follows each hidden layer: a key of <see cref="Choices.Activations"/>.</summary>
    public string Activation { get; init; } = "relu";

    /// <summary>k, the numbers in a code.</summary>
    public int Latent { get; init; } = 20;

    /// <summary>What the encoder's outputs mean: a key of <see cref="Choices.Codes"/>.</summary>
    public string Code { get; init; } = "diagonal";

    /// <summary>What the decoder's outputs mean: a key of <see cref="Choices.Likelihoods"/>.</summary>
    public string Likelihood { get; init; } = "bernoulli";

    /// <summary>What is minimised: a key of <see cref="Choices.Objectives"/>.</summary>
    public string Objective { get; init; } = "elbo";

    /// <summary>β, the weight of KL in the ELBO.</summary>
    public double Beta { get; init; } = 1;

    /// <summary>Images in a step.</summary>
    public int Batch { get; init; } = 128;

    /// <summary>Passes over the training images.</summary>
    public int Epochs { get; init; } = 10;

    /// <summary>Adam's α.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Decides every random number of the run.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>The device asked for.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>What products round their operands to, a <see cref="Kernels.Precision"/>: fp32, tf32 or bf16.</summary>
    public string Precision { get; init; } = "fp32";

    /// <summary>Train on the first so many images only; null for all.</summary>
    public int? Limit { get; init; }

    /// <summary>Names of the classes to train on and to be measured by; none for all.</summary>
    public string[] TrainLabels { get; init; } = [];

    /// <summary>The version of GpuVae that runs.</summary>
    public static string Version { get; } =
        typeof(RunConfiguration).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
            .InformationalVersion.Split('+')[0];

    /// <summary>The defaults with a preset's choices filled in.</summary>
    /// <exception cref="UserException">There is no such preset.</exception>
    public static RunConfiguration FromPreset(string name)
    {
        Preset preset = Models.Preset.Find(name);
        return new RunConfiguration
        {
            Preset = preset.Name,
            Corruption = preset.Corruption,
            Code = preset.Code,
            Likelihood = preset.Likelihood,
            Objective = preset.Objective,
            Hidden = [.. preset.Hidden],
            Latent = preset.Latent,
            Beta = preset.Beta,
            Samples = preset.Samples,
            LearningRate = preset.LearningRate,
        };
    }

    /// <summary>Refuses what cannot be trained.</summary>
    /// <exception cref="UserException">One line that names the option and what it may be.</exception>
    public void Validate()
    {
        Models.Preset.Find(Preset);
        Choices.Find("--binarize", Binarize, Choices.Encodings);
        Choices.Find("--activation", Activation, Choices.Activations);
        Choices.Find("--precision", Precision, Choices.Precisions);
        ValidateNoise();
        ValidateObjective();

        foreach (int width in Hidden)
            RequirePositive("--hidden", width, "each hidden layer needs at least 1 unit");
        RequirePositive("--latent", Latent, "a code needs at least 1 unit");
        RequirePositive("--batch", Batch, "a step needs at least 1 image");
        RequirePositive("--epochs", Epochs, "at least 1 epoch is trained");
        if (Limit is int limit)
            RequirePositive("--limit", limit, "at least 1 training image is needed");
        if (TrainLabels.Any(string.IsNullOrEmpty))
            throw Refuse("--train-labels", string.Join(',', TrainLabels), "names of classes such as 1 or 0,1");
        if (!double.IsFinite(LearningRate) || LearningRate <= 0)
            throw Refuse("--learning-rate", LearningRate, "must be a finite number above 0, such as 1e-3");
        ValidateData();
        ValidateOptimization();
        ValidateStopping();
    }

    /// <summary>Writes everything, the version and the effective β as one JSON object with snake_case names.</summary>
    public void WriteJson(Utf8JsonWriter json) => RunConfigurationJson.Write(json, this);

    /// <summary>
    /// What <see cref="WriteJson"/> wrote. A property that is not there has its default, as in the file of an older
    /// version; one that is unknown, there twice or of the wrong kind is refused.
    /// </summary>
    /// <param name="json">UTF-8 text.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <exception cref="UserException">It is not such JSON, or <see cref="Validate"/> refuses what it says.</exception>
    public static RunConfiguration ReadJson(ReadOnlySpan<byte> json, string source) =>
        RunConfigurationJson.Read(json, source);

    private static void RequirePositive(string option, int value, string reason)
    {
        if (value < 1)
            throw Refuse(option, value, reason);
    }

    private static UserException Refuse<T>(string option, T value, string reason) =>
        new($"{option} {QuotedText.Excerpt(FormattableString.Invariant($"{value}"))}: {reason}");
}
