using System.CommandLine;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>An option for each of <see cref="Settings"/>, and what they make of a configuration.</summary>
internal sealed class SettingOptions
{
    private readonly Dictionary<Setting, SettingOption> _options = Settings.All
        .Where(setting => setting.IsOption).ToDictionary(setting => setting, setting => new SettingOption(setting));

    /// <summary>The options under their headings, in the order in which help shows them.</summary>
    public IEnumerable<OptionGroup> Groups => Settings.Groups.Select(
        group => new OptionGroup(group.Key, [.. group.Select(setting => _options[setting])]));

    /// <summary>The option's value, or null where it was not typed.</summary>
    /// <param name="line">The command line.</param>
    /// <param name="name">The property's name.</param>
    public string? Typed(ParseResult line, string name) =>
        line.GetValue(_options.Single(option => option.Key.Name == name).Value);

    /// <summary>The configuration with what was typed; what was not typed stays as it is.</summary>
    public RunConfiguration Apply(ParseResult line, RunConfiguration configuration) => _options.Aggregate(
        configuration, (changed, option) =>
            line.GetValue(option.Value) is string typed ? option.Key.WithText(changed, typed) : changed);
}
