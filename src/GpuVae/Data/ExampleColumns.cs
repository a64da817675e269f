using System.Globalization;

namespace GpuVae.Data;

/// <summary>
/// How files of results say which example a row is of, so that they can be joined with each other and with the data: where it
/// stands, and its label where there are labels.
/// </summary>
public static class ExampleColumns
{
    /// <summary>
    /// What the columns are called: <c>row</c> for rows of a text file, which count from 1 with the header as the first of
    /// them; <c>file</c> for pictures; <c>example</c> for arrays and IDX files, whose examples count from 0; then
    /// <c>label</c> where there are labels.
    /// </summary>
    /// <param name="images">The examples.</param>
    /// <param name="others">The columns beside them: a name that one of them has gets an underscore.</param>
    public static IReadOnlyList<string> Names(ImageSet images, IReadOnlyList<string> others)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(others);
        string[] names = images.Labels is null ? [PlaceName(images)] : [PlaceName(images), CsvReader.LabelName];
        return Array.ConvertAll(names, name =>
        {
            while (others.Contains(name))
                name += "_";
            return name;
        });
    }

    /// <summary>The cells of an example in these columns; one without a label has an empty cell.</summary>
    /// <param name="images">The examples.</param>
    /// <param name="example">From 0.</param>
    /// <param name="first">How many examples of the data stand before these.</param>
    public static IReadOnlyList<string> Cells(ImageSet images, int example, int first = 0)
    {
        ArgumentNullException.ThrowIfNull(images);
        string place = images.ExampleNames?[example] ?? (first + example).ToString(CultureInfo.InvariantCulture);
        return images.Labels is null ? [place] : [place, images.LabelOf(example) ?? ""];
    }

    /// <summary>What an example is called in a sentence: <c>row 12</c>, <c>file a.png</c>, <c>example 11 (from 0)</c>.</summary>
    /// <param name="images">The examples.</param>
    /// <param name="example">From 0.</param>
    public static string Describe(ImageSet images, int example)
    {
        ArgumentNullException.ThrowIfNull(images);
        string name = $"{PlaceName(images)} {Cells(images, example)[0]}";
        return images.ExampleNames is null ? $"{name} (from 0)" : name;
    }

    // Tables that are taken as images have the numbers of their rows as names still.
    private static string PlaceName(ImageSet images) => images.ExampleNames is not { } names ? "example"
        : names.Count == 0 || names[0].All(char.IsAsciiDigit) ? "row"
        : "file";
}
