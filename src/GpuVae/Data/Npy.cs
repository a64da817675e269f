using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using GpuVae.Files;

namespace GpuVae.Data;

/// <summary>
/// Writes NumPy's <c>.npy</c> files, format version 1.0 (numpy.lib.format): the magic, a header that says type and
/// shape, then the numbers in C order, little-endian.
/// </summary>
public static class Npy
{
    // The numbers start at a multiple of this, so that a reader can map the file.
    private const int Alignment = 64;
    private const int PrefixLength = 10;

    /// <summary>Writes an array; a file of that name is replaced whole or not at all.</summary>
    /// <typeparam name="T">byte, int, ulong, float or double.</typeparam>
    /// <param name="path">The file to write.</param>
    /// <param name="values">The numbers, the last axis fastest.</param>
    /// <param name="shape">Lengths of the axes; their product is the number of values.</param>
    /// <exception cref="ArgumentException">The shape does not fit, or the type has no name here.</exception>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static void Write<T>(string path, ReadOnlyMemory<T> values, params ReadOnlySpan<int> shape)
        where T : unmanaged
    {
        long count = 1;
        foreach (int length in shape)
            count *= length;
        if (count != values.Length)
            throw new ArgumentException($"{values.Length} values for {count} places.", nameof(values));
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("The numbers are written as they lie in memory, little-endian.");
        byte[] header = Header(TypeName<T>(), shape);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(header);
            // A span of bytes is at most 2 GiB.
            const int Part = 1 << 24;
            for (int first = 0; first < values.Length; first += Part)
                stream.Write(MemoryMarshal.AsBytes(values.Span.Slice(first, Math.Min(Part, values.Length - first))));
        });
    }

    private static byte[] Header(string type, ReadOnlySpan<int> shape)
    {
        var lengths = new StringBuilder();
        foreach (int length in shape)
            lengths.Append(CultureInfo.InvariantCulture, $"{length}, ");
        // A tuple of one keeps its comma, a longer one ends without.
        string tuple = shape.Length == 1 ? $"{shape[0]}," : lengths.ToString().TrimEnd(',', ' ');
        string text = $"{{'descr': '{type}', 'fortran_order': False, 'shape': ({tuple}), }}";
        int padding = (Alignment - ((PrefixLength + text.Length + 1) % Alignment)) % Alignment;
        text += new string(' ', padding) + "\n";
        ushort length16 = checked((ushort)text.Length);
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)length16, (byte)(length16 >> 8), .. Encoding.ASCII.GetBytes(text)];
    }

    private static string TypeName<T>() =>
        typeof(T) == typeof(float) ? "<f4"
        : typeof(T) == typeof(double) ? "<f8"
        : typeof(T) == typeof(int) ? "<i4"
        : typeof(T) == typeof(ulong) ? "<u8"
        : typeof(T) == typeof(byte) ? "|u1"
        : throw new ArgumentException($"{typeof(T).Name} has no name in a .npy file here.");
}

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
        MemoryLimit.Require(name, header.Count, pixels ? 1 : sizeof(float));
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

/// <summary>
/// What stands before the numbers of a .npy file: <c>\x93NUMPY</c>, the version, the length of a Python dictionary, and
/// that dictionary: <c>{'descr': '&lt;f4', 'fortran_order': False, 'shape': (60000, 28, 28), }</c> (NumPy's documentation,
/// numpy.lib.format, versions 1 to 3).
/// </summary>
/// <param name="Kind">What a number is: <c>u</c>, <c>i</c>, <c>f</c> or <c>b</c>.</param>
/// <param name="Size">Bytes of a number.</param>
/// <param name="BigEndian">Whether the most significant byte comes first.</param>
/// <param name="Shape">Sizes, the slowest first.</param>
internal sealed partial record NpyHeader(char Kind, int Size, bool BigEndian, int[] Shape)
{
    private const int LongestDictionary = 1 << 16;
    private const int MostDimensions = 32;

    // Beyond any memory, and small enough to be multiplied once more.
    private const decimal Most = 1e18m;

    /// <summary>Numbers in all.</summary>
    public decimal Count => Shape.Contains(0) ? 0 : Shape.Aggregate(1m, (product, size) => Math.Min(product * size, Most));

