using System.Globalization;

namespace GpuVae.Data;

/// <summary>Which examples to read, and how.</summary>
public sealed record DataSettings
{
    /// <summary>
    /// The name of a set (<see cref="Datasets.Names"/>), a folder of IDX files or of images, or a CSV, .npy or .npz file.
    /// </summary>
    public string Data { get; init; } = Datasets.MnistName;

    /// <summary>Of a CSV file: the name of the column with the labels, its position from 1, <c>first</c> or <c>last</c>.</summary>
    public string? LabelColumn { get; init; }

    /// <summary>
    /// The size that images of a folder are drawn at, or that rows of a file are taken as; null for what they are.
    /// </summary>
    public ImageSize? ImageSize { get; init; }

    /// <summary>Whether images of a folder keep their colours; else they become grey.</summary>
    public bool Coloured { get; init; }

    /// <summary>What becomes of real numbers.</summary>
    public Scaling Scaling { get; init; } = Scaling.None;

    /// <summary>The part of a set without a test part that is kept for testing; null for <see cref="Datasets.DefaultHoldOut"/>.</summary>
    public double? HoldOut { get; init; }

    /// <summary>
    /// Whether nothing is held out: both parts are then all examples of a set without a test part, as where a trained
    /// model is to see them.
    /// </summary>
    public bool Whole { get; init; }

    /// <summary>Chooses the examples that are held out.</summary>
    public ulong Seed { get; init; } = 1;
}

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
