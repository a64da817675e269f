using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace GpuVae.Files;

/// <summary>
/// The header of a safetensors file, checked: the entries are sorted by their offsets and fill the file without a hole.
/// </summary>
internal sealed class SafetensorsHeader
{
    // About 100,000 tensors. The reference implementation allows 100 MB, of which a table takes many times as much.
    private const ulong LongestHeader = 16_000_000;

    // As many as PyTorch allows.
    private const int MostDimensions = 64;

    private const int LongestExcerpt = 20;

    private readonly string _path;
    private readonly IReadOnlyList<SafetensorsType> _types;
    private List<Entry> _entries = [];
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);

    private SafetensorsHeader(string path, IReadOnlyList<SafetensorsType> types) => (_path, _types) = (path, types);

    /// <summary>One tensor: bytes <paramref name="Begin"/> to <paramref name="End"/> of the data.</summary>
    public readonly record struct Entry(string Name, SafetensorsType Type, int[] Shape, long Begin, long End);

    /// <summary>The tensors, in the order of their data.</summary>
    public IReadOnlyList<Entry> Entries => _entries;

    /// <summary>The text of <c>__metadata__</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>Reads from the file's start; afterwards the stream stands at the first element.</summary>
    /// <param name="path">For messages.</param>
    /// <param name="stream">The file.</param>
    /// <param name="types">What its tensors may be of.</param>
    public static SafetensorsHeader Read(string path, Stream stream, IReadOnlyList<SafetensorsType> types)
    {
        var header = new SafetensorsHeader(path, types);
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
        header.CheckOffsets(stream.Length - stream.Position, stream.Position);
        return header;
    }

    private void Parse(byte[] text)
    {
        if (text is not [(byte)'{', ..])
            throw HeaderFault(0, "it does not begin with {");
        var json = new Utf8JsonReader(text);
        try
        {
            ParseEntries(ref json);
        }
        catch (JsonException exception)
        {
            throw Fault(Safetensors.PrefixLength + json.BytesConsumed, "the header is no valid JSON", exception);
        }
        catch (InvalidOperationException exception)
        {
            // Text that is no UTF-8, or escapes half a surrogate pair, is found only when it is asked for.
            throw Fault(Safetensors.PrefixLength + json.TokenStartIndex, "the header is no valid UTF-8", exception);
        }
    }

    // Token by token: a tree of the header would take many times its length.
    private void ParseEntries(ref Utf8JsonReader json)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            string name = json.GetString()!;
            if (!names.Add(name))
                throw HeaderFault(json.TokenStartIndex, $"{QuotedText.Quote(name)} occurs twice");
            json.Read();
            if (name == Safetensors.MetadataName)
                ParseMetadata(ref json);
            else
                _entries.Add(ParseEntry(ref json, name));
        }
        // Only white space may follow; the reader refuses anything else.
        json.Read();
    }

    private void ParseMetadata(ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.StartObject)
            throw HeaderFault(json.TokenStartIndex, $"{Safetensors.MetadataName} is no JSON object");
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            string key = json.GetString()!;
            json.Read();
            if (json.TokenType != JsonTokenType.String)
            {
                throw HeaderFault(
                    json.TokenStartIndex, $"{Safetensors.MetadataName}: {QuotedText.Quote(key)} is no text");
            }
            if (!_metadata.TryAdd(key, json.GetString()!))
            {
                throw HeaderFault(
                    json.TokenStartIndex, $"{Safetensors.MetadataName}: {QuotedText.Quote(key)} occurs twice");
            }
        }
    }

    private Entry ParseEntry(ref Utf8JsonReader json, string name)
    {
        long start = json.TokenStartIndex;
        SafetensorsType? type = null;
        (int[] Sizes, long Elements)? shape = null;
        (long Begin, long End)? offsets = null;
        if (json.TokenType != JsonTokenType.StartObject)
            throw Incomplete(start, name);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            switch (json.GetString())
            {
                case "dtype" when type is null:
                    type = ParseType(ref json, name);
                    break;
                case "shape" when shape is null:
                    shape = ParseShape(ref json, name);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ParseOffsets(ref json, name);
                    break;
                case "dtype" or "shape" or "data_offsets":
                    throw HeaderFault(
                        json.TokenStartIndex, $"{QuotedText.Quote(name)} has {json.GetString()} twice");
                default:
                    json.Skip();
                    break;
            }
        }
        if (type is null || shape is not var (sizes, elements) || offsets is not var (begin, end))
            throw Incomplete(start, name);
        if (end - begin != elements * type.Size)
        {
            throw HeaderFault(
                start, $"{QuotedText.Quote(name)} has {end - begin} bytes for {elements} elements of {type.Size}");
        }
        return new Entry(name, type, sizes, begin, end);
    }

    private SafetensorsType ParseType(ref Utf8JsonReader json, string name)
    {
        json.Read();
        if (json.TokenType != JsonTokenType.String)
            throw Incomplete(json.TokenStartIndex, name);
        string found = json.GetString()!;
        return _types.FirstOrDefault(type => type.Name == found) ?? throw HeaderFault(
            json.TokenStartIndex,
            $"{QuotedText.Quote(name)} is of type {QuotedText.Quote(found)}, and only "
            + (_types.Count == 1 ? $"{_types[0].Name} is read" : $"{string.Join(", ", _types.Select(type => type.Name))} are read"));
    }

    private (int[] Sizes, long Elements) ParseShape(ref Utf8JsonReader json, string name)
    {
        json.Read();
        if (json.TokenType != JsonTokenType.StartArray)
            throw Incomplete(json.TokenStartIndex, name);
        var sizes = new List<int>();
        long elements = 1;
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (!TryGetInteger(ref json, out long size) || size > Array.MaxLength)
            {
                string found = Encoding.UTF8.GetString(json.ValueSpan[..Math.Min(json.ValueSpan.Length, LongestExcerpt)]);
                throw HeaderFault(json.TokenStartIndex, $"{QuotedText.Quote(name)} has the size {found}");
            }
            if (sizes.Count == MostDimensions)
            {
                throw HeaderFault(
                    json.TokenStartIndex, $"{QuotedText.Quote(name)} has more than {MostDimensions} dimensions");
            }
            sizes.Add((int)size);
            elements *= size;
            if (elements > Array.MaxLength)
            {
                throw HeaderFault(
                    json.TokenStartIndex, $"{QuotedText.Quote(name)} has more than {Array.MaxLength} elements");
            }
        }
        return ([.. sizes], elements);
    }

    private (long Begin, long End) ParseOffsets(ref Utf8JsonReader json, string name)
    {
        json.Read();
        if (json.TokenType != JsonTokenType.StartArray)
            throw Incomplete(json.TokenStartIndex, name);
        json.Read();
        bool isRange = TryGetInteger(ref json, out long begin);
        isRange &= json.Read() & TryGetInteger(ref json, out long end);
        isRange &= json.Read() && json.TokenType == JsonTokenType.EndArray;
        return isRange && begin <= end ? (begin, end) : throw HeaderFault(
            json.TokenStartIndex, $"{QuotedText.Quote(name)} has data_offsets that are no range");
    }

    private void CheckOffsets(long dataLength, long dataStart)
    {
        // Stable, so that empty tensors at one place stay in the header's order.
        _entries = [.. _entries.OrderBy(entry => (entry.Begin, entry.End))];
        long expected = 0;
        foreach (Entry entry in _entries)
        {
            if (entry.Begin != expected)
            {
                throw HeaderFault(
                    0,
                    $"{QuotedText.Quote(entry.Name)} begins at {entry.Begin} of the data, where {expected} comes next");
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

    private static bool TryGetInteger(ref Utf8JsonReader json, out long value)
    {
        value = 0;
        return json.TokenType == JsonTokenType.Number && json.TryGetInt64(out value) && value >= 0;
    }

    private UserException Incomplete(long position, string name) =>
        HeaderFault(position, $"{QuotedText.Quote(name)} lacks dtype, shape or data_offsets");

    private UserException HeaderFault(long position, string fault) =>
        Fault(Safetensors.PrefixLength + position, $"header: {fault}");

    private UserException Fault(long offset, string fault, Exception? cause = null)
    {
        string message = $"{_path}: offset {offset}: {fault}; it is no intact safetensors file";
        return cause is null ? new UserException(message) : new UserException(message, cause);
    }
}
