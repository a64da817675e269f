using GpuVae.Data;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>Reads data once for runs that have it in common at the same time; what no run holds any more may be freed.</summary>
/// <param name="open">Reads data.</param>
internal sealed class SharedData(Func<DataSettings, Dataset> open)
{
    private readonly Dictionary<string, WeakReference<Dataset>> _opened = [];
    private readonly Lock _turn = new();

    /// <summary>The data of a run.</summary>
    /// <param name="settings">How to read it.</param>
    /// <param name="arguments">What makes those settings: equal arguments, equal settings.</param>
    public Dataset Open(DataSettings settings, IReadOnlyList<string> arguments)
    {
        string whole = string.Join('\n', arguments.Where(IsOfData));
        // A part that is held out is drawn by the seed.
        string drawn = $"{whole}\n{settings.Seed}";
        lock (_turn)
        {
            if (Find(whole) is Dataset shared)
            {
                return shared;
            }

            if (Find(drawn) is Dataset same)
            {
                return same;
            }

            Dataset data = open(settings);
            _opened[data.Split.Length == 0 ? whole : drawn] = new WeakReference<Dataset>(data);
            return data;
        }
    }

    private Dataset? Find(string key) =>
        _opened.TryGetValue(key, out WeakReference<Dataset>? opened) && opened.TryGetTarget(out Dataset? data) ? data : null;

    private static bool IsOfData(string argument) => Settings.All.Any(
        setting => (setting.Group == SettingGroup.Data || setting.Name == nameof(RunConfiguration.Preset))
            && argument.StartsWith($"{setting.Option}=", StringComparison.Ordinal));
}
