namespace GpuVae.Data;

/// <summary>
/// The way of a table with categories into a model and back: numbers first, in the order of the table, then a group of columns
/// for each category, then two for each column whose missing cells are marked, the first where the cell is there.
/// </summary>
/// <param name="pipeline">Knows the categories.</param>
internal sealed class OneHot(Pipeline pipeline)
{
    private const int MaskWidth = 2;

    /// <summary>Columns of each group.</summary>
    public int[] Groups { get; } =
    [
        .. pipeline.Categories.Select(category => category.Width), .. pipeline.MaskedColumns.Select(_ => MaskWidth),
    ];

    /// <summary>Columns of a table from those of a model.</summary>
    public int TableColumns(int modelColumns) => modelColumns - Groups.Sum() + pipeline.Categories.Count;

    /// <summary>Columns of a table that hold numbers.</summary>
    /// <param name="tableColumns">How many it has.</param>
    public int[] NumberColumns(int tableColumns) =>
        [.. Enumerable.Range(0, tableColumns).Except(pipeline.Categories.Select(category => category.Column))];

    /// <summary>Examples as a model takes them.</summary>
    /// <param name="table">(N, columns of the table) as it was read, missing cells NaN.</param>
    /// <param name="numbers">Its numbers, scaled; null where it has none.</param>
    public ImageSet Expand(ImageSet table, ImageSet? numbers)
    {
        int kept = numbers?.Dimensions ?? 0, width = kept + Groups.Sum();
        var values = new float[checked(table.Count * width)];
        for (int row = 0; row < table.Count && numbers is not null; row++)
            numbers.Values.AsSpan(row * kept, kept).CopyTo(values.AsSpan(row * width));
        int first = kept;
        foreach (Category category in pipeline.Categories)
        {
            int[] places = category.Places(table.Levels?[category.Column] ?? []);
            int missing = category.Levels is [.., ""] ? category.Levels.Count - 1 : -1;
            for (int row = 0; row < table.Count; row++)
            {
                double level = table.Number((row * table.Dimensions) + category.Column);
                int place = double.IsNaN(level) ? missing : places[(int)level];
                Span<float> group = values.AsSpan((row * width) + first, category.Width);
                // Nothing stands for a cell that is missing where none was in training: such an example is impossible.
                if (place < 0)
                    group.Fill(float.NaN);
                else
                    group[place] = 1;
            }
            first += category.Width;
        }
        foreach (int column in pipeline.MaskedColumns)
        {
            for (int row = 0; row < table.Count; row++)
            {
                bool isMissing = double.IsNaN(table.Number((row * table.Dimensions) + column));
                values[(row * width) + first + (isMissing ? 1 : 0)] = 1;
            }
            first += MaskWidth;
        }
        return new ImageSet(values, table.Labels, 1, width, labelNames: table.LabelNames)
        {
            ColumnNames = table.ColumnNames is null ? null : Names(table.ColumnNames),
            ExampleNames = table.ExampleNames,
            Groups = Groups,
            Marks = pipeline.MaskedColumns.Count,
        };
    }

    /// <summary>Numbers of a model as a table: of a category the level that has the most, by its place among the levels.</summary>
    /// <param name="values">(N, columns of the model).</param>
    /// <param name="modelColumns">How many these are.</param>
    /// <returns>(N, columns of the table).</returns>
    public double[] Collapse(ReadOnlySpan<float> values, int modelColumns)
    {
        int count = values.Length / modelColumns, columns = TableColumns(modelColumns);
        int[] numberColumns = NumberColumns(columns);
        var numbers = new float[count * numberColumns.Length];
        for (int row = 0; row < count; row++)
            values.Slice(row * modelColumns, numberColumns.Length).CopyTo(numbers.AsSpan(row * numberColumns.Length));
        double[] unscaled = pipeline.Scaling.Invert(numbers, numberColumns.Length);
        var table = new double[checked(count * columns)];
        for (int i = 0; i < unscaled.Length; i++)
            table[(i / numberColumns.Length * columns) + numberColumns[i % numberColumns.Length]] = unscaled[i];
        int first = numberColumns.Length;
        foreach (Category category in pipeline.Categories)
        {
            for (int row = 0; row < count; row++)
            {
                ReadOnlySpan<float> levels = values.Slice((row * modelColumns) + first, category.Levels.Count);
                table[(row * columns) + category.Column] = Largest(levels);
            }
            first += category.Width;
        }
        return table;
    }

    private static int Largest(ReadOnlySpan<float> values)
    {
        int largest = 0;
        for (int i = 1; i < values.Length; i++)
            largest = values[i] > values[largest] ? i : largest;
        return largest;
    }

    private string[] Names(IReadOnlyList<string> table) =>
    [
        .. NumberColumns(table.Count).Select(column => table[column]),
        .. pipeline.Categories.SelectMany(
            category => category.Levels.Append("(another)").Select(level => $"{table[category.Column]}={level}")),
        .. pipeline.MaskedColumns.SelectMany(
            column => (string[])[$"{table[column]} is there", $"{table[column]} is missing"]),
    ];
}
