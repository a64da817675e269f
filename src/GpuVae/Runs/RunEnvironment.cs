using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using GpuVae.Files;

namespace GpuVae.Runs;

/// <summary>Where a run was trained: what its figures do not depend on, and its times do.</summary>
/// <param name="Command">The command line, to be pasted into a shell.</param>
/// <param name="Device">The device by its name, <c>cuda:0</c>.</param>
/// <param name="DeviceDescription">What it is.</param>
public sealed record RunEnvironment(string Command, string Device, string DeviceDescription)
{
    private const int SchemaVersion = 1;

    /// <summary>Bytes of the longest file that is added to; a run that was resumed more often begins a new one.</summary>
    private const int LongestText = 1 << 20;

    private const string Invocations = "invocations";

    private static readonly JsonDocumentOptions _strict = new() { MaxDepth = 8 };

    /// <summary>What the device says of itself: driver, compute capability, caches.</summary>
    public IReadOnlyList<string> DeviceDetails { get; init; } = [];

    /// <summary>When it began.</summary>
    public DateTimeOffset Started { get; init; } = DateTimeOffset.UtcNow;

    /// <summary>Writes it into <c>environment.json</c>, behind those of before where the run is one that goes on.</summary>
    /// <param name="folder">The run.</param>
    /// <param name="duration">How long it took; null as long as it goes on, which stays so where it is killed.</param>
    /// <exception cref="UserException">It cannot be written.</exception>
    public void Write(RunFolder folder, TimeSpan? duration = null)
    {
        ArgumentNullException.ThrowIfNull(folder);
        string started = Started.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
        using JsonDocument? before = Read(folder.EnvironmentPath);
        JsonFile.Write(folder.EnvironmentPath, json =>
        {
            json.WriteStartObject();
            json.WriteNumber("schema_version", SchemaVersion);
            json.WriteStartArray(Invocations);
            // Of this one there may be what was written when it began.
            foreach (JsonElement invocation in InvocationsOf(before).Where(invocation => !IsStarted(invocation, started)))
                invocation.WriteTo(json);
            Write(json, started, duration);
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private void Write(Utf8JsonWriter json, string started, TimeSpan? duration)
    {
        json.WriteStartObject();
        json.WriteString("started", started);
        json.WriteFinite("seconds", duration?.TotalSeconds);
        json.WriteString("command", Command);
        json.WriteString("gpuvae_version", RunConfiguration.Version);
        json.WriteString("device", Device);
        json.WriteString("device_description", DeviceDescription);
        json.WriteTexts("device_details", DeviceDetails);
        json.WriteString("runtime", RuntimeInformation.FrameworkDescription);
        json.WriteString("operating_system", $"{RuntimeInformation.OSDescription} ({RuntimeInformation.RuntimeIdentifier})");
        json.WriteString("processor", Processor());
        json.WriteNumber("cores", Environment.ProcessorCount);
        json.WriteEndObject();
    }

    /// <summary>The device that trained a run last and what it is, as <c>environment.json</c> says; null where that is missing or damaged.</summary>
    internal static string? DeviceOf(RunFolder folder)
    {
        using JsonDocument? file = Read(folder.EnvironmentPath);
        JsonElement last = InvocationsOf(file).LastOrDefault();
        string? Text(string name) =>
            last.ValueKind == JsonValueKind.Object && last.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
                ? value.GetString()
                : null;
        return Text("device") is not { Length: > 0 } device ? null
            : Text("device_description") is { Length: > 0 } description ? $"{device}: {description}"
            : device;
    }

    /// <summary>The file of before; null where there is none, or none that can be added to.</summary>
    private static JsonDocument? Read(string path)
    {
        try
        {
            return File.Exists(path) ? JsonDocument.Parse(InputFile.ReadSmall(path, LongestText), _strict) : null;
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static IEnumerable<JsonElement> InvocationsOf(JsonDocument? before) =>
        before?.RootElement is { ValueKind: JsonValueKind.Object } root
        && root.TryGetProperty(Invocations, out JsonElement invocations) && invocations.ValueKind == JsonValueKind.Array
            ? invocations.EnumerateArray().Where(invocation => invocation.ValueKind == JsonValueKind.Object)
            : [];

    private static bool IsStarted(JsonElement invocation, string time) =>
        invocation.TryGetProperty("started", out JsonElement started)
        && started.ValueKind == JsonValueKind.String && started.ValueEquals(time);

    private static string Processor()
    {
        const string Facts = "/proc/cpuinfo", Name = "model name";
        string? line = OperatingSystem.IsLinux() && File.Exists(Facts)
            ? File.ReadLines(Facts).FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal))
            : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER");
        return line is null
            ? RuntimeInformation.ProcessArchitecture.ToString()
            : $"{line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()} ({RuntimeInformation.ProcessArchitecture})";
    }
}
