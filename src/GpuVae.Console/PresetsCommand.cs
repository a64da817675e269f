using System.CommandLine;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary><c>gpuvae presets</c>: what <c>--preset</c> takes, as the choices that each is.</summary>
internal sealed class PresetsCommand : Verb
{
    private static readonly string[] _headings =
        ["preset", "network", "code, likelihood, objective", "noise", "what it is"];

    /// <summary>The verb.</summary>
    public PresetsCommand()
        : base(
            "presets",
            "Lists the presets as the choices they are.",
            "Lists what gpuvae train --preset takes. A preset is a name for five choices and the numbers that belong to " +
            "them; each can be changed by an option of train.",
            [])
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
        return ExitCode.Done;
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
