using System.Globalization;
using System.Text;
using System.Text.Json;
using GpuVae.Files;
using GpuVae.Kernels;
using GpuVae.Runs;

namespace GpuVae.Detection;

/// <summary>A detector's file: the parameters of its members as tensors <c>member.0.…</c>, all else as text in the
/// metadata.</summary>
internal static class DetectorFile
{
    /// <summary>The version of the layout.</summary>
    public const int Version = 1;

    private const string Kind = "gpuvae anomaly detector";
    private const string KindKey = "kind";
    private const string VersionKey = "detector_version";
    private const string ConfigurationKey = "configuration";
    private const string StateKey = "detector";
    private const string MembersKey = "members";

    private static readonly string[] _sizes = ["image_height", "image_width", "image_channels"];
    private static readonly JsonDocumentOptions _strict = new() { MaxDepth = 8, AllowDuplicateProperties = false };

    /// <summary>Writes it, whole or not at all.</summary>
    /// <exception cref="UserException">It cannot be written.</exception>
    public static void Write(string path, DetectorModel model, DetectorState state)
    {
        List<NamedTensor> tensors = [];
        for (int member = 0; member < model.Members; member++)
            tensors.AddRange(model.CopyParameters(member).Select(tensor => tensor with { Name = Prefix(member) + tensor.Name }));
        var metadata = new Dictionary<string, string>
        {
            [KindKey] = Kind,
            [VersionKey] = Text(Version),
            ["gpuvae_version"] = RunConfiguration.Version,
            [_sizes[0]] = Text(model.Shape.Height),
            [_sizes[1]] = Text(model.Shape.Width),
            [_sizes[2]] = Text(model.Shape.Channels),
            [MembersKey] = Text(model.Members),
            [ConfigurationKey] = Json(model.Configuration.WriteJson),
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
            return (new DetectorModel(configuration, new Shape(sizes[0], sizes[1], sizes[2]), Members(file)), state);
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

    private static NamedTensor[][] Members(SafetensorsFile file)
    {
        int members = Number(file, MembersKey);
        if (members > file.Tensors.Count)
            throw new UserException($"{members} members in {file.Tensors.Count} tensors");
        var found = new NamedTensor[members][];
        for (int member = 0; member < members; member++)
        {
            string prefix = Prefix(member);
            found[member] =
            [
                .. file.Tensors.Where(tensor => tensor.Name.StartsWith(prefix, StringComparison.Ordinal))
                    .Select(tensor => tensor with { Name = tensor.Name[prefix.Length..] }),
            ];
        }
        if (found.Sum(tensors => tensors.Length) != file.Tensors.Count)
            throw new UserException("there are tensors of no member");
        return found;
    }

    private static int Number(SafetensorsFile file, string name) =>
        int.TryParse(file.Metadata.GetValueOrDefault(name), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0
            ? number
            : throw new UserException($"{name} of the metadata is no number above 0");

    private static string Prefix(int member) => $"member.{Text(member)}.";

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
