using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace GpuVae.Files;

/// <summary>A tensor of 32-bit floats with its name.</summary>
/// <param name="Name">Its name in the file, in the way of PyTorch: <c>encoder.0.weight</c>.</param>
/// <param name="Shape">Its sizes, outermost first; empty for a scalar.</param>
/// <param name="Values">Its elements in row-major order, as many as the product of <paramref name="Shape"/>.</param>
public sealed record NamedTensor(string Name, int[] Shape, float[] Values);

/// <summary>What a safetensors file holds.</summary>
/// <param name="Tensors">The tensors in the order of their data.</param>
/// <param name="Metadata">The free text of <c>__metadata__</c>; empty where there is none.</param>
public sealed record SafetensorsFile(IReadOnlyList<NamedTensor> Tensors, IReadOnlyDictionary<string, string> Metadata);

/// <summary>
/// The safetensors format, which PyTorch, JAX and others read: a 64-bit little-endian header length, a JSON header
/// that gives every tensor's type, shape and place, then the elements, little-endian, without holes.
/// <see href="https://github.com/huggingface/safetensors#format"/>. Tensors here are of type F32; those of others can be read.
/// </summary>
public static class Safetensors
{
    internal const string MetadataName = "__metadata__";
    internal const int PrefixLength = sizeof(ulong);

    /// <summary>Writes tensors in the order given; a file of that name is replaced whole or not at all.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="tensors">Tensors with different names.</param>
    /// <param name="metadata">Text to keep with them; may be empty.</param>
    /// <param name="previous">The name that a file of before gets; null replaces it.</param>
    /// <exception cref="ArgumentException">A name is reserved or occurs twice, or a shape does not fit.</exception>
    /// <exception cref="UserException">The file cannot be written; the old one is as it was.</exception>
    public static void Write(
        string path, IReadOnlyList<NamedTensor> tensors, IReadOnlyDictionary<string, string> metadata,
        string? previous = null)
    {
        byte[] header = Header(tensors, metadata);
        AtomicFile.Write(path, stream => Write(stream, header, tensors), previous);
    }

    /// <summary>Reads a file whose tensors are all of type F32.</summary>
    /// <remarks>The whole header is checked, also against the file's length, before memory is taken.</remarks>
    /// <exception cref="UserException">The file is missing, damaged or of other types.</exception>
    public static SafetensorsFile Read(string path) => Read(path, [SafetensorsType.F32]);

    /// <summary>
    /// Reads a file of other programs, whose tensors may be of any type that 32-bit floats can be made of: F64, F16, BF16, whole
    /// numbers and BOOL.
    /// </summary>
    /// <remarks>As <see cref="Read(string)"/>. What is too large for a 32-bit float becomes an infinity.</remarks>
    /// <exception cref="UserException">The file is missing, damaged or of other types.</exception>
    public static SafetensorsFile ReadConverted(string path) => Read(path, SafetensorsType.All);

    /// <summary>Reads the text that is kept with the tensors, and nothing of these.</summary>
    /// <exception cref="UserException">The file is missing, damaged or of other types.</exception>
    internal static IReadOnlyDictionary<string, string> ReadMetadata(string path)
    {
        try
        {
            using FileStream stream = InputFile.Open(path);
            return SafetensorsHeader.Read(path, stream, [SafetensorsType.F32]).Metadata;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{path}: cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>What a file of these tensors would hold, for one in which they are a part.</summary>
    internal static byte[] ToArray(IReadOnlyList<NamedTensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        using var stream = new MemoryStream();
        Write(stream, Header(tensors, metadata), tensors);
        return stream.ToArray();
    }

    /// <summary>Reads what <see cref="ToArray"/> gave.</summary>
    /// <param name="path">The file in which it is a part, for messages.</param>
    /// <param name="content">The part.</param>
    /// <exception cref="UserException">It is damaged or of other types.</exception>
    internal static SafetensorsFile Read(string path, byte[] content)
    {
        using var stream = new MemoryStream(content);
        return Read(path, stream, [SafetensorsType.F32]);
    }

    private static void Write(Stream stream, byte[] header, IReadOnlyList<NamedTensor> tensors)
    {
        Span<byte> prefix = stackalloc byte[PrefixLength];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)header.Length);
        stream.Write(prefix);
        stream.Write(header);
        foreach (NamedTensor tensor in tensors)
            stream.Write(MemoryMarshal.AsBytes<float>(tensor.Values));
    }

    private static SafetensorsFile Read(string path, IReadOnlyList<SafetensorsType> types)
    {
        try
        {
            using FileStream stream = InputFile.Open(path);
            return Read(path, stream, types);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{path}: cannot be read: {exception.Message}", exception);
        }
    }

    private static SafetensorsFile Read(string path, Stream stream, IReadOnlyList<SafetensorsType> types)
    {
        var header = SafetensorsHeader.Read(path, stream, types);
        var tensors = new NamedTensor[header.Entries.Count];
        for (int i = 0; i < tensors.Length; i++)
        {
            (string name, SafetensorsType type, int[] shape, long begin, long end) = header.Entries[i];
            float[] values = GC.AllocateUninitializedArray<float>((int)((end - begin) / type.Size));
            if (type == SafetensorsType.F32)
                stream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
            else
                ReadConverted(stream, type, values);
            tensors[i] = new NamedTensor(name, shape, values);
        }
        return new SafetensorsFile(tensors, header.Metadata);
    }

    /// <summary>Some numbers at a time: those of 64 bits would take twice the memory of what they become.</summary>
    private static void ReadConverted(Stream stream, SafetensorsType type, Span<float> values)
    {
        const int Numbers = 1 << 13;
        Span<byte> bytes = new byte[Numbers * type.Size];
        for (int first = 0; first < values.Length; first += Numbers)
        {
            Span<float> some = values[first..Math.Min(values.Length, first + Numbers)];
            stream.ReadExactly(bytes[..(some.Length * type.Size)]);
            type.Convert(bytes, some);
        }
    }

    private static byte[] Header(IReadOnlyList<NamedTensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata.Count > 0)
            {
                json.WriteStartObject(MetadataName);
                foreach ((string key, string value) in metadata)
                    json.WriteString(key, value);
                json.WriteEndObject();
            }
            var names = new HashSet<string>(StringComparer.Ordinal) { MetadataName };
            long offset = 0;
            foreach (NamedTensor tensor in tensors)
            {
                if (!names.Add(tensor.Name))
                    throw new ArgumentException($"The name {tensor.Name} is not free.", nameof(tensors));
                offset = WriteEntry(json, tensor, offset);
            }
            json.WriteEndObject();
        }
        // Spaces bring the first element to a multiple of eight bytes, so that the file can be mapped.
        while (buffer.Length % 8 != 0)
            buffer.WriteByte((byte)' ');
        return buffer.ToArray();
    }

    private static long WriteEntry(Utf8JsonWriter json, NamedTensor tensor, long begin)
    {
        long elements = 1;
        foreach (int size in tensor.Shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(size);
            elements = checked(elements * size);
        }
        if (elements != tensor.Values.Length)
        {
            throw new ArgumentException(
                $"{tensor.Name} has {tensor.Values.Length} values for the shape ({string.Join(", ", tensor.Shape)}).");
        }
        long end = begin + (elements * sizeof(float));
        json.WriteStartObject(tensor.Name);
        json.WriteString("dtype", "F32");
        json.WriteStartArray("shape");
        foreach (int size in tensor.Shape)
            json.WriteNumberValue(size);
        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(begin);
        json.WriteNumberValue(end);
        json.WriteEndArray();
        json.WriteEndObject();
        return end;
    }
}
