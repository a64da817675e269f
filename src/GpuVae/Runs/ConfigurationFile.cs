using GpuVae.Files;

namespace GpuVae.Runs;

/// <summary>
/// Settings in a file of the form of <c>config.json</c>, for a new run: that of another run, which has all of them, or one that a
/// person wrote, in which a preset gives those that are not there. What is only recorded of a run, such as what its pipeline found in
/// its data, is left aside.
/// </summary>
public sealed class ConfigurationFile
{
    private readonly (Setting Setting, object? Value)[] _given;

    private ConfigurationFile(string path, IReadOnlyList<(Setting Setting, object? Value)> values)
    {
        FullPath = path;
        IsComplete = values.Any(value => value.Setting.Name == nameof(RunConfiguration.GpuvaeVersion));
        DataPath = Value(values, nameof(RunConfiguration.DataPath));
        Preset = Value(values, nameof(RunConfiguration.Preset));
        _given =
        [
            .. values.Where(value => value.Setting.IsOption || value.Setting.WordOf is not null)
                .OrderBy(value => value.Setting.JsonOrder), // a network behind the hidden units that it puts aside
        ];
    }

    /// <summary>The file, as it was asked for.</summary>
    public string FullPath { get; }

    /// <summary>Whether a run wrote it: then a setting that is not there has its default, whatever the preset.</summary>
    public bool IsComplete { get; }

    /// <summary>The preset that it names, or null.</summary>
    public string? Preset { get; }

    /// <summary>Where the data of the run that wrote it lay, or null.</summary>
    public string? DataPath { get; }

    /// <summary>Reads a file.</summary>
    /// <param name="path">JSON.</param>
    /// <exception cref="UserException">
    /// It cannot be read, or names a setting that there is not, with the closest one, or gives one a value that it cannot have.
    /// </exception>
    public static ConfigurationFile Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        byte[] text;
        try
        {
            text = InputFile.ReadSmall(path, RunConfigurationJson.LongestText);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{path}: cannot be read: {InputFile.Reason(exception)}", exception);
        }
        var file = new ConfigurationFile(path, RunConfigurationJson.ReadValues(text, path));
        RunConfigurationJson.Blaming(path, () =>
        {
            RunConfiguration alone = file.Over(new RunConfiguration());
            foreach ((Setting setting, _) in file._given)
                setting.Validate(alone);
        });
        return file;
    }

    /// <summary>Whether it has a value of a setting.</summary>
    /// <param name="name">The property's name.</param>
    public bool Gives(string name) => Array.Exists(_given, value => value.Setting.Name == name);

    /// <summary>A configuration with the file's settings in the place of its own; whether they go together is not judged.</summary>
    /// <param name="start">Stays as it is.</param>
    public RunConfiguration Over(RunConfiguration start) => _given.Aggregate(
        start, (changed, given) => given.Setting.WithGiven(changed, given.Value));

    private static string? Value(IReadOnlyList<(Setting Setting, object? Value)> values, string name) =>
        values.FirstOrDefault(value => value.Setting.Name == name).Value as string;
}
