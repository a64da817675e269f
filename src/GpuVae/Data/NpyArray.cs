using System.Buffers.Binary;
using System.Text;

namespace GpuVae.Data;

/// <summary>
/// What a .npy file holds, the last axis fastest whatever order the file has: numbers that float32 holds exactly as such,
/// others in float64.
/// </summary>
/// <param name="Shape">Sizes, the slowest first.</param>
/// <param name="Kind">The type's letter, as <see cref="NpyHeader.Kind"/>.</param>
/// <param name="Size">Bytes of an element in the file.</param>
internal sealed record NpyArray(int[] Shape, char Kind, int Size)
{
    private const int BytesAtOnce = 1 << 17;

    // Of a string object and its place in an array, about.
    private const int TextOverhead = 32;

    /// <summary>uint8 as it is, bool as 0 and 1; or null.</summary>
    public byte[]? Bytes { get; private init; }

    /// <summary>float16, float32 and integers of up to 16 bits; or null.</summary>
    public float[]? Values { get; private init; }

    /// <summary>float64 and integers of 32 and 64 bits; or null.</summary>
    public double[]? Exact { get; private init; }

    /// <summary>Texts; or null.</summary>
    public string[]? Texts { get; private init; }

    /// <summary>Elements in all.</summary>
    public int Length => Bytes?.Length ?? Values?.Length ?? Exact?.Length ?? Texts?.Length ?? 0;

    /// <summary>The shape for a message: <c>2, 3</c>.</summary>
    public string Sizes => string.Join(", ", Shape);

    /// <summary>Reads an array.</summary>
    /// <param name="stream">At the first byte of the .npy data; nothing may follow.</param>
    /// <param name="length">Bytes that there are at most, as the file system or the archive knows them.</param>
    /// <param name="name">The file, and the entry in it, for messages.</param>
    /// <param name="allowTexts">Whether texts will do, as labels.</param>
    /// <exception cref="DataException">It is damaged, or too large.</exception>
    public static NpyArray Read(Stream stream, long length, string name, bool allowTexts = false)
    {
        var header = NpyHeader.Read(stream, name, allowTexts);
        decimal promised = header.Count * header.Size;
        if (promised > length)
        {
            throw new DataException(
                $"{name}: truncated: the header promises {promised} bytes of numbers, and the file has {length} in all");
        }
        bool isBytes = header is { Kind: 'u' or 'b', Size: 1 };
        bool isExact = header is { Kind: 'f', Size: 8 } or { Kind: 'i' or 'u', Size: > 2 };
        MemoryLimit.Require(
            name, header.Count, isBytes ? 1 : isExact ? sizeof(double) : header.IsText ? header.Size + TextOverhead : sizeof(float));
        int count = (int)header.Count;
        var array = new NpyArray(header.Shape, header.Kind, header.Size);
        if (isBytes)
            array = array with { Bytes = new byte[count] };
        else if (header.IsText)
            array = array with { Texts = new string[count] };
        else if (isExact)
            array = array with { Exact = new double[count] };
        else
            array = array with { Values = new float[count] };
        if (isBytes && !header.IsFortran)
            ReadExactly(stream, array.Bytes, name);
        else
            array.Fill(stream, header, name);
        if (header.Kind == 'b' && array.Bytes.AsSpan().IndexOfAnyExceptInRange((byte)0, (byte)1) >= 0)
            throw new DataException($"{name}: a bool that is neither 0 nor 1; save it again with numpy.save");
        if (stream.ReadByte() >= 0)
            throw new DataException($"{name}: bytes follow the {promised} that its header promises; save it again with numpy.save");
        return array;
    }

    private void Fill(Stream stream, NpyHeader header, string name)
    {
        var order = new ElementOrder(header.Shape, header.IsFortran);
        int count = (int)header.Count, atOnce = Math.Max(1, BytesAtOnce / header.Size);
        var bytes = new byte[Math.Min(count, atOnce) * header.Size];
        for (int first = 0; first < count; first += atOnce)
        {
            Span<byte> part = bytes.AsSpan(0, Math.Min(atOnce, count - first) * header.Size);
            ReadExactly(stream, part, name);
            for (int start = 0; start < part.Length; start += header.Size)
            {
                Span<byte> element = part.Slice(start, header.Size);
                int at = order.Next();
                if (Bytes is not null)
                {
                    Bytes[at] = element[0];
                    continue;
                }
                if (Texts is not null)
                {
                    Texts[at] = Text(element, header);
                    continue;
                }
                if (header.BigEndian)
                    element.Reverse();
                double number = Number(element, header.Kind);
                if (Exact is not null)
                    Exact[at] = number;
                else
                    Values![at] = (float)number;
            }
        }
    }

    private static double Number(ReadOnlySpan<byte> littleEndian, char kind) => (kind, littleEndian.Length) switch
    {
        ('f', 2) => (double)BinaryPrimitives.ReadHalfLittleEndian(littleEndian),
        ('f', 4) => BinaryPrimitives.ReadSingleLittleEndian(littleEndian),
        ('f', _) => BinaryPrimitives.ReadDoubleLittleEndian(littleEndian),
        ('i', 1) => (sbyte)littleEndian[0],
        ('i', 2) => BinaryPrimitives.ReadInt16LittleEndian(littleEndian),
        ('i', 4) => BinaryPrimitives.ReadInt32LittleEndian(littleEndian),
        ('i', _) => BinaryPrimitives.ReadInt64LittleEndian(littleEndian),
        (_, 1) => littleEndian[0],
        (_, 2) => BinaryPrimitives.ReadUInt16LittleEndian(littleEndian),
        (_, 4) => BinaryPrimitives.ReadUInt32LittleEndian(littleEndian),
        _ => BinaryPrimitives.ReadUInt64LittleEndian(littleEndian),
    };

    // UTF-32, or bytes; zeros fill up the width.
    private static string Text(ReadOnlySpan<byte> element, NpyHeader header)
    {
        string text = header.Kind == 'S'
            ? Encoding.UTF8.GetString(element)
            : (header.BigEndian ? new UTF32Encoding(bigEndian: true, byteOrderMark: false) : Encoding.UTF32).GetString(element);
        return text.TrimEnd('\0');
    }

    private static void ReadExactly(Stream stream, Span<byte> bytes, string name)
    {
        if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
            throw new DataException($"{name}: truncated: the file ends before the numbers that its header promises");
    }

    /// <summary>Where the elements of a file go, one after the other, for the last axis to be the fastest.</summary>
    private struct ElementOrder(int[] shape, bool isFortran)
    {
        private readonly int[] _strides = Strides(shape);
        private readonly int[] _places = new int[shape.Length];
        private int _next;

        public int Next()
        {
            int place = _next;
            if (!isFortran)
            {
                _next++;
                return place;
            }
            for (int axis = 0; axis < shape.Length; axis++)
            {
                _next += _strides[axis];
                if (++_places[axis] < shape[axis])
                    break;
                _next -= _strides[axis] * shape[axis];
                _places[axis] = 0;
            }
            return place;
        }

        private static int[] Strides(int[] shape)
        {
            var strides = new int[shape.Length];
            int stride = 1;
            for (int axis = shape.Length - 1; axis >= 0; axis--)
            {
                strides[axis] = stride;
                // With an axis of nothing there is no element either, and the others may be of any length.
                stride = unchecked(stride * Math.Max(1, shape[axis]));
            }
            return strides;
        }
    }
}
