using System.Buffers.Binary;
using System.Text.Json;

namespace GpuVae.Files;

/// <summary>
/// The header of a safetensors file, checked: the entries are sorted by their place and fill the file without a hole.
/// </summary>
internal sealed class SafetensorsHeader
{
    // The reference implementation refuses longer headers, so that a damaged length costs no memory.
    private const ulong LongestHeader = 100_000_000;

    private readonly string _path;
    private readonly List<Entry> _entries = [];
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);

    private SafetensorsHeader(string path) => _path = path;

    /// <summary>One tensor: bytes <paramref name="Begin"/> to <paramref name="End"/> of the data.</summary>
    public readonly record struct Entry(string Name, int[] Shape, long Begin, long End);

    /// <summary>The tensors, in the order of their data.</summary>
    public IReadOnlyList<Entry> Entries => _entries;

    /// <summary>The text of <c>__metadata__</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>Reads from the file's start; afterwards the stream stands at the first element.</summary>
    public static SafetensorsHeader Read(string path, FileStream stream)
    {
        var header = new SafetensorsHeader(path);
        Span<byte> prefix = stackalloc byte[Safetensors.PrefixLength];
        if (stream.ReadAtLeast(prefix, prefix.Length, throwOnEndOfStream: false) < prefix.Length)
            throw header.Fault(0, $"truncated: a safetensors file has at least {prefix.Length} bytes");
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > LongestHeader)
            throw header.Fault(0, $"a header of {length} bytes is over the limit of {LongestHeader}");
        if ((long)length > stream.Length - prefix.Length)
            throw header.Fault(0, $"truncated: a header of {length} bytes in a file of {stream.Length}");
        byte[] text = new byte[length];
        stream.ReadExactly(text);
        header.Parse(text);
        header.CheckPlaces(stream.Length - stream.Position, stream.Position);
        return header;
    }

    private void Parse(byte[] text)
    {
        try
        {
            if (text is not [(byte)'{', ..])
                throw HeaderFault("it does not begin with {");
            using var document = JsonDocument.Parse(text);
            var names = new HashSet<string>(StringComparer.Ordinal);
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                if (!names.Add(property.Name))
                    throw HeaderFault($"{Quote(property.Name)} occurs twice");
                if (property.NameEquals(Safetensors.MetadataName))
                    ParseMetadata(property.Value);
                else
                    _entries.Add(ParseEntry(property.Name, property.Value));
            }
        }
        catch (JsonException exception)
        {
            long position = Safetensors.PrefixLength + (exception.BytePositionInLine ?? 0);
            throw Fault(position, "the header is no valid JSON", exception);
        }
        catch (InvalidOperationException exception)
        {
            // Text that is no UTF-8 is found only when it is asked for.
            throw Fault(Safetensors.PrefixLength, "the header is no valid UTF-8", exception);
        }
    }

    private void ParseMetadata(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
            throw HeaderFault($"{Safetensors.MetadataName} is no JSON object");
        foreach (JsonProperty property in value.EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.String)
                throw HeaderFault($"{Safetensors.MetadataName}: {Quote(property.Name)} is no text");
            if (!_metadata.TryAdd(property.Name, property.Value.GetString()!))
                throw HeaderFault($"{Safetensors.MetadataName}: {Quote(property.Name)} occurs twice");
        }
    }

    private Entry ParseEntry(string name, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object
            || !value.TryGetProperty("dtype", out JsonElement type) || type.ValueKind != JsonValueKind.String
            || !value.TryGetProperty("shape", out JsonElement shape) || shape.ValueKind != JsonValueKind.Array
            || !value.TryGetProperty("data_offsets", out JsonElement place) || place.ValueKind != JsonValueKind.Array)
        {
            throw HeaderFault($"{Quote(name)} lacks dtype, shape or data_offsets");
        }
        if (!type.ValueEquals("F32"))
            throw HeaderFault($"{Quote(name)} is of type {Quote(type.GetString()!)}, and only F32 is read");

        var sizes = new int[shape.GetArrayLength()];
        long elements = 1;
        for (int i = 0; i < sizes.Length; i++)
        {
            if (!TryGetInteger(shape[i], out long size) || size > Array.MaxLength)
                throw HeaderFault($"{Quote(name)} has the size {shape[i].GetRawText()}");
            sizes[i] = (int)size;
            elements *= size;
            if (elements > Array.MaxLength)
                throw HeaderFault($"{Quote(name)} has more than {Array.MaxLength} elements");
        }

        if (place.GetArrayLength() != 2
            || !TryGetInteger(place[0], out long begin) || !TryGetInteger(place[1], out long end) || end < begin)
        {
            throw HeaderFault($"{Quote(name)} has data_offsets that are no range");
        }
        if (end - begin != elements * sizeof(float))
            throw HeaderFault($"{Quote(name)} has {end - begin} bytes for {elements} elements of 4");
        return new Entry(name, sizes, begin, end);
    }

    private void CheckPlaces(long dataLength, long dataStart)
    {
        _entries.Sort((a, b) => (a.Begin, a.End).CompareTo((b.Begin, b.End)));
        long expected = 0;
        foreach (Entry entry in _entries)
        {
            if (entry.Begin != expected)
            {
                throw HeaderFault(
                    $"{Quote(entry.Name)} begins at {entry.Begin} of the data, where {expected} comes next");
            }
            expected = entry.End;
        }
        if (expected > dataLength)
        {
            throw Fault(
                dataStart + dataLength,
                $"truncated: the header promises {expected} bytes of data, and {dataLength} are there");
        }
        if (expected < dataLength)
            throw Fault(dataStart + expected, $"trailing bytes: {dataLength - expected} more than the header promises");
    }

    private static bool TryGetInteger(JsonElement element, out long value)
    {
        value = 0;
        return element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out value) && value >= 0;
    }

    // A name comes from the file: escaped, it cannot break the line.
    private static string Quote(string name) => $"\"{JsonEncodedText.Encode(name)}\"";

    private UserException HeaderFault(string fault) => Fault(Safetensors.PrefixLength, $"header: {fault}");

    private UserException Fault(long offset, string fault, Exception? cause = null)
    {
        string message = $"{_path}: offset {offset}: {fault}; it is no intact safetensors file";
        return cause is null ? new UserException(message) : new UserException(message, cause);
    }
}
