using System.CommandLine;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>An option for each of <see cref="Settings"/>, and what they make of a configuration.</summary>
/// <param name="names">The properties to have options for; none for all.</param>
internal sealed class SettingOptions(params string[] names)
{
    private readonly Dictionary<Setting, SettingOption> _options = Settings.All
        .Where(setting => setting.IsOption && (names.Length == 0 || names.Contains(setting.Name)))
        .ToDictionary(setting => setting, setting => new SettingOption(setting));

    /// <summary>The options under their headings, in the order in which help shows them.</summary>
    public IEnumerable<OptionGroup> Groups => Settings.Groups
        .Select(group => new OptionGroup(
            group.Key, [.. group.Where(_options.ContainsKey).Select(setting => _options[setting])]))
        .Where(group => group.Options.Count > 0);

    /// <summary>The option's value, or null where it was not typed.</summary>
    /// <param name="line">The command line.</param>
    /// <param name="name">The property's name.</param>
    public string? Typed(ParseResult line, string name) =>
        line.GetValue(_options.Single(option => option.Key.Name == name).Value);

    /// <summary>An option that was typed, or null where none was.</summary>
    public string? FirstTyped(ParseResult line) =>
        _options.Where(option => line.GetValue(option.Value) is not null).Select(option => option.Key.Option).FirstOrDefault();

    /// <summary>The configuration that was typed, over the preset or another start, which is judged by whoever asks.</summary>
    /// <param name="line">The command line.</param>
    /// <param name="start">Where there is one, what the options change; else the preset's.</param>
    /// <exception cref="UserException">Two options say the same thing.</exception>
    public RunConfiguration Read(ParseResult line, RunConfiguration? start = null)
    {
        if (Typed(line, nameof(RunConfiguration.Hidden)) is not null && Typed(line, nameof(RunConfiguration.Network)) is not null)
            throw new UserException("--hidden, --network: both say what the encoder's layers are; give one of them");
        return Apply(line, start ?? RunConfiguration.FromPreset(
            Typed(line, nameof(RunConfiguration.Preset)) ?? new RunConfiguration().Preset));
    }

    /// <summary>What was not typed stays as it is.</summary>
    private RunConfiguration Apply(ParseResult line, RunConfiguration configuration) => _options.Aggregate(
        configuration, (changed, option) =>
            line.GetValue(option.Value) is string typed ? option.Key.WithText(changed, typed) : changed);
}
