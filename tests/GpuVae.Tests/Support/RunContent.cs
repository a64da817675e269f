using System.Security.Cryptography;
using System.Text.Json;

namespace GpuVae.Tests.Support;

/// <summary>What equal runs have in common: all of their files but the times in the metrics and where they were made.</summary>
internal static class RunContent
{
    /// <summary>
    /// Every file with a digest of its bytes, and the metrics without times. The checkpoint before the last is left
    /// out: it depends on where a run was stopped.
    /// </summary>
    public static string[] Describe(string run) =>
    [
        .. Directory.EnumerateFiles(run, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(run, path))
            .Where(name => name is not "checkpoint.previous.safetensors" and not "metrics.jsonl" and not "environment.json")
            .Order(StringComparer.Ordinal)
            .Select(name => $"{name} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Path.Combine(run, name))))}"),
        .. File.ReadAllLines(Path.Combine(run, "metrics.jsonl")).Select(WithoutTimes),
    ];

    private static string WithoutTimes(string line)
    {
        using var document = JsonDocument.Parse(line);
        return string.Join(' ', document.RootElement.EnumerateObject()
            .Where(property => property.Name is not "seconds" and not "images_per_second")
            .Select(property => $"{property.Name}={property.Value.GetRawText()}"));
    }
}
