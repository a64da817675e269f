using SkiaSharp;

namespace GpuVae.Imaging;

/// <summary>Texts that have to fit into a picture.</summary>
internal static class PictureText
{
    /// <summary>The text, cut where it is wider.</summary>
    /// <param name="text">One line.</param>
    /// <param name="font">What it is lettered in.</param>
    /// <param name="width">In pixels.</param>
    public static string Cut(string text, SKFont font, int width)
    {
        if (font.MeasureText(text) <= width)
            return text;
        int length = text.Length;
        while (length > 1 && font.MeasureText(text[..length] + "…") > width)
            length--;
        return text[..length] + "…";
    }
}
