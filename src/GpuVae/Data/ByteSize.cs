using System.Globalization;

namespace GpuVae.Data;

/// <summary>An amount of memory as a person writes it: <c>500MB</c>, <c>2GB</c>, <c>1.5GiB</c>.</summary>
internal static class ByteSize
{
    private static readonly (string Name, long Bytes)[] _units =
    [
        ("GiB", 1L << 30), ("MiB", 1L << 20), ("KiB", 1L << 10), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000), ("B", 1),
    ];

    /// <summary>Bytes of a text.</summary>
    /// <param name="option">Whose value it is, for the message.</param>
    /// <param name="text">A number and its unit; without one it counts bytes.</param>
    /// <exception cref="UserException">It is none, or not above 0.</exception>
    public static long Parse(string option, string text) =>
        TryParse(text) ?? throw new UserException($"{option} {QuotedText.Excerpt(text)}: no amount of memory such as 500MB, 2GB or 1.5GiB");

    /// <summary>Bytes as a person reads them.</summary>
    public static string Rounded(decimal bytes) => bytes switch
    {
        < 1 << 10 => string.Create(CultureInfo.InvariantCulture, $"{bytes:F0} bytes"),
        < 1 << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1 << 10):F0} KiB"),
        < 1 << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1 << 20):F0} MiB"),
        < 1L << 43 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1 << 30):#,0.0} GiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1L << 40):#,0.#} TiB"),
    };

    /// <summary>The shortest text that means the same as another; what is no amount stays as it is.</summary>
    public static string? Normalize(string? text) => text is not null && TryParse(text) is long bytes ? Text(bytes) : text;

    /// <summary>The shortest text that means exactly so many bytes.</summary>
    public static string Text(long bytes)
    {
        (string name, long unit) = _units.Where(each => bytes % each.Bytes == 0).MaxBy(each => each.Bytes);
        return string.Create(CultureInfo.InvariantCulture, $"{bytes / unit}{name}");
    }

    private static long? TryParse(string text)
    {
        (string name, long unit) = _units.FirstOrDefault(
            each => text.EndsWith(each.Name, StringComparison.OrdinalIgnoreCase), ("", 1));
        return decimal.TryParse(
                text[..^name.Length].Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value)
            && value <= (decimal)(long.MaxValue / 2) / unit && value * unit >= 1
                ? (long)(value * unit)
                : null;
    }
}
