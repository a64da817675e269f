using System.Text.Json;

namespace GpuVae.Tests.Support;

/// <summary>
/// A second reader of safetensors, written from the published definition alone, which shares no code with the
/// library's: <see href="https://github.com/huggingface/safetensors#format"/>. It holds everything in memory.
/// </summary>
internal sealed class PlainSafetensors
{
    private PlainSafetensors()
    {
    }

    /// <summary>Bits of each tensor's elements, with its shape, by name, in the order of the header.</summary>
    public List<(string Name, long[] Shape, uint[] Bits)> Tensors { get; } = [];

    /// <summary>The text of <c>__metadata__</c>.</summary>
    public Dictionary<string, string> Metadata { get; } = [];

    /// <summary>Where the first element stands in the file.</summary>
    public int DataStart { get; private set; }

    /// <summary>Whether nothing but spaces stands behind the header's closing brace.</summary>
    public bool IsPaddedWithSpaces { get; private set; }

    /// <summary>Reads a file of F32 tensors.</summary>
    /// <exception cref="FormatException">It breaks a rule of the definition.</exception>
    public static PlainSafetensors Parse(byte[] file)
    {
        Require(file.Length >= 8, "shorter than the length of its header");
        ulong headerLength = 0;
        for (int i = 0; i < 8; i++)
            headerLength |= (ulong)file[i] << (8 * i);
        Require(headerLength <= (ulong)file.Length - 8, "the header is longer than the file");
        byte[] header = file[8..(8 + (int)headerLength)];
        Require(header.Length > 0 && header[0] == '{', "the header does not begin with {");
        var result = new PlainSafetensors
        {
            DataStart = 8 + header.Length,
            IsPaddedWithSpaces = header.AsSpan().TrimEnd((byte)' ')[^1] == '}',
        };
        try
        {
            using var document = JsonDocument.Parse(header, new JsonDocumentOptions { AllowDuplicateProperties = false });
            result.Fill(document.RootElement, file);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new FormatException("the header is no JSON, or not of the expected types", exception);
        }
        return result;
    }

    private void Fill(JsonElement root, byte[] file)
    {
        var places = new List<(long Begin, long End)>();
        foreach (JsonProperty property in root.EnumerateObject())
        {
            if (property.Name == "__metadata__")
            {
                foreach (JsonProperty text in property.Value.EnumerateObject())
                    Metadata.Add(text.Name, text.Value.GetString() ?? throw new FormatException("metadata is null"));
                continue;
            }
            Require(GetProperty(property, "dtype").GetString() == "F32", "not of type F32");
            long[] shape = [.. GetProperty(property, "shape").EnumerateArray().Select(Integer)];
            long[] place = [.. GetProperty(property, "data_offsets").EnumerateArray().Select(Integer)];
            Require(place.Length == 2 && place[0] <= place[1], "data_offsets are no range");
            Require(place[1] <= file.Length - DataStart, "data_offsets reach beyond the file");
            var elements = shape.Aggregate(System.Numerics.BigInteger.One, (product, size) => product * size);
            Require(place[1] - place[0] == 4 * elements, "data_offsets do not fit the shape");
            var bits = new uint[(int)elements];
            for (int i = 0; i < bits.Length; i++)
            {
                int at = DataStart + (int)place[0] + (4 * i);
                bits[i] = file[at] | ((uint)file[at + 1] << 8) | ((uint)file[at + 2] << 16) | ((uint)file[at + 3] << 24);
            }
            Tensors.Add((property.Name, shape, bits));
            places.Add((place[0], place[1]));
        }
        long next = 0;
        foreach ((long begin, long end) in places.Order())
        {
            Require(begin == next, "the tensors overlap or leave a hole");
            next = end;
        }
        Require(next == file.Length - DataStart, "bytes that belong to no tensor");
    }

    private static JsonElement GetProperty(JsonProperty tensor, string name) =>
        tensor.Value.TryGetProperty(name, out JsonElement value) ? value : throw new FormatException($"{name} is missing");

    private static long Integer(JsonElement element) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out long value) && value >= 0
            ? value
            : throw new FormatException("not a whole number of 0 or more");

    private static void Require(bool holds, string fault)
    {
        if (!holds)
            throw new FormatException(fault);
    }
}
