using System.Globalization;
using System.Text;
using System.Text.Json;
using GpuVae.Files;
using GpuVae.Kernels;
using GpuVae.Runs;

namespace GpuVae.Detection;

/// <summary>A detector's file: parameters, and what is remembered as <c>memory.…</c>, as tensors, all else in the metadata.</summary>
internal static class DetectorFile
{
    /// <summary>The version of the layout.</summary>
    public const int Version = 1;

    private const string Kind = "gpuvae anomaly detector";
    private const string KindKey = "kind";
    private const string VersionKey = "detector_version";
    private const string ConfigurationKey = "configuration";
    private const string StateKey = "detector";
    private const string NeighborsKey = "memory_neighbors";
    private const string MemoryPrefix = "memory.";
    private const string RangeName = "range";

    private static readonly string[] _sizes = ["image_height", "image_width", "image_channels"];
    private static readonly JsonDocumentOptions _strict = new() { MaxDepth = 8, AllowDuplicateProperties = false };

    /// <summary>Writes it, whole or not at all.</summary>
    /// <exception cref="UserException">It cannot be written.</exception>
    public static void Write(string path, DetectorModel model, DetectorState state)
    {
        List<NamedTensor> tensors = [.. model.CopyParameters()];
        if (model.Memory is CodeMemory memory)
            tensors.AddRange(MemoryTensors(memory));
        if (state.Range.Length > 0)
            tensors.Add(new NamedTensor(RangeName, [2, model.Shape.Size], state.Range));
        var metadata = new Dictionary<string, string>
        {
            [KindKey] = Kind,
            [VersionKey] = Text(Version),
            ["gpuvae_version"] = RunConfiguration.Version,
            [_sizes[0]] = Text(model.Shape.Height),
            [_sizes[1]] = Text(model.Shape.Width),
            [_sizes[2]] = Text(model.Shape.Channels),
            [ConfigurationKey] = Json(model.Configuration.WriteJson),
            [NeighborsKey] = Text(model.Memory?.Neighbors ?? 0),
            [StateKey] = Json(json => DetectorStateJson.Write(json, state)),
        };
        Checksums.Add(tensors, metadata);
        Safetensors.Write(path, tensors, metadata);
    }

    /// <summary>Reads it.</summary>
    /// <exception cref="DetectorFileException">It is no detector, or none that can be used here.</exception>
    public static (DetectorModel Model, DetectorState State) Read(string path)
    {
        SafetensorsFile file = ReadTensors(path);
        if (file.Metadata.GetValueOrDefault(KindKey) != Kind)
        {
            throw Fault(path, DetectorFileFault.OtherKind, file.Metadata.ContainsKey(ConfigurationKey) && !file.Metadata.ContainsKey(StateKey)
                ? "holds the weights of a run and no detector; make one of the run's folder, and save that"
                : "holds no detector; give a file that one was saved to");
        }
        if (!int.TryParse(file.Metadata.GetValueOrDefault(VersionKey), NumberStyles.None, CultureInfo.InvariantCulture, out int version) || version < 1)
            throw Fault(path, DetectorFileFault.Damaged, "says of no version that it is; take the file from a copy");
        if (version > Version)
        {
            throw Fault(
                path, DetectorFileFault.Newer,
                $"a detector of layout {version}, and GpuVae {RunConfiguration.Version} reads up to {Version}; take a newer GpuVae");
        }
        try
        {
            Checksums.Verify(path, file);
            RunConfiguration configuration = RunConfiguration.ReadJson(
                Encoding.UTF8.GetBytes(file.Metadata.GetValueOrDefault(ConfigurationKey, "")), path);
            DetectorState state = DetectorStateJson.Read(
                JsonElement.Parse(Encoding.UTF8.GetBytes(file.Metadata.GetValueOrDefault(StateKey, "")), _strict));
            int[] sizes = Array.ConvertAll(_sizes, name => Number(file, name));
            if ((decimal)sizes[0] * sizes[1] * sizes[2] > Array.MaxLength)
                throw new UserException("an example has more numbers than an array can hold");
            var shape = new Shape(sizes[0], sizes[1], sizes[2]);
            return (new DetectorModel(
                configuration, shape, [.. file.Tensors.Where(tensor => !IsOfMemory(tensor) && tensor.Name != RangeName)],
                Memory(file, configuration.Latent, shape.Size)), state with { Range = Range(file, shape.Size) });
        }
        catch (Exception exception) when (
            exception is UserException or JsonException or InvalidOperationException or FormatException or ArgumentException
                or KeyNotFoundException or OverflowException)
        {
            string reason = exception is UserException ? exception.Message : "its description is no detector's";
            string named = reason.StartsWith($"{path}: ", StringComparison.Ordinal) ? reason[(path.Length + 2)..] : reason;
            throw Fault(path, DetectorFileFault.Damaged, named, exception);
        }
    }

