namespace GpuVae.Imaging;

/// <summary>The kinds of image files that are read.</summary>
internal static class ImageFormats
{
    /// <summary>The kinds, for a sentence.</summary>
    public const string Kinds = "PNG, JPEG, WebP, BMP, GIF, ICO, PGM, PPM";

    /// <summary>How the names of such files end, in lower case.</summary>
    public static IReadOnlyList<string> Endings { get; } =
    [
        ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".bmp", ".gif", ".ico", ".pgm", ".ppm", ".pnm",
    ];

    /// <summary>How those of pictures end that are known and not read.</summary>
    public static IReadOnlyList<string> TiffEndings { get; } = [".tif", ".tiff"];
}
