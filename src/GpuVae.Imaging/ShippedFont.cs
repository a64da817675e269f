using ScottPlot;
using SkiaSharp;

namespace GpuVae.Imaging;

/// <summary>
/// The one typeface of all texts in pictures, Open Sans, which comes inside the library: with the fonts of a machine the
/// same run would draw other pictures on another one, and on a machine without fonts pictures without texts.
/// </summary>
internal static class ShippedFont
{
    /// <summary>
    /// The name by which plots ask for it. No font of a machine is called so, so that none is taken for it.
    /// </summary>
    public const string Name = "GpuVae Open Sans";

    private const string Resource = "OpenSans-Regular.ttf";

    private static readonly Lazy<SKTypeface> _typeface = new(Load);

    /// <summary>The typeface, for who draws without plots. It lives as long as the process.</summary>
    public static SKTypeface Typeface => _typeface.Value;

    /// <summary>An empty plot; who has put everything into it gives it to <see cref="Set"/>.</summary>
    /// <remarks>
    /// The font comes first: a plot that is drawn on another thread must not look through the fonts while one is added.
    /// </remarks>
    public static Plot NewPlot()
    {
        _ = Typeface;
        return new Plot();
    }

    /// <summary>Letters a plot in it: all texts that are there by now.</summary>
    public static void Set(Plot plot)
    {
        _ = Typeface;
        plot.Font.Set(Name);
    }

    private static SKTypeface Load()
    {
        using Stream file = typeof(ShippedFont).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"{Resource} is missing in this build of the library.");
        using SKData data = SKData.Create(file);
        SKTypeface typeface = SKTypeface.FromData(data)
            ?? throw new InvalidOperationException($"{Resource} is no font.");
        // Plots know fonts by names alone, and ask each resolver in turn.
        Fonts.FontResolvers.Insert(0, new Resolver(typeface));
        return typeface;
    }

    private sealed class Resolver(SKTypeface typeface) : IFontResolver
    {
        // A weight, a slant or a width that the font does not have is answered with what it has.
        public SKTypeface? CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing spacing) =>
            fontName == Name ? typeface : null;

        public SKTypeface? CreateTypeface(string fontName, bool bold, bool italic) => fontName == Name ? typeface : null;
    }
}
