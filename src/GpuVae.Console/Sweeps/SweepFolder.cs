using System.Globalization;
using System.Text.Json;
using GpuVae.Files;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>
/// The folder of a sweep, with a file that says what was asked for. The same command goes on in it, also with more values or epochs;
/// another sweep is not mixed with it.
/// </summary>
internal static class SweepFolder
{
    /// <summary>The file that marks it.</summary>
    public const string MarkName = "sweep.json";

    /// <summary>The folder for a sweep: the one asked for, else the first of <c>sweeps/latent-seed</c>, <c>-2</c>, … that is free or its own.</summary>
    /// <param name="asked">What <c>--out</c> gave, or null.</param>
    /// <param name="axes">Settings of several values.</param>
    /// <param name="others">Other settings that were typed.</param>
    /// <exception cref="UserException">The one asked for holds something else.</exception>
    public static string Choose(string? asked, IReadOnlyList<SweepAxis> axes, IReadOnlyList<SweepAxis> others)
    {
        if (asked is not null)
        {
            return Obstacle(asked, axes, others) is string why ? throw new UserException($"--out {asked}: {why}; choose another folder") : asked;
        }

        string stem = Path.Combine("sweeps", string.Join('-', axes.Select(axis => axis.Setting.Option[2..])));
        for (int number = 1; ; number++)
        {
            string folder = number == 1 ? stem : string.Create(CultureInfo.InvariantCulture, $"{stem}-{number}");
            if (Obstacle(folder, axes, others) is null)
            {
                return folder;
            }
        }
    }

    /// <summary>Writes what was asked for.</summary>
    /// <exception cref="UserException">It cannot be written.</exception>
    public static void Mark(string folder, IEnumerable<SweepAxis> settings) => JsonFile.Write(Path.Combine(folder, MarkName), json =>
    {
        json.WriteStartObject();
        json.WriteString("gpuvae_version", RunConfiguration.Version);
        json.WriteStartObject("settings");
        foreach (SweepAxis axis in settings)
        {
            json.WriteTexts(axis.Setting.Key, axis.Values);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    });

    /// <summary>Why a sweep cannot go on in a folder; null where it can.</summary>
    private static string? Obstacle(string folder, IReadOnlyList<SweepAxis> axes, IReadOnlyList<SweepAxis> others)
    {
        if (File.Exists(folder))
        {
            return "is a file";
        }

        string mark = Path.Combine(folder, MarkName);
        if (!File.Exists(mark))
        {
            return Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()
                ? "exists and is no sweep; nothing in it was touched"
                : null;
        }

        Dictionary<string, string[]>? began = Read(mark);
        if (began is null)
        {
            return $"{MarkName} in it is damaged";
        }

        // Runs that are there stay in the table: values may be added, and what a run may change may change.
        var asked = axes.Concat(others).ToDictionary(axis => axis.Setting.Key, axis => axis.Values.ToArray());
        foreach (string key in began.Keys.Union(asked.Keys).Where(key => Settings.Find(key)?.MayChange != true))
        {
            string[]? before = began.GetValueOrDefault(key), now = asked.GetValueOrDefault(key);
            string option = Settings.Find(key)?.Option ?? key;
            if (before is null || now is null || !before.All(now.Contains) || (before.Length == 1) != (now.Length == 1))
            {
                return before is null ? $"holds a sweep without {option}" : $"holds a sweep with {option} {string.Join(',', before)}";
            }
        }

        return null;
    }

    private static Dictionary<string, string[]>? Read(string path)
    {
        try
        {
            using var mark = JsonDocument.Parse(File.ReadAllBytes(path));
            return mark.RootElement.GetProperty("settings").EnumerateObject().ToDictionary(
                setting => setting.Name, setting => setting.Value.EnumerateArray().Select(value => value.GetString()!).ToArray());
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }
}
