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
    // More than a line has with the KL of as many units as are kept.
    private const int LongestLine = 1 << 16;

    // 2 has learning rate, effective β and active units, 3 the KL of each unit; lines of the form before them say no version.
    private const int SchemaVersion = 3;

    private static readonly JsonDocumentOptions _strict = new() { MaxDepth = 4, AllowDuplicateProperties = false };

    /// <summary>Refuses a term whose name a line needs for something else.</summary>
    /// <exception cref="ArgumentException">It names the term.</exception>
    public static void RequireFree(LossTerms terms)
    {
        foreach (LossTerm term in terms.All)
        {
            bool isKnown = term.Name == LossTerm.Reconstruction.Name || term.Name == LossTerm.Divergence.Name;
            if (!isKnown && MetricNames.All.Contains(term.Name))
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
            using FileStream stream = OwnFile.Open(path, FileAccess.ReadWrite, FileShare.Read);
            long length = stream.Seek(0, SeekOrigin.End);
            try
            {
                Disk.Write(() => stream.Write(line.GetBuffer().AsSpan(0, (int)line.Length)));
                Disk.Flush(stream);
            }
            catch (IOException)
            {
                Shorten(stream, length);
                throw;
            }
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
        OwnFile.Require(path);
        if (!File.Exists(path))
            return [];
        try
        {
            using FileStream file = InputFile.Open(path);
            List<(EpochMetrics Metrics, long Start, int Length)> kept = Parse(path, file, lastEpoch);
            kept.RemoveAll(epoch => !isMeasured(epoch.Metrics.Epoch));
            if (kept.Sum(epoch => (long)epoch.Length) < file.Length)
            {
                AtomicFile.Write(path, stream =>
                {
                    var line = new byte[LongestLine + 1];
                    foreach ((_, long start, int length) in kept)
                    {
                        file.Position = start;
                        file.ReadExactly(line, 0, length);
                        stream.Write(line, 0, length);
                    }
                });
            }
            return [.. kept.Select(epoch => epoch.Metrics)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{path}: cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>What is to be said of measured epochs that have no line; null where none is missing.</summary>
    /// <param name="path">The file.</param>
    /// <param name="epochs">Those that have one, in order.</param>
    /// <param name="lastEpoch">The last epoch that is over.</param>
    /// <param name="isMeasured">Whether the run measures an epoch.</param>
    public static string? Gaps(
        string path, IReadOnlyList<EpochMetrics> epochs, int lastEpoch, Predicate<int> isMeasured)
    {
        int missing = 0, first = 0, next = 0;
        for (int epoch = 1; epoch <= lastEpoch; epoch++)
        {
            if (next < epochs.Count && epochs[next].Epoch == epoch)
            {
                next++;
            }
            else if (isMeasured(epoch))
            {
                first = missing++ == 0 ? epoch : first;
            }
        }
        string of = missing == 1 ? $"epoch {first}" : $"{missing} epochs from {first} on";
        return missing == 0 ? null : $"{path} has no line for {of}, and none comes back";
    }

    /// <summary>
    /// The epochs of a file; a last line without an end is not counted. Whoever trains may write to it meanwhile.
    /// </summary>
    /// <exception cref="UserException">The file cannot be read or is damaged.</exception>
    public static IReadOnlyList<EpochMetrics> Read(string path)
    {
        try
        {
            using FileStream file = InputFile.Open(path, FileShare.ReadWrite | FileShare.Delete);
            return [.. Parse(path, file, int.MaxValue).Select(epoch => epoch.Metrics)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{path}: cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>Line by line, so that only what is told of each is kept.</summary>
    private static List<(EpochMetrics Metrics, long Start, int Length)> Parse(string path, FileStream file, int lastEpoch)
    {
        var epochs = new List<(EpochMetrics Metrics, long Start, int Length)>();
        var buffer = new byte[2 * LongestLine];
        long start = 0; // of the line, in the file
        int begin = 0, end = 0; // of what was read and not looked at, in the buffer
        while (true)
        {
            int length = buffer.AsSpan(begin, end - begin).IndexOf((byte)'\n');
            if (length < 0 && end - begin <= LongestLine)
            {
                buffer.AsSpan(begin, end - begin).CopyTo(buffer);
                (begin, end) = (0, end - begin);
                int count = file.Read(buffer, end, buffer.Length - end);
                if (count == 0)
                    return epochs;
                end += count;
                continue;
            }
            if (length is < 0 or > LongestLine)
                throw Fault(path, epochs.Count + 1, $"over {LongestLine} bytes, and a line has at most so many");
            EpochMetrics metrics = Parse(path, epochs.Count + 1, buffer.AsMemory(begin, length));
            if (epochs.Count > 0 && metrics.Epoch <= epochs[^1].Metrics.Epoch)
                throw Fault(path, epochs.Count + 1, $"epoch {metrics.Epoch} after epoch {epochs[^1].Metrics.Epoch}");
            if (metrics.Epoch > lastEpoch)
                return epochs;
            epochs.Add((metrics, start, length + 1));
            begin += length + 1;
            start += length + 1;
        }
    }

    private static EpochMetrics Parse(string path, int line, ReadOnlyMemory<byte> text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, _strict);
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object
                || !root.TryGetProperty(MetricNames.Epoch, out JsonElement number) || number.ValueKind != JsonValueKind.Number
                || !number.TryGetInt32(out int epoch) || epoch < 1)
            {
                throw Fault(path, line, "no JSON object with an epoch from 1");
            }
            double Number(string name) =>
                !root.TryGetProperty(name, out JsonElement value) ? throw Fault(path, line, $"{name} is missing")
                : value.ValueKind == JsonValueKind.Null ? double.NaN
                : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double read) ? read
                : throw Fault(path, line, $"{(MetricNames.All.Contains(name) ? name : QuotedText.Quote(name))} is no number");
            double? Optional(string name) => root.TryGetProperty(name, out _) ? Number(name) : null;
            int? Count(string name) => Optional(name) is not double count ? null
                : count is >= 0 and <= int.MaxValue && count == Math.Floor(count) ? (int)count
                : throw Fault(path, line, $"{name} is no whole number");
            return new EpochMetrics(
                epoch, Number(MetricNames.TrainLoss), Number(MetricNames.TestLoss), Number(MetricNames.Reconstruction),
                Number(MetricNames.Kl), Number(MetricNames.Seconds), Number(MetricNames.ImagesPerSecond))
            {
                BitsPerDimension = Optional(MetricNames.Bits),
                Sigma = Optional(MetricNames.Sigma),
                LearningRate = Optional(MetricNames.LearningRate),
                EffectiveBeta = Optional(MetricNames.EffectiveBeta),
                ActiveUnits = Count(MetricNames.ActiveUnits),
                UnitKl = root.TryGetProperty(MetricNames.UnitKl, out JsonElement units) ? Numbers(path, line, units) : null,
                GradientNorm = Optional(MetricNames.GradientNorm),
                OtherTerms =
                [
                    .. root.EnumerateObject().Where(property => !MetricNames.All.Contains(property.Name))
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

    private static float[] Numbers(string path, int line, JsonElement array) =>
        array.ValueKind == JsonValueKind.Array && array.GetArrayLength() <= EpochMetrics.MostUnits
            ? [.. array.EnumerateArray().Select(value => value.ValueKind == JsonValueKind.Null ? float.NaN
                : value.ValueKind == JsonValueKind.Number && value.TryGetSingle(out float number) ? number
                : throw Fault(path, line, $"{MetricNames.UnitKl} has something that is no number"))]
            : throw Fault(path, line, $"{MetricNames.UnitKl} is no array of numbers");

    private static void Write(Utf8JsonWriter json, EpochMetrics metrics)
    {
        json.WriteStartObject();
        foreach ((string name, double value) in metrics.Figures)
            json.WriteFinite(name, value);
        if (metrics.UnitKl is not null)
        {
            json.WriteStartArray(MetricNames.UnitKl);
            foreach (float value in metrics.UnitKl)
            {
                if (float.IsFinite(value))
                    json.WriteNumberValue(value);
                else
                    json.WriteNullValue();
            }
            json.WriteEndArray();
        }
        json.WriteNumber(MetricNames.SchemaVersion, SchemaVersion);
        json.WriteEndObject();
    }

    /// <summary>Takes away a part of a line, as far as the disk lets it: what could not be written is not there.</summary>
    private static void Shorten(FileStream stream, long length)
    {
        try
        {
            stream.SetLength(length);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The error that led here is the one to report; a cut line goes when the run is resumed.
        }
    }

    private static UserException Fault(string path, int line, string fault, Exception? cause = null)
    {
        string message = $"{path}: line {line}: {fault}; remove the line, or take the file from a copy";
        return cause is null ? new UserException(message) : new UserException(message, cause);
    }
}
