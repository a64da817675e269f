using System.Text.Json;
using GpuVae.Files;
using GpuVae.Models;

namespace GpuVae.Runs;

/// <summary>
/// <c>metrics.jsonl</c>: a line of JSON for each measured epoch, in full double precision; null stands for a number that
/// is not finite.
/// </summary>
internal static class MetricsFile
{
    // Some 300,000 epochs, and far more than a line has: a tree of JSON takes many times as much as its text.
    private const int LongestFile = 1 << 26;
    private const int LongestLine = 1 << 12;

    private static readonly string[] _fields =
        ["epoch", "train_loss", "test_loss", "reconstruction", "kl", "seconds", "images_per_second"];

    private static readonly JsonDocumentOptions _strict = new() { MaxDepth = 4, AllowDuplicateProperties = false };

    /// <summary>Refuses a term whose name a line needs for something else.</summary>
    /// <exception cref="ArgumentException">It names the term.</exception>
    public static void RequireFree(LossTerms terms)
    {
        foreach (LossTerm term in terms.All)
        {
            bool isKnown = term.Name == LossTerm.Reconstruction.Name || term.Name == LossTerm.Divergence.Name;
            if (!isKnown && _fields.Contains(term.Name))
            {
                throw new ArgumentException(
                    $"A term of the loss may not be called {term.Name}: metrics have something else by that name.",
                    nameof(terms));
            }
        }
    }

    /// <summary>Adds a line, which is on the disk when this returns.</summary>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static void Append(string path, EpochMetrics metrics)
    {
        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line))
            Write(json, metrics);
        line.WriteByte((byte)'\n');
        try
        {
            using var stream = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);
            stream.Write(line.GetBuffer().AsSpan(0, (int)line.Length));
            stream.Flush(flushToDisk: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{path}: cannot be written: {exception.Message}", exception);
        }
    }

    /// <summary>
    /// Removes what a run that is resumed at the end of an epoch will write again: lines of later epochs, and a line
    /// that a crash has cut short. Lines of epochs that it does not measure go too.
    /// </summary>
    /// <param name="path">The file; there need not be one.</param>
    /// <param name="lastEpoch">The last epoch that stays.</param>
    /// <param name="isMeasured">Whether the run measures an epoch.</param>
    /// <returns>What stays, in order.</returns>
    /// <exception cref="UserException">The file cannot be read or written, or is damaged before its end.</exception>
    public static IReadOnlyList<EpochMetrics> Repair(string path, int lastEpoch, Predicate<int> isMeasured)
    {
        if (!File.Exists(path))
            return [];
        byte[] text = ReadAll(path);
        List<(EpochMetrics Metrics, Range Line)> kept = Parse(path, text, lastEpoch);
        kept.RemoveAll(epoch => !isMeasured(epoch.Metrics.Epoch));
        if (kept.Sum(epoch => (long)text.AsSpan(epoch.Line).Length) < text.Length)
            AtomicFile.Write(path, stream => kept.ForEach(epoch => stream.Write(text.AsSpan(epoch.Line))));
        return [.. kept.Select(epoch => epoch.Metrics)];
    }

    /// <summary>The epochs of a file; a last line without an end is not counted.</summary>
    /// <exception cref="UserException">The file cannot be read or is damaged.</exception>
    public static IReadOnlyList<EpochMetrics> Read(string path) =>
        [.. Parse(path, ReadAll(path), int.MaxValue).Select(epoch => epoch.Metrics)];

    private static List<(EpochMetrics Metrics, Range Line)> Parse(string path, byte[] text, int lastEpoch)
    {
        var epochs = new List<(EpochMetrics Metrics, Range Line)>();
        int start = 0;
        while (text.AsSpan(start).IndexOf((byte)'\n') is int length and >= 0)
        {
            if (length > LongestLine)
                throw Fault(path, epochs.Count + 1, $"{length} bytes, and a line has at most {LongestLine}");
            EpochMetrics metrics = Parse(path, epochs.Count + 1, text.AsMemory(start, length));
            if (epochs.Count > 0 && metrics.Epoch <= epochs[^1].Metrics.Epoch)
                throw Fault(path, epochs.Count + 1, $"epoch {metrics.Epoch} after epoch {epochs[^1].Metrics.Epoch}");
            if (metrics.Epoch > lastEpoch)
                break;
            epochs.Add((metrics, start..(start + length + 1)));
            start += length + 1;
        }
        return epochs;
    }

    private static EpochMetrics Parse(string path, int line, ReadOnlyMemory<byte> text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, _strict);
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object
                || !root.TryGetProperty("epoch", out JsonElement number) || number.ValueKind != JsonValueKind.Number
                || !number.TryGetInt32(out int epoch) || epoch < 1)
            {
                throw Fault(path, line, "no JSON object with an epoch from 1");
            }
            double Number(string name) =>
                !root.TryGetProperty(name, out JsonElement value) ? throw Fault(path, line, $"{name} is missing")
                : value.ValueKind == JsonValueKind.Null ? double.NaN
                : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double read) ? read
                : throw Fault(path, line, $"{name} is no number");
            return new EpochMetrics(
                epoch, Number("train_loss"), Number("test_loss"), Number("reconstruction"), Number("kl"),
                Number("seconds"), Number("images_per_second"))
            {
                OtherTerms =
                [
                    .. root.EnumerateObject().Where(property => !_fields.Contains(property.Name))
                        .Select(property => KeyValuePair.Create(property.Name, Number(property.Name))),
                ],
            };
        }
        catch (JsonException exception)
        {
            throw Fault(path, line, "no valid JSON", exception);
        }
        catch (InvalidOperationException exception)
        {
            throw Fault(path, line, "a text in it is no Unicode", exception);
        }
    }

    private static void Write(Utf8JsonWriter json, EpochMetrics metrics)
    {
        json.WriteStartObject();
        json.WriteNumber("epoch", metrics.Epoch);
        WriteNumber(json, "train_loss", metrics.TrainLoss);
        WriteNumber(json, "test_loss", metrics.TestLoss);
        WriteNumber(json, "reconstruction", metrics.Reconstruction);
        WriteNumber(json, "kl", metrics.Kl);
        foreach ((string name, double value) in metrics.OtherTerms)
            WriteNumber(json, name, value);
        WriteNumber(json, "seconds", metrics.Seconds);
        WriteNumber(json, "images_per_second", metrics.ImagesPerSecond);
        json.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value))
            json.WriteNumber(name, value);
        else
            json.WriteNull(name);
    }

    private static byte[] ReadAll(string path)
    {
        try
        {
            using FileStream stream = InputFile.Open(path);
            if (stream.Length > LongestFile)
                throw new UserException($"{path}: {stream.Length} bytes; metrics have at most {LongestFile}");
            byte[] text = new byte[stream.Length];
            stream.ReadExactly(text);
            return text;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{path}: cannot be read: {exception.Message}", exception);
        }
    }

    private static UserException Fault(string path, int line, string fault, Exception? cause = null)
    {
        string message = $"{path}: line {line}: {fault}; remove the line, or take the file from a copy";
        return cause is null ? new UserException(message) : new UserException(message, cause);
    }
}
