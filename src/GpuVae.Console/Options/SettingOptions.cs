using System.CommandLine;
using System.CommandLine.Completions;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>An option for each of <see cref="Settings"/>: name, help, completion and what may be typed follow from it.</summary>
internal sealed class SettingOptions
{
    private readonly Dictionary<Setting, Option<string?>> _options =
        Settings.All.Where(setting => setting.IsOption).ToDictionary(setting => setting, Create);

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

    private static Option<string?> Create(Setting setting)
    {
        Option<string?> option = OptionValue.Text(
            setting.Option, setting.Placeholder, setting.Help,
            typed => setting.WithText(new RunConfiguration(), typed));
        option.CompletionSources.Add(_ => setting.Names.Select(name => new CompletionItem(name)));
        return option;
    }
}
