using System.Globalization;

namespace GpuVae.Data;

/// <summary>
/// Examples that a model has made, as a file of numbers in the units of the data that it was trained on: CSV with the names of
/// the columns, or NumPy's <c>.npy</c>.
/// </summary>
public static class ExampleFile
{
    /// <summary>Writes examples; a file of that name is replaced whole or not at all.</summary>
    /// <param name="path">The file to write; <c>.npy</c> for NumPy, anything else for CSV.</param>
    /// <param name="values">(N, D), numbers of a model.</param>
    /// <param name="shape">Rows, columns and channels of an example; D is their product.</param>
    /// <param name="pipeline">What the model's numbers went through.</param>
    /// <param name="examples">
    /// The examples that the model saw for these, (N): CSV says in its first columns which one a row is of. Null where the
    /// model made them of nothing.
    /// </param>
    /// <param name="first">How many examples of the data stand before these.</param>
    /// <exception cref="UserException">The file cannot be written.</exception>
    /// <remarks>
    /// An array is (N, D) for rows of numbers, else (N, height, width) or (N, height, width, channels); of float64 where
    /// numbers were scaled, else of float32. Pixels that were bytes stay 0 … 1.
    /// </remarks>
    public static void Write(
        string path, float[] values, (int Height, int Width, int Channels) shape, Pipeline pipeline,
        ImageSet? examples = null, int first = 0)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(pipeline);
        int dimensions = shape.Height * shape.Width * shape.Channels;
        int count = values.Length / dimensions;
        bool hasWords = pipeline.Categories.Count > 0, hasMasks = pipeline.MaskedColumns.Count > 0;
        bool isChanged = pipeline.Scaling.Offsets.Count > 0 || hasWords || hasMasks;
        int columns = pipeline.TableColumns(dimensions);
        if (path.EndsWith(CodeFile.NpyExtension, StringComparison.OrdinalIgnoreCase))
        {
            if (hasWords)
                throw new UserException($"{path}: an array of numbers cannot hold the words of {pipeline.Categories.Count} columns; take a name that ends in .csv");
            int[] sizes = shape.Height == 1 && shape.Channels == 1 ? [count, columns]
                : shape.Channels == 1 ? [count, shape.Height, shape.Width]
                : [count, shape.Height, shape.Width, shape.Channels];
            if (isChanged)
                Npy.Write<double>(path, pipeline.Invert(values, dimensions), sizes);
            else
                Npy.Write<float>(path, values, sizes);
            return;
        }
        double[]? numbers = isChanged ? pipeline.Invert(values, dimensions) : null;
        var categories = new Category?[columns];
        foreach (Category category in pipeline.Categories)
            categories[category.Column] = category;
        // Where the scaling has the number of each column: words are not scaled.
        int[] places = [.. Enumerable.Range(0, columns).Select(column => categories.Take(column).Count(category => category is null))];
        // The shortest texts that give the same numbers back. What was scaled has nine digits of its own, and those of the
        // offset before them.
        string Text(int index)
        {
            int column = index % columns;
            return numbers is null ? values[index].ToString(CultureInfo.InvariantCulture)
                : categories[column] is Category category ? category.Levels[(int)numbers[index]]
                : numbers[index].ToString($"G{Digits(numbers[index], pipeline.Scaling, places[column])}", CultureInfo.InvariantCulture);
        }

        IReadOnlyList<string> names = Columns(columns, pipeline);
        Csv.Write(
            path, [.. examples is null ? [] : ExampleColumns.Names(examples, names), .. names],
            Enumerable.Range(0, count).Select(row => (IReadOnlyList<string>)
            [
                .. examples is null ? [] : ExampleColumns.Cells(examples, row, first),
                .. Enumerable.Range(row * columns, columns).Select(Text),
            ]));
    }

    private static int Digits(double number, Scaling scaling, int column)
    {
        const int OfFloat = 9, OfDouble = 17;
        if (scaling.Factors.Count == 0)
            return OfFloat;
        double unit = 1 / Math.Abs(scaling.Factors[scaling.Factors.Count == 1 ? 0 : column]);
        double more = Math.Log10(Math.Abs(number) / unit);
        return double.IsFinite(more) ? Math.Clamp(OfFloat + (int)Math.Ceiling(more), OfFloat, OfDouble) : OfFloat;
    }

    private static IReadOnlyList<string> Columns(int dimensions, Pipeline pipeline) =>
        pipeline.ColumnNames.Count == dimensions
            ? pipeline.ColumnNames
            : [.. Enumerable.Range(0, dimensions).Select(column => $"x{column}")];
}
