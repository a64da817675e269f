using ScottPlot;

namespace GpuVae.Imaging;

/// <summary>One font for every plot.</summary>
internal static class PlotFont
{
    // On Linux the drawing library takes the first font that it finds, which is a serif one as often as not.
    private static readonly string[] preferred =
    [
        "Segoe UI", "Helvetica Neue", "Helvetica", "Arial", "Open Sans", "Noto Sans", "Liberation Sans", "DejaVu Sans",
    ];

    /// <summary>Writes a plot's texts in the first font of the list that this machine has.</summary>
    public static void Apply(Plot plot)
    {
        if (preferred.FirstOrDefault(IsInstalled) is string font)
            plot.Font.Set(font);
    }

    // A font that is not there is answered with another one.
    private static bool IsInstalled(string font) =>
        Fonts.GetTypeface(font, bold: false, italic: false)?.FamilyName == font;
}
