using System.Globalization;

namespace GpuVae.Data;

/// <summary>Turns what files write as labels into classes: 0 … n−1, in the order of their names.</summary>
internal static class Labels
{
    // What programs write where there is nothing. None and - are left out: they are as often the names of classes.
    private static readonly HashSet<string> _missing =
        new(StringComparer.OrdinalIgnoreCase) { "", "?", "NA", "N/A", "#N/A", "<NA>", "NaN", "-NaN", "null" };

    /// <summary>
    /// The classes of some lists of labels together, numbers in their order and texts in <see cref="NaturalOrder"/>. A
    /// class is called what the file writes: 007 is not 7. Only where every label is a whole number that is written as a
    /// real one, as numpy.savetxt and pandas do, it gets the plain name: 1.0000000e+00 is 1. A label that is missing, as an
    /// empty cell is, has no class: <see cref="ImageSet.NoLabel"/>.
    /// </summary>
    /// <param name="lists">For example those of the training and of the test part.</param>
    /// <returns>The class of each label, list by list, and the names of the classes.</returns>
    public static (int[][] Classes, IReadOnlyList<string> Names) ToClasses(params IReadOnlyList<string>[] lists)
    {
        string[] written =
            [.. lists.SelectMany(list => list).Select(label => label.Trim()).Where(label => !_missing.Contains(label))
            .Distinct(StringComparer.Ordinal)];
        bool numbers = Array.TrueForAll(written, label => TryNumber(label, out _));
        string[] ordered = numbers
            ? [.. written.OrderBy(Number).ThenBy(label => label, NaturalOrder.Instance)]
            : [.. written.Order(NaturalOrder.Instance)];
        var classes = ordered.Select((label, index) => (label, index))
            .ToDictionary(entry => entry.label, entry => entry.index, StringComparer.Ordinal);
        string[] names = numbers && Array.TrueForAll(ordered, IsWholeWrittenAsReal)
            ? Array.ConvertAll(ordered, label => Name(Number(label)))
            : ordered;
        // 1.0 and 1.00 are two texts of one number, and who wrote both may have meant both.
        if (names.Distinct(StringComparer.Ordinal).Count() < names.Length)
            names = ordered;
        return ([.. lists.Select(list => list.Select(label => classes.GetValueOrDefault(label.Trim(), ImageSet.NoLabel)).ToArray())], names);
    }

    /// <summary>
    /// Whether labels look like measurements: real numbers with decimals, of which nearly every example has its own.
    /// </summary>
    public static bool AreContinuous(ImageSet images)
    {
        const int FewestClasses = 10;
        const double Part = 0.8;
        return images.LabelNames is { Count: >= FewestClasses } names
            && names.Count >= Part * (images.Count - images.UnlabelledCount)
            && names.All(name => TryNumber(name, out _)) && names.Any(name => Number(name) != Math.Truncate(Number(name)));
    }

    /// <summary>The name of a number.</summary>
    public static string Name(double number) => number.ToString("R", CultureInfo.InvariantCulture);

    private static bool IsWholeWrittenAsReal(string label) =>
        label.AsSpan().IndexOfAny(".eE") >= 0 && Number(label) == Math.Truncate(Number(label));

    private static double Number(string text) => TryNumber(text, out double number) ? number : 0;

    private static bool TryNumber(string text, out double number) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);
}
