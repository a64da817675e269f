using System.Globalization;

namespace GpuVae.Imaging;

/// <summary>What shows through transparent pictures.</summary>
/// <param name="Red">0 … 255.</param>
/// <param name="Green">0 … 255.</param>
/// <param name="Blue">0 … 255.</param>
public readonly record struct PictureBackground(byte Red, byte Green, byte Blue)
{
    /// <summary>White, as a page is.</summary>
    public static PictureBackground White { get; } = new(255, 255, 255);

    /// <summary>Reads <c>white</c>, <c>black</c> or <c>#rrggbb</c>.</summary>
    /// <exception cref="UserException">It is none of them.</exception>
    public static PictureBackground Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text switch
        {
            "white" => White,
            "black" => new PictureBackground(0, 0, 0),
            ['#', .. string digits] when digits.Length == 6 && uint.TryParse(
                digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint colour) =>
                new PictureBackground((byte)(colour >> 16), (byte)(colour >> 8), (byte)colour),
            _ => throw new UserException(
                $"--background {QuotedText.Excerpt(text)}: not a colour; give white, black or #rrggbb, such as #808080"),
        };
    }
}