    /// <summary>Reads it, and leaves the stream at the first number.</summary>
    /// <param name="stream">At the first byte of the .npy data.</param>
    /// <param name="name">The file, and the entry in it, for messages.</param>
    /// <exception cref="DataException">It is no such header, or one for numbers that cannot be read here.</exception>
    public static NpyHeader Read(Stream stream, string name)
    {
        Span<byte> start = stackalloc byte[8];
        if (stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length
            || start[0] != 0x93 || !start[1..].StartsWith("NUMPY"u8))
        {
            throw new DataException($"{name}: offset 0: no NumPy file (it does not begin with \\x93NUMPY)");
        }
        int version = start[6];
        if (version is < 1 or > 3)
            throw new DataException($"{name}: offset 6: version {version} of the format is unknown; save it again with numpy.save");
        Span<byte> lengthBytes = stackalloc byte[version == 1 ? 2 : 4];
        long length = -1;
        if (stream.ReadAtLeast(lengthBytes, lengthBytes.Length, throwOnEndOfStream: false) == lengthBytes.Length)
        {
            length = version == 1
                ? BinaryPrimitives.ReadUInt16LittleEndian(lengthBytes)
                : BinaryPrimitives.ReadUInt32LittleEndian(lengthBytes);
        }
        if (length is < 0 or > LongestDictionary)
            throw new DataException($"{name}: offset 8: the header's length is damaged; save it again with numpy.save");
        var bytes = new byte[length];
        if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
            throw new DataException($"{name}: the file ends within its header; save it again with numpy.save");
        return Parse(Encoding.UTF8.GetString(bytes), name);
    }

    [GeneratedRegex(@"'descr'\s*:\s*'([<>=|]?)([a-zA-Z])(\d{0,4})'")]
    private static partial Regex Description();

    [GeneratedRegex(@"'fortran_order'\s*:\s*(True|False)")]
    private static partial Regex FortranOrder();

    // Without a repetition in a repetition, which a hostile header can make try every way to part its digits.
    [GeneratedRegex(@"'shape'\s*:\s*\(([\d\sL,]{0,1000})\)")]
    private static partial Regex ShapeTuple();

    private static NpyHeader Parse(string dictionary, string name)
    {
        Match description = Description().Match(dictionary), shape = ShapeTuple().Match(dictionary);
        Match fortran = FortranOrder().Match(dictionary);
        if (!fortran.Success || !shape.Success || !dictionary.Contains("'descr'", StringComparison.Ordinal))
            throw new DataException($"{name}: offset 10: the header is no dictionary of descr, fortran_order and shape");
        char kind = description.Success ? description.Groups[2].Value[0] : 'O';
        string bytes = description.Success ? description.Groups[3].Value : "";
        bool known = (kind, bytes) is ('u' or 'i', "1" or "2" or "4" or "8") or ('f', "2" or "4" or "8") or ('b', "1");
        if (!known)
        {
            throw new DataException(
                $"{name}: holds no plain numbers (descr {(description.Success ? kind + bytes : "of records")}); save it as "
                + "uint8, an integer or a float type");
        }
        int[] sizes = [.. ReadShape(shape.Groups[1].Value, name)];
        if (fortran.Groups[1].Value == "True" && sizes.Count(size => size != 1) > 1)
        {
            throw new DataException(
                $"{name}: is in Fortran order, column by column; save numpy.ascontiguousarray(x) instead");
        }
        return new NpyHeader(
            kind, int.Parse(bytes, CultureInfo.InvariantCulture), description.Groups[1].Value == ">", sizes);
    }

    private static IEnumerable<int> ReadShape(string text, string name)
    {
        string[] parts = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (parts.Length > MostDimensions)
            throw new DataException($"{name}: {parts.Length} dimensions; NumPy has at most {MostDimensions}");
        foreach (string part in parts)
        {
            yield return int.TryParse(part.TrimEnd('L'), NumberStyles.None, CultureInfo.InvariantCulture, out int size)
                ? size
                : throw new DataException($"{name}: a size of {QuotedText.Excerpt(part)} is over the limit of {int.MaxValue}");
        }
    }
}
