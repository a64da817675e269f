using System.Buffers.Binary;

namespace GpuVae.Files;

/// <summary>A type that numbers of a safetensors file may have, and what makes 32-bit floats of them.</summary>
/// <param name="Name">As the header has it.</param>
/// <param name="Size">Bytes of a number.</param>
internal sealed record SafetensorsType(string Name, int Size)
{
    private readonly Func<ReadOnlySpan<byte>, float> _convert = Converter(Name);

    /// <summary>What the library itself writes.</summary>
    public static SafetensorsType F32 { get; } = new("F32", sizeof(float));

    /// <summary>Every type that becomes a 32-bit float: exactly, or rounded to the nearest one.</summary>
    public static IReadOnlyList<SafetensorsType> All { get; } =
    [
        F32, new("F64", 8), new("F16", 2), new("BF16", 2), new("I64", 8), new("I32", 4), new("I16", 2), new("I8", 1),
        new("U64", 8), new("U32", 4), new("U16", 2), new("U8", 1), new("BOOL", 1),
    ];

    /// <summary>Converts numbers, little-endian.</summary>
    /// <param name="bytes"><see cref="Size"/> for each number.</param>
    /// <param name="values">As many.</param>
    public void Convert(ReadOnlySpan<byte> bytes, Span<float> values)
    {
        for (int i = 0; i < values.Length; i++)
            values[i] = _convert(bytes.Slice(i * Size, Size));
    }

    private static Func<ReadOnlySpan<byte>, float> Converter(string name) => name switch
    {
        "F32" => BinaryPrimitives.ReadSingleLittleEndian,
        "F64" => bytes => (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        "F16" => bytes => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes),
        // The upper half of a 32-bit float.
        "BF16" => bytes => BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(bytes) << 16),
        "I64" => bytes => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        "I32" => bytes => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        "I16" => bytes => BinaryPrimitives.ReadInt16LittleEndian(bytes),
        "I8" => bytes => (sbyte)bytes[0],
        "U64" => bytes => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        "U32" => bytes => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        "U16" => bytes => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        "U8" or "BOOL" => bytes => bytes[0],
        _ => throw new ArgumentException($"There is no type {name}.", nameof(name)),
    };
}
