namespace GpuVae.Runs;

/// <summary>
/// Declares a setting where it is a property of <see cref="RunConfiguration"/>. Its option (<c>--learning-rate</c>), its key
/// in <c>config.json</c> (<c>learning_rate</c>) and its type follow from the property, its default from the initializer; the
/// rest is said here. See <see cref="Settings"/> for what follows from it.
/// </summary>
/// <param name="help">
/// What a person reads about it; names to choose from and the default are put behind it. Without it the setting is only
/// recorded, and no option sets it.
/// </param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SettingAttribute(string help = "") : Attribute
{
    /// <summary>What a person reads about it.</summary>
    public string Help { get; } = help;

    /// <summary>Sentences behind the names to choose from.</summary>
    public string More { get; init; } = "";

    /// <summary>The heading of help that it stands under: one of <see cref="SettingGroup"/>.</summary>
    public string Group { get; init; } = "";

    /// <summary>
    /// Its place in <c>config.json</c>, which differs from the order of declaration because checkpoints hold this text, and
    /// equal runs give equal files. A setting without one comes after those that have one.
    /// </summary>
    public int JsonOrder { get; init; } = int.MaxValue;

    /// <summary>What stands for the value in help, where it does not follow from type and choices.</summary>
    public string? Placeholder { get; init; }

    /// <summary>What help says of the default, where the initializer does not.</summary>
    public object? Default { get; init; }

    /// <summary>The table of <see cref="Registry"/> that holds its values.</summary>
    public string? Choices { get; init; }

    /// <summary>A static property of the configuration: what words of its values mean, for help.</summary>
    public string? Explains { get; init; }

    /// <summary>Settings that go back to their defaults where its option is given, as a preset may have chosen them.</summary>
    public string[] Replaces { get; init; } = [];

    /// <summary>A static property of the configuration: names that are some of its values, for help and completion.</summary>
    public string? Suggestions { get; init; }

    /// <summary>A static property of the configuration: what else it may be, for help.</summary>
    public string? OtherValues { get; init; }

    /// <summary>A static method of the configuration that refuses what the text may not be.</summary>
    public string? Check { get; init; }

    /// <summary>Of a truth value: the setting whose option sets it by <see cref="Word"/>.</summary>
    public string? WordOf { get; init; }

    /// <summary>The word that may stand in the place of that setting's number.</summary>
    public string Word { get; init; } = "";

    /// <summary>The smallest number that it may be; of a list, each of its numbers.</summary>
    public double AtLeast { get; init; } = double.NaN;

    /// <summary>What a number has to be larger than.</summary>
    public double Above { get; init; } = double.NaN;

    /// <summary>The largest number that it may be.</summary>
    public double AtMost { get; init; } = double.NaN;

    /// <summary>What a number has to be smaller than.</summary>
    public double Below { get; init; } = double.NaN;

    /// <summary>Whether the limits hold for the number rounded to float32 too, as steps take it.</summary>
    public bool InFloat32 { get; init; }

    /// <summary>What is counted or measured, for messages: <c>epochs</c>.</summary>
    public string? Unit { get; init; }

    /// <summary>What a message about a wrong number adds: <c>1 is the ELBO</c>.</summary>
    public string? Note { get; init; }

    /// <summary>
    /// Whether <c>config.json</c> holds it only where it is not the default: checkpoints hold that text, and those of runs
    /// that a later setting does not concern stay as they were.
    /// </summary>
    public bool OmitDefault { get; init; }

    /// <summary>Whether a run may go on with another value of it.</summary>
    public bool MayChange { get; init; }
}

/// <summary>Headings of help.</summary>
public static class SettingGroup
{
    /// <summary>What is trained with.</summary>
    public const string Data = "Data";

    /// <summary>What is trained.</summary>
    public const string Model = "Model";

    /// <summary>What is minimised.</summary>
    public const string Objective = "Objective";

    /// <summary>Where the parameters start, and how each step moves them.</summary>
    public const string Optimizer = "Optimizer";

    /// <summary>How long, in what steps and where.</summary>
    public const string Training = "Training";

    /// <summary>When a run is saved and when it ends.</summary>
    public const string Stopping = "Stopping and going on";

    private static readonly string[] _inHelp = [Data, Model, Objective, Optimizer, Training, Stopping];

    /// <summary>Where a group stands in help; −1 for none.</summary>
    internal static int PlaceOf(string group) => Array.IndexOf(_inHelp, group);
}
