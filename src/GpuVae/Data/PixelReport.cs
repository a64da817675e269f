namespace GpuVae.Data;

/// <summary>Says where there is little to see in pixels.</summary>
internal static class PixelReport
{
    // A set whose brightest pixel has an eighth of the range is not called dark.
    private const byte DarkBelow = 32;

    /// <summary>Tells of pixels that are all the same, and of pictures that are nearly black.</summary>
    /// <param name="tell">Is told, or null.</param>
    /// <param name="train">Bytes.</param>
    /// <param name="test">Bytes, or null.</param>
    /// <param name="reduced">Files whose lower bits were dropped.</param>
    /// <param name="transparent">Whether another background would show something else.</param>
    public static void Tell(Action<string>? tell, ImageSet train, ImageSet? test, int reduced = 0, bool transparent = false)
    {
        if (tell is null)
            return;
        // What matters of bytes that stay in their file is which there are.
        ReadOnlySpan<byte> one = train.Pixels ?? train.Stream!.Summary.Values;
        ReadOnlySpan<byte> other = test?.Pixels ?? test?.Stream?.Summary.Values;
        byte first = one[0];
        if (one.IndexOfAnyExcept(first) < 0 && other.IndexOfAnyExcept(first) < 0)
        {
            string hint = transparent ? "; another --background may show what is in them" : "";
            tell($"every pixel of all {PictureTree.Counted(train.Count + (test?.Count ?? 0), "picture")} is {first} of 255: "
                + $"there is nothing to learn from them{hint}");
            return;
        }
        if (one.IndexOfAnyInRange(DarkBelow, byte.MaxValue) >= 0 || other.IndexOfAnyInRange(DarkBelow, byte.MaxValue) >= 0)
            return;
        byte brightest = 0;
        foreach (byte pixel in one)
            brightest = Math.Max(brightest, pixel);
        foreach (byte pixel in other)
            brightest = Math.Max(brightest, pixel);
        string depth = reduced == 0
            ? ""
            : $"; {reduced} of them are 16-bit PNG files, which are read as 8 bits: stretch their values to the "
                + "whole range first";
        tell($"the pictures are dark: the brightest pixel is {brightest} of 255{depth}");
    }
}
