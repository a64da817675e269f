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
        return Apply(line, start ?? Preset(line));
    }

    /// <summary>What the preset that was typed had chosen and another option puts aside without naming it, a sentence each.</summary>
    public IEnumerable<string> Replacements(ParseResult line)
    {
        foreach ((Setting chosen, Setting setting) in OfPreset(line))
        {
            if (_options.Keys.FirstOrDefault(option => IsTyped(line, option) && option.Replaced.Contains(chosen)) is Setting typed)
            {
                yield return $"{typed.Option} {line.GetValue(_options[typed])} takes the place of {chosen.Option} "
                    + $"{ShellWord.Quote(chosen.Text(Preset(line)))}, which {setting.Option} {setting.Text(Preset(line))} chooses; leave "
                    + $"{typed.Option} out to keep that";
            }
        }
    }

    /// <summary>A message, and of an option in it that the preset chose and nobody typed that it did.</summary>
    public string Explain(ParseResult line, string message)
    {
        foreach ((Setting chosen, Setting setting) in OfPreset(line))
        {
            if (message.Contains($"{chosen.Option} ", StringComparison.Ordinal))
            {
                RunConfiguration preset = Preset(line);
                return $"{message}; {chosen.Option} {chosen.Text(preset)} is what {setting.Option} {setting.Text(preset)} chooses";
            }
        }

        return message;
    }

    /// <summary>The settings that the preset which was typed has chosen and no option of their own has, each with the preset's.</summary>
    private IEnumerable<(Setting Chosen, Setting Preset)> OfPreset(ParseResult line)
    {
        Setting setting = Settings.All.Single(setting => setting.Name == nameof(RunConfiguration.Preset));
        if (!IsTyped(line, setting))
        {
            return [];
        }

        RunConfiguration preset = Preset(line), defaults = new();
        return Settings.All
            .Where(each => each.IsOption && each != setting && !each.IsEqual(preset, defaults) && !IsTyped(line, each))
            .Select(each => (each, setting));
    }

    private RunConfiguration Preset(ParseResult line) => RunConfiguration.FromPreset(
        Typed(line, nameof(RunConfiguration.Preset)) ?? new RunConfiguration().Preset);

    private bool IsTyped(ParseResult line, Setting setting) =>
        _options.TryGetValue(setting, out SettingOption? option) && line.GetValue(option) is not null;

    /// <summary>What was not typed stays as it is.</summary>
    private RunConfiguration Apply(ParseResult line, RunConfiguration configuration) => _options.Aggregate(
        configuration, (changed, option) =>
            line.GetValue(option.Value) is string typed ? option.Key.WithText(changed, typed) : changed);
}
