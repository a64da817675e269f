using System.Globalization;

namespace GpuVae.Data;

/// <summary>Turns what files write as labels into classes: 0 … n−1, in the order of their names.</summary>
internal static class Labels
{
    /// <summary>
    /// The classes of some lists of labels together, numbers in their order and texts in theirs. A whole number is named
    /// as such however it is written: 1.0000000e+00 is 1.
    /// </summary>
    /// <param name="lists">For example those of the training and of the test part.</param>
    /// <returns>The class of each label, list by list, and the names of the classes.</returns>
    public static (int[][] Classes, IReadOnlyList<string> Names) Number(params IReadOnlyList<string>[] lists)
    {
        string[][] named = [.. lists.Select(list => list.Select(Name).ToArray())];
        string[] distinct = [.. named.SelectMany(list => list).Distinct(StringComparer.Ordinal)];
        bool numbers = distinct.All(name => TryNumber(name, out _));
        string[] names = numbers
            ? [.. distinct.OrderBy(name => TryNumber(name, out double number) ? number : 0)]
            : [.. distinct.Order(StringComparer.Ordinal)];
        var classes = names.Select((name, index) => (name, index))
            .ToDictionary(entry => entry.name, entry => entry.index, StringComparer.Ordinal);
        return ([.. named.Select(list => Array.ConvertAll(list, name => classes[name]))], names);
    }

    /// <summary>The name of a number.</summary>
    public static string Name(double number) => number.ToString("R", CultureInfo.InvariantCulture);

    private static string Name(string label)
    {
        string text = label.Trim();
        return TryNumber(text, out double number) ? Name(number) : text;
    }

    private static bool TryNumber(string text, out double number) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);
}
