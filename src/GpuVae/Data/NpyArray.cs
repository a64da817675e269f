using System.Buffers.Binary;

namespace GpuVae.Data;

/// <summary>The numbers of a .npy file: bytes where it holds uint8 or bool, else real numbers.</summary>
/// <param name="Shape">Sizes, the slowest first.</param>
/// <param name="Pixels">uint8 as it is, True as 255; or null.</param>
/// <param name="Values">Other numbers rounded to float32; or null.</param>
internal sealed record NpyArray(int[] Shape, byte[]? Pixels, float[]? Values)
{
    private const int NumbersAtOnce = 1 << 14;

    /// <summary>Reads an array.</summary>
    /// <param name="stream">At the first byte of the .npy data; nothing may follow.</param>
    /// <param name="length">Bytes that there are at most, as the file system or the archive knows them.</param>
    /// <param name="name">The file, and the entry in it, for messages.</param>
    /// <exception cref="DataException">It is damaged, or too large.</exception>
    public static NpyArray Read(Stream stream, long length, string name)
    {
        NpyHeader header = NpyHeader.Read(stream, name);
        decimal promised = header.Count * header.Size;
        if (promised > length)
        {
            throw new DataException(
                $"{name}: truncated: the header promises {promised} bytes of numbers, and the file has {length} in all");
        }
        bool pixels = header is { Kind: 'u' or 'b', Size: 1 };
        DataMemory.Require(name, header.Count, pixels ? 1 : sizeof(float));
        int count = (int)header.Count;
        NpyArray array;
        if (pixels)
        {
            var bytes = new byte[count];
            ReadExactly(stream, bytes, name);
            if (header.Kind == 'b')
                bytes.AsSpan().Replace((byte)1, (byte)255);
            array = new NpyArray(header.Shape, bytes, null);
        }
        else
        {
            array = new NpyArray(header.Shape, null, ReadNumbers(stream, header, count, name));
        }
        if (stream.ReadByte() >= 0)
            throw new DataException($"{name}: bytes follow the {promised} that its header promises; save it again with numpy.save");
        return array;
    }

    private static float[] ReadNumbers(Stream stream, NpyHeader header, int count, string name)
    {
        var values = new float[count];
        var bytes = new byte[NumbersAtOnce * header.Size];
        for (int first = 0; first < count; first += NumbersAtOnce)
        {
            int numbers = Math.Min(NumbersAtOnce, count - first);
            Span<byte> part = bytes.AsSpan(0, numbers * header.Size);
            ReadExactly(stream, part, name);
            for (int i = 0; i < numbers; i++)
            {
                Span<byte> number = part.Slice(i * header.Size, header.Size);
                if (header.BigEndian)
                    number.Reverse();
                values[first + i] = ToFloat(number, header.Kind);
            }
        }
        return values;
    }

    private static float ToFloat(ReadOnlySpan<byte> littleEndian, char kind) => (kind, littleEndian.Length) switch
    {
        ('f', 2) => (float)BinaryPrimitives.ReadHalfLittleEndian(littleEndian),
        ('f', 4) => BinaryPrimitives.ReadSingleLittleEndian(littleEndian),
        ('f', _) => (float)BinaryPrimitives.ReadDoubleLittleEndian(littleEndian),
        ('i', 1) => (sbyte)littleEndian[0],
        ('i', 2) => BinaryPrimitives.ReadInt16LittleEndian(littleEndian),
        ('i', 4) => BinaryPrimitives.ReadInt32LittleEndian(littleEndian),
        ('i', _) => BinaryPrimitives.ReadInt64LittleEndian(littleEndian),
        (_, 1) => littleEndian[0],
        (_, 2) => BinaryPrimitives.ReadUInt16LittleEndian(littleEndian),
        (_, 4) => BinaryPrimitives.ReadUInt32LittleEndian(littleEndian),
        _ => BinaryPrimitives.ReadUInt64LittleEndian(littleEndian),
    };

    private static void ReadExactly(Stream stream, Span<byte> bytes, string name)
    {
        if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
            throw new DataException($"{name}: truncated: the file ends before the numbers that its header promises");
    }
}
