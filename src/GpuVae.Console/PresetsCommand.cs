using System.CommandLine;
using System.Text.Json;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary><c>gpuvae presets</c>: what <c>--preset</c> takes, as the choices that each is.</summary>
internal sealed class PresetsCommand : Verb
{
    private static readonly string[] _headings =
        ["preset", "network", "code, likelihood, objective", "noise", "what it is"];

    /// <summary>Settings that have a column.</summary>
    private static readonly string[] _shown =
    [
        nameof(RunConfiguration.Preset), nameof(RunConfiguration.Network), nameof(RunConfiguration.Hidden),
        nameof(RunConfiguration.Latent), nameof(RunConfiguration.Activation), nameof(RunConfiguration.Code),
        nameof(RunConfiguration.Likelihood), nameof(RunConfiguration.Objective), nameof(RunConfiguration.Beta),
        nameof(RunConfiguration.Samples), nameof(RunConfiguration.Corruption), nameof(RunConfiguration.Noise),
    ];

    /// <summary>The verb.</summary>
    public PresetsCommand()
        : base(
            "presets",
            "Lists the presets as the choices they are.",
            "Lists what gpuvae train --preset takes. A preset is a name for five choices and the numbers that belong to " +
            "them; each can be changed by an option of train.",
            [new OptionGroup("Figures", [new JsonOption()])])
    {
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("gpuvae presets", "The table."),
        new("gpuvae train --preset denoise --noise 0.3", "Trains by one of them, with another number."),
    ];

    /// <inheritdoc/>
    protected override int Execute(ParseResult line)
    {
        TextTable.Write(_headings, [.. Registry.Presets.Select(preset => Row(preset.Name, preset.Summary))]);
        Console.Out.WriteLine();
        foreach ((string name, _) in Registry.Presets.Select(preset => (preset.Name, preset.Summary)))
        {
            if (Others(name) is { Length: > 0 } others)
            {
                WrappedText.WriteLine($"{name} also has {others}.");
            }
        }

        WrappedText.WriteLine(
            "bernoulli is for pictures and for 0 and 1: a table of other numbers gets gaussian in its place, unless --likelihood says "
            + "otherwise.");
        WriteFigures(line, Write);
        return ExitCode.Done;
    }

    /// <summary>Each preset with its settings that are not the defaults.</summary>
    private static void Write(Utf8JsonWriter json)
    {
        json.WriteStartArray();
        foreach (RegistryEntry preset in Registry.Presets)
        {
            RunConfiguration configuration = RunConfiguration.FromPreset(preset.Name), defaults = new();
            json.WriteStartObject();
            json.WriteString("preset", preset.Name);
            json.WriteString("summary", preset.Summary);
            json.WriteStartObject("settings");
            foreach (Setting setting in Settings.All.Where(
                each => !each.IsComputed && each.Name != nameof(RunConfiguration.Preset) && !each.IsEqual(configuration, defaults)))
            {
                setting.WriteJson(json, configuration);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>What a preset chooses beside what the table has room for, as options.</summary>
    private static string Others(string preset)
    {
        RunConfiguration configuration = RunConfiguration.FromPreset(preset), defaults = new();
        return string.Join(", ", Settings.All
            .Where(setting => setting.IsOption && !_shown.Contains(setting.Name) && !setting.IsEqual(configuration, defaults))
            .Select(setting => $"{setting.Option} {setting.Text(configuration)}"));
    }

    private static string[] Row(string preset, string summary)
    {
        var configuration = RunConfiguration.FromPreset(preset);
        string objective = configuration switch
        {
            { Beta: not 1 } => ReportText.Text($"{configuration.Objective}, β = {configuration.Beta}"),
            { Samples: not 1 } => ReportText.Text($"{configuration.Objective}, samples = {configuration.Samples}"),
            _ => configuration.Objective,
        };
        string corruption = configuration.Corruption == "none"
            ? "none"
            : ReportText.Text($"{configuration.Corruption} {configuration.Noise}");
        string layers = configuration.Network is string text ? $"{text}, " : $"{string.Join("-", configuration.Hidden)}-";
        string network = ReportText.Text($"{layers}{configuration.Latent} {configuration.Activation}");
        return
        [
            preset, network, $"{configuration.Code}, {configuration.Likelihood}, {objective}", corruption, summary,
        ];
    }
}
