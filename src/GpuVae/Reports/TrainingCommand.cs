using GpuVae.Data;
using GpuVae.Runs;

namespace GpuVae.Reports;

/// <summary>The command line that trains a run again: its preset, and the options whose values are others than the preset's.</summary>
internal static class TrainingCommand
{
    /// <summary>The command as a POSIX shell takes it: <c>gpuvae train --latent 2</c>.</summary>
    public static string Of(RunConfiguration configuration) =>
        string.Join(' ', ((IEnumerable<string>)["gpuvae", "train", .. Words(configuration)]).Select(ShellWord.Posix));

    /// <summary>The words behind <c>gpuvae train</c>.</summary>
    public static IReadOnlyList<string> Words(RunConfiguration configuration)
    {
        RunConfiguration asked = configuration.DataPath is string path ? configuration with { Data = path } : configuration;
        RunConfiguration start = RunConfiguration.FromPreset(asked.Preset);
        HashSet<Setting> typed = [];
        // Data of one's own choose the likelihood and the epochs where nobody does.
        if (!Datasets.Names.Contains(asked.Data))
        {
            foreach (string chosen in (string[])[nameof(asked.Likelihood), nameof(asked.Epochs), nameof(asked.EvaluateEvery)])
                typed.Add(Settings.Of(chosen));
        }
        // An option may put aside what the preset had for another, which then has to be typed too.
        while (Missing(asked, Typed(asked, start, typed), typed) is { Count: > 0 } missing)
            typed.UnionWith(missing);
        List<string> words = asked.Preset == new RunConfiguration().Preset ? [] : ["--preset", asked.Preset];
        foreach (Setting setting in Settings.All.Where(typed.Contains))
            words.AddRange(Text(setting, asked) is "true" && setting.Type == typeof(bool) ? [setting.Option] : [setting.Option, Text(setting, asked)]);
        return words;
    }

    private static RunConfiguration Typed(RunConfiguration asked, RunConfiguration start, HashSet<Setting> typed) =>
        Settings.All.Where(typed.Contains).Aggregate(start, (made, setting) => setting.WithText(made, Text(setting, asked)));

    private static List<Setting> Missing(RunConfiguration asked, RunConfiguration made, HashSet<Setting> typed)
    {
        IEnumerable<Setting> different = Settings.All
            .Where(setting => !setting.IsComputed && !setting.IsEqual(asked, made))
            .Select(setting => setting.WordOf is string name ? Settings.Of(name) : setting)
            .Where(setting => setting.IsOption && setting.Name != nameof(asked.Preset));
        // What is not there cannot be typed: another option takes its place.
        IEnumerable<Setting?> needed = different.Select(setting => Text(setting, asked).Length > 0
            ? setting
            : Settings.All.FirstOrDefault(other => other.Replaced.Contains(setting) && Text(other, asked).Length > 0));
        return [.. needed.OfType<Setting>().Where(setting => !typed.Contains(setting))];
    }

    private static string Text(Setting setting, RunConfiguration configuration)
    {
        Setting? word = Settings.All.FirstOrDefault(flag => flag.WordOf == setting.Name && flag.Read(configuration) is true);
        string text = word?.Text(configuration) ?? SettingFormat.Format(setting.Read(configuration));
        return text.Length == 0 && setting.Type == typeof(int[]) ? "none" : text;
    }
}