    private static SafetensorsFile ReadTensors(string path)
    {
        try
        {
            return Safetensors.Read(path);
        }
        catch (UserException exception) when (exception.InnerException is IOException or UnauthorizedAccessException)
        {
            throw new DetectorFileException(DetectorFileFault.Unreadable, path, exception.Message, exception);
        }
        catch (UserException exception)
        {
            throw new DetectorFileException(DetectorFileFault.Damaged, path, exception.Message, exception);
        }
    }

    private static bool IsOfMemory(NamedTensor tensor) => tensor.Name.StartsWith(MemoryPrefix, StringComparison.Ordinal);

    private static IEnumerable<NamedTensor> MemoryTensors(CodeMemory memory)
    {
        yield return new NamedTensor(MemoryPrefix + "codes", [memory.Count, memory.Units], memory.Codes);
        yield return new NamedTensor(MemoryPrefix + "reconstructions", [memory.Count, memory.Dimensions], memory.Reconstructions);
        if (memory.Spreads.Length > 0)
            yield return new NamedTensor(MemoryPrefix + "spreads", [memory.Count], memory.Spreads);
    }

    private static float[] Range(SafetensorsFile file, int dimensions) =>
        file.Tensors.FirstOrDefault(tensor => tensor.Name == RangeName) is not NamedTensor range ? []
        : range.Shape.SequenceEqual([2, dimensions]) && !Array.Exists(range.Values, float.IsNaN) ? range.Values
        : throw new UserException($"{RangeName} is not (2, {dimensions}) numbers");

    private static CodeMemory? Memory(SafetensorsFile file, int units, int dimensions)
    {
        var tensors = file.Tensors.Where(IsOfMemory)
            .ToDictionary(tensor => tensor.Name[MemoryPrefix.Length..], StringComparer.Ordinal);
        if (tensors.Count == 0)
            return null;
        int neighbors = Number(file, NeighborsKey), count = tensors["codes"].Shape[0];
        float[] Take(string name, params int[] shape)
        {
            tensors.Remove(name, out NamedTensor? tensor);
            return tensor is not null && tensor.Shape.SequenceEqual(shape) && Array.TrueForAll(tensor.Values, float.IsFinite)
                ? tensor.Values
                : throw new UserException($"{MemoryPrefix}{name} is not ({string.Join(", ", shape)}) finite numbers");
        }
        float[] codes = Take("codes", count, units), reconstructions = Take("reconstructions", count, dimensions);
        float[] spreads = tensors.ContainsKey("spreads") ? Take("spreads", count) : [];
        if (tensors.Count > 0 || neighbors > count || Array.Exists(spreads, spread => spread < 0))
            throw new UserException("the memory is none of a detector");
        return new CodeMemory(codes, reconstructions, spreads, units, neighbors);
    }

    private static int Number(SafetensorsFile file, string name) =>
        int.TryParse(file.Metadata.GetValueOrDefault(name), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0
            ? number
            : throw new UserException($"{name} of the metadata is no number above 0");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Json(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
            write(json);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static DetectorFileException Fault(string path, DetectorFileFault fault, string what, Exception? cause = null) =>
        new(fault, path, $"{path}: {what}", cause);
}
