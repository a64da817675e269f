using System.CommandLine;
using System.CommandLine.Completions;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>
/// The option of a setting: its name, its completion and what may be typed follow from the declaration. So does its help,
/// which <see cref="HelpText"/> asks the setting for, so that a line which asks for no help does not make all of it.
/// </summary>
internal sealed class SettingOption : Option<string?>
{
    /// <summary>The option of <paramref name="setting"/>.</summary>
    public SettingOption(Setting setting)
        : base(setting.Option)
    {
        Setting = setting;
        HelpName = setting.Placeholder;
        bool isFlag = setting.Type == typeof(bool);
        if (isFlag)
            Arity = ArgumentArity.ZeroOrOne;
        CustomParser = OptionValue.TextParser(
            setting.Option, setting.Placeholder, typed => setting.WithText(new RunConfiguration(), typed), isFlag ? "true" : null);
        CompletionSources.Add(_ => setting.Names.Select(name => new CompletionItem(name)));
    }

    /// <summary>What it sets.</summary>
    public Setting Setting { get; }
}
