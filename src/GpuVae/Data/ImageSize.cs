using System.Globalization;

namespace GpuVae.Data;

/// <summary>The size of an image in pixels.</summary>
public readonly record struct ImageSize(int Height, int Width)
{
    /// <summary>The largest side: of a square of it, four bytes a pixel fit an array.</summary>
    public const int Most = 16_384;

    /// <summary>Reads <c>28</c>, which is 28×28, or <c>20x30</c>, which is 20 rows of 30.</summary>
    /// <exception cref="UserException">It is neither.</exception>
    public static ImageSize Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] parts = text.Split('x', '×');
        if (parts.Length <= 2 && TryParse(parts[0], out int height) && TryParse(parts[^1], out int width))
            return new ImageSize(height, width);
        throw new UserException(
            $"--image-size {QuotedText.Excerpt(text)}: not a size such as 28 (28 rows of 28 pixels) or 20x30 (20 rows of 30), at most {Most}");
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Height}x{Width}");

    private static bool TryParse(string text, out int side) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out side) && side is >= 1 and <= Most;
}
