using System.Text.Json;
using GpuVae.Files;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>What a run came to, for programs.</summary>
internal static class RunFigures
{
    /// <summary>Writes the properties of a run into an object.</summary>
    public static void Write(Utf8JsonWriter json, RunRecord run)
    {
        json.WriteString("run", run.FullPath);
        json.WriteNumber("epochs_done", run.Last?.Epoch ?? 0);
        json.WriteFinite("seconds", run.Seconds);
        Write(json, "best", run.Best);
        Write(json, "last", run.Last);
    }

    private static void Write(Utf8JsonWriter json, string name, EpochMetrics? epoch)
    {
        if (epoch is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        foreach ((string figure, double value) in epoch.Figures)
        {
            json.WriteFinite(figure, value);
        }

        json.WriteEndObject();
    }
}
