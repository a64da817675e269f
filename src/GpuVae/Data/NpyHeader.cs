using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace GpuVae.Data;

/// <summary>
/// What stands before the numbers of a .npy file: <c>\x93NUMPY</c>, the version, the length of a Python dictionary, and
/// that dictionary: <c>{'descr': '&lt;f4', 'fortran_order': False, 'shape': (60000, 28, 28), }</c> (NumPy's documentation,
/// numpy.lib.format, versions 1 to 3).
/// </summary>
/// <param name="Kind">What an element is: a number <c>u</c>, <c>i</c>, <c>f</c>, <c>b</c>, or a text <c>U</c>, <c>S</c>.</param>
/// <param name="Size">Bytes of an element.</param>
/// <param name="BigEndian">Whether the most significant byte comes first.</param>
/// <param name="Shape">Sizes of the axes.</param>
/// <param name="IsFortran">Whether the first axis is the fastest, else the last.</param>
internal sealed partial record NpyHeader(char Kind, int Size, bool BigEndian, int[] Shape, bool IsFortran)
{
    private const int LongestDictionary = 1 << 16;
    private const int MostDimensions = 32;

    // Beyond any memory, and small enough to be multiplied once more.
    private const decimal Most = 1e18m;

    /// <summary>Whether the elements are texts.</summary>
    public bool IsText => Kind is 'U' or 'S';

    /// <summary>Elements in all.</summary>
    public decimal Count => Shape.Contains(0) ? 0 : Shape.Aggregate(1m, (product, size) => Math.Min(product * size, Most));

    /// <summary>Reads it, and leaves the stream at the first number.</summary>
    /// <param name="stream">At the first byte of the .npy data.</param>
    /// <param name="name">The file, and the entry in it, for messages.</param>
    /// <param name="allowTexts">Whether texts will do, as labels.</param>
    /// <exception cref="DataException">It is no such header, or one for elements that cannot be read here.</exception>
    public static NpyHeader Read(Stream stream, string name, bool allowTexts = false)
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
        return Parse(Encoding.UTF8.GetString(bytes), name, allowTexts);
    }

    [GeneratedRegex(@"'descr'\s*:\s*'([<>=|]?)([a-zA-Z])(\d{0,4})'")]
    private static partial Regex Description();

    [GeneratedRegex(@"'fortran_order'\s*:\s*(True|False)")]
    private static partial Regex FortranOrder();

    // Without a repetition in a repetition, which a hostile header can make try every way to part its digits.
    [GeneratedRegex(@"'shape'\s*:\s*\(([\d\sL,]{0,1000})\)")]
    private static partial Regex ShapeTuple();

    private static NpyHeader Parse(string dictionary, string name, bool allowTexts)
    {
        Match description = Description().Match(dictionary), shape = ShapeTuple().Match(dictionary);
        Match fortran = FortranOrder().Match(dictionary);
        if (!fortran.Success || !shape.Success || !dictionary.Contains("'descr'", StringComparison.Ordinal))
            throw new DataException($"{name}: offset 10: the header is no dictionary of descr, fortran_order and shape");
        char kind = description.Success ? description.Groups[2].Value[0] : 'O';
        string bytes = description.Success ? description.Groups[3].Value : "";
        bool isText = kind is 'U' or 'S' && bytes.Length > 0 && bytes.Trim('0').Length > 0;
        bool known = (kind, bytes) is ('u' or 'i', "1" or "2" or "4" or "8") or ('f', "2" or "4" or "8") or ('b', "1");
        if (!known && !(isText && allowTexts))
        {
            throw new DataException(
                $"{name}: holds no plain numbers (descr {(description.Success ? kind + bytes : "of records")}); save it as "
                + $"uint8, an integer or a float type{(allowTexts ? ", or as texts with astype(str)" : "")}");
        }
        int[] sizes = [.. ReadShape(shape.Groups[1].Value, name)];
        int size = int.Parse(bytes, CultureInfo.InvariantCulture);
        return new NpyHeader(
            kind, kind == 'U' ? sizeof(uint) * size : size, description.Groups[1].Value == ">", sizes,
            fortran.Groups[1].Value == "True");
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
