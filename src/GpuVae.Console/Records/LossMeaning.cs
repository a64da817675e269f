using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>Settings that change what a loss is the loss of, so that the least of several is not the best.</summary>
internal static class LossMeaning
{
    private static readonly string[] _measures =
    [
        nameof(RunConfiguration.Beta), nameof(RunConfiguration.Likelihood), nameof(RunConfiguration.Sigma), nameof(RunConfiguration.Objective),
        nameof(RunConfiguration.Samples), nameof(RunConfiguration.WarmUp), nameof(RunConfiguration.FreeBits), nameof(RunConfiguration.Ssim),
        nameof(RunConfiguration.SsimScales), nameof(RunConfiguration.Preset), nameof(RunConfiguration.Code),
    ];

    /// <summary>The options among settings that differ whose values make losses measure different things.</summary>
    public static IReadOnlyList<string> Incomparable(IEnumerable<Setting> differing) =>
        [.. differing.Where(setting => setting.IsOption && (_measures.Contains(setting.Name) || setting.Group == SettingGroup.Data)).Select(setting => setting.Option)];

    /// <summary>That as a sentence; null where losses compare.</summary>
    public static string? Sentence(IEnumerable<Setting> differing) => Incomparable(differing) is { Count: > 0 } options
        ? $"losses of different {string.Join(", ", options)} measure different things, and the least is not the best"
        : null;
}
