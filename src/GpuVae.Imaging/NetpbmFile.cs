using System.Globalization;

namespace GpuVae.Imaging;

/// <summary>
/// A picture of the Netpbm formats PGM (grey) and PPM (colours), as text (P2, P3) or bytes (P5, P6): the format's name,
/// width, height and the largest value, parted by white space, then the values from the top left; with a largest value
/// over 255 each takes two bytes, the higher first. <c>#</c> begins a comment up to the end of the line.
/// </summary>
/// <remarks>The sizes are compared with the length of the file before memory is taken for them.</remarks>
internal sealed class NetpbmFile
{
    private const int LargestValue = ushort.MaxValue;

    private readonly string _path;
    private readonly Stream _stream;
    private readonly bool _isText;
    private readonly int _largest;

    /// <summary>Reads the header.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="stream">At its start; stays the caller's.</param>
    /// <exception cref="UserException">The header is damaged, or promises more than the file holds.</exception>
    public NetpbmFile(string path, Stream stream)
    {
        (_path, _stream) = (path, stream);
        stream.ReadByte();
        int kind = stream.ReadByte();
        _isText = kind is '2' or '3';
        Channels = kind is '3' or '6' ? 3 : 1;
        Width = ReadNumber("width", int.MaxValue);
        Height = ReadNumber("height", int.MaxValue);
        // The single white space behind it, which a raster of bytes follows, is taken with it.
        _largest = ReadNumber("largest value", LargestValue);
        if (Width == 0 || Height == 0 || _largest == 0)
            throw Fault($"width {Width}, height {Height} and largest value {_largest} have to be at least 1");
        // A value is one or two bytes, or in text a digit and what parts it from the next.
        decimal values = (decimal)Width * Height * Channels;
        decimal least = _isText ? (2 * values) - 1 : values * BytesOfValue;
        if (least > stream.Length - stream.Position)
        {
            long there = stream.Length - stream.Position;
            throw Fault($"truncated: {Height}×{Width} pixels need at least {least} bytes, and {there} are there");
        }
    }

    /// <summary>Columns, in pixels.</summary>
    public int Width { get; }

    /// <summary>Rows, in pixels.</summary>
    public int Height { get; }

    /// <summary>Values of a pixel: 1 for grey, 3 for red, green and blue.</summary>
    public int Channels { get; }

    private int BytesOfValue => _largest > byte.MaxValue ? 2 : 1;

    /// <summary>Whether a file that begins like that is one.</summary>
    public static bool Recognizes(ReadOnlySpan<byte> start) =>
        start.Length > 2 && start[0] == 'P' && start[1] is (byte)'2' or (byte)'3' or (byte)'5' or (byte)'6'
        && (IsSpace(start[2]) || start[2] == '#');

    /// <summary>Reads the pixels, once.</summary>
    /// <returns>(<see cref="Height"/>, <see cref="Width"/>, <see cref="Channels"/>), the largest value as 255.</returns>
    /// <exception cref="UserException">The picture is damaged.</exception>
    public byte[] ReadPixels()
    {
        byte[] pixels = new byte[checked(Width * Height * Channels)];
        for (int i = 0; i < pixels.Length; i++)
        {
            int value = _isText ? ReadNumber("pixel", LargestValue) : ReadValue();
            if (value > _largest)
                throw Fault($"the value {value} is over the largest, {_largest}");
            pixels[i] = (byte)(((value * byte.MaxValue) + (_largest / 2)) / _largest);
        }
        return pixels;
    }

    private static bool IsSpace(int value) => value is ' ' or (>= '\t' and <= '\r');

    private int ReadValue()
    {
        int high = BytesOfValue == 2 ? _stream.ReadByte() : 0;
        int low = _stream.ReadByte();
        return high < 0 || low < 0 ? throw Fault("truncated") : (high << 8) | low;
    }

    /// <summary>Skips white space and comments, and reads digits and the character behind them.</summary>
    private int ReadNumber(string what, int most)
    {
        int next = _stream.ReadByte();
        while (IsSpace(next) || next == '#')
        {
            bool isComment = next == '#';
            next = _stream.ReadByte();
            while (isComment && next is not ('\n' or '\r' or < 0))
                next = _stream.ReadByte();
        }
        long number = -1;
        for (; next is >= '0' and <= '9' && number <= most; next = _stream.ReadByte())
            number = (Math.Max(number, 0) * 10) + (next - '0');
        if (number < 0 && next < 0)
            throw Fault("truncated");
        return number >= 0 && number <= most && (next < 0 || IsSpace(next))
            ? (int)number
            : throw Fault(string.Create(CultureInfo.InvariantCulture, $"the {what} is no whole number up to {most}"));
    }

    private UserException Fault(string fault) =>
        new($"{_path}: the picture is damaged ({fault}); replace it or take it away");
}
