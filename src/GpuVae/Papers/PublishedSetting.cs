using GpuVae.Training;

namespace GpuVae.Papers;

/// <summary>What a person may choose of a published setting; each setting says which of it it takes.</summary>
/// <param name="Data">Where the data lies, for a set that does not come along.</param>
/// <param name="Objective">Which of two models: vae or iwae.</param>
/// <param name="Samples">k, draws of each image's code.</param>
/// <param name="IsShort">Whether to train for less than the paper did.</param>
/// <param name="LabelColumn">Of a CSV file, the column with the class.</param>
public sealed record SettingChoices(
    string? Data = null, string Objective = "vae", int Samples = 1, bool IsShort = false,
    string LabelColumn = "first");

/// <summary>A figure beside the one that was published.</summary>
/// <param name="Quantity">What it is, with its unit.</param>
/// <param name="Ours">Measured here.</param>
/// <param name="Published">What the source says, or null where it gives no such number.</param>
/// <param name="Bound">What it has to reach; null where nothing is claimed.</param>
/// <param name="IsAtMost">Whether <paramref name="Bound"/> is the largest it may be, or the smallest.</param>
public sealed record Comparison(string Quantity, double Ours, double? Published, double? Bound, bool IsAtMost)
{
    /// <summary>Whether the bound is kept; null where there is none.</summary>
    public bool? IsMet => Bound is double bound ? (IsAtMost ? Ours <= bound : Ours >= bound) : null;
}

/// <summary>
/// A published result as a description: what to train, what to measure, and what the source says. All are run by the
/// same code.
/// </summary>
/// <param name="Name">What a person types.</param>
/// <param name="Summary">What a person reads about it.</param>
/// <param name="Source">Who published it.</param>
/// <param name="Takes">Which of <see cref="SettingChoices"/> it takes, as options of the command line.</param>
/// <param name="Configure">What to train.</param>
/// <param name="Measure">What to measure of the trained model, beside what was published.</param>
public sealed record PublishedSetting(
    string Name, string Summary, string Source, IReadOnlyList<string> Takes,
    Func<SettingChoices, RunConfiguration> Configure,
    Func<TrainedSetting, IReadOnlyList<Comparison>> Measure);
