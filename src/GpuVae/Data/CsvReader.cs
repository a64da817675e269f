using System.Globalization;

namespace GpuVae.Data;

/// <summary>
/// Reads a table from a text file: a row an example, a column a number, and one column of labels where there is one. How
/// the file is written is found from its rows (commas, semicolons, tabs or white space between cells, a point or a comma
/// before decimals), and so is whether its first row names the columns. Weka's ARFF files are read too, and series in .ts
/// files.
/// </summary>
public static class CsvReader
{
    /// <summary>A column of this name is taken as the labels where no other is asked for.</summary>
    public const string LabelName = "label";

    private const string RowNames = "rownames";

    /// <summary>Reads a table.</summary>
    /// <param name="path">A plain or gzip text file.</param>
    /// <param name="labelColumn">
    /// The column of the labels: its name, its position from 1, <c>first</c> or <c>last</c>; <c>none</c> for no labels;
    /// null for one that is called <see cref="LabelName"/>, if there is one.
    /// </param>
    /// <returns>As of <see cref="Read(DataSettings)"/>.</returns>
    /// <exception cref="DataException">As of <see cref="Read(DataSettings)"/>.</exception>
    public static ImageSet Read(string path, string? labelColumn)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Read(new DataSettings { Data = path, LabelColumn = labelColumn });
    }

    /// <summary>Reads a table as settings ask for it.</summary>
    /// <param name="settings">
    /// The file, its header, the columns to take and to leave out, and that of the labels; who is told of guesses.
    /// </param>
    /// <returns>
    /// <see cref="ImageSet.Exact"/> numbers (N, D), an example being 1 row of D columns; NaN is a cell that is missing.
    /// Examples are named by their rows in the file.
    /// </returns>
    /// <exception cref="DataException">
    /// The file cannot be read, a row has more or less cells than the others, or a cell is no finite number; the message
    /// says which.
    /// </exception>
    public static ImageSet Read(DataSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        string path = settings.Data;
        try
        {
            using var file = new CsvRowReader(path, settings.Pipeline.DecimalMark);
            return file.IsArff ? ReadArff(file, settings)
                : file.IsSeries ? ReadSeries(file, settings)
                : ReadTable(file, settings);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            string fault = exception is InvalidDataException ? "the gzip data is damaged" : exception.Message;
            throw new DataException($"{path}: cannot be read: {fault}", exception);
        }
    }

    private static ImageSet ReadTable(CsvRowReader file, DataSettings settings)
    {
        if (!file.Read())
            throw new DataException($"{file.Path}: the file is empty; a CSV file has a row for each example");
        List<string> first = [.. file.Cells];
        int firstRow = file.Row;
        if (file.Dialect.Describe(file.Path) is string dialect)
            settings.Tell?.Invoke(dialect);
        List<List<string>> below = file.Upcoming();
        bool isHeader = IsHeader(file, first, below, settings);
        int? rowNames = isHeader && HeaderGuess.IsShort(first, below) ? 0 : null;
        List<string>? header = isHeader ? rowNames is null ? first : [RowNames, .. first] : CommentHeader(file, first, settings);
        file.Columns = rowNames is null ? first.Count : first.Count + 1;
        int implied = header?.FindIndex(name => name.Equals(LabelName, StringComparison.OrdinalIgnoreCase)) ?? -1;
        var choice = ColumnChoice.Of(
            file.Path, header, file.Columns, settings, implied < 0 ? null : implied, rowNames);
        if (rowNames is int names && choice.Label != names && !choice.Numbers.Contains(names))
        {
            settings.Tell?.Invoke(
                $"the first column has no name and is left out as names of the rows (--columns 1-{file.Columns}: as numbers)");
        }
        return ReadRows(file, settings, choice, header, isHeader ? null : (first, firstRow));
    }

    private static bool IsHeader(CsvRowReader file, List<string> first, List<List<string>> below, DataSettings settings)
    {
        if (settings.Header != HeaderRule.Auto)
            return settings.Header == HeaderRule.Yes;
        // Names that a run knows, or that were given to an option, are names.
        IReadOnlyList<string> known = settings.Pipeline.ColumnNames;
        if ((known.Count > 0 && known.All(first.Contains)) || settings.Categorical.Any(name => first.Contains(name)))
            return true;
        if (IsKnownExample(first, settings))
            return false;
        if (below.Exists(row => IsKnownExample(row, settings)) && KnowsNoWord(first, settings.Pipeline.Categories))
            return true;
        var guess = settings.Categorical.Count > 0 && HeaderGuess.IsAboveWords(first, below)
            ? new HeaderGuess(true, false)
            : HeaderGuess.Of(first, below, file.Dialect.Mark, settings.LabelColumn);
        if (!guess.IsCertain)
        {
            settings.Tell?.Invoke(guess.IsHeader
                ? "the first row is taken as names of the columns (--header no: as an example)"
                : "the first row is taken as an example (--header yes: as names of the columns)");
        }
        return guess.IsHeader;
    }

    /// <summary>Whether a row has as many cells as a run takes, and words that it knows: an example, though nothing is below it.</summary>
    private static bool IsKnownExample(List<string> row, DataSettings settings)
    {
        IReadOnlyList<Category> categories = settings.Pipeline.Categories;
        return categories.Count > 0 && row.Count == settings.Dimensions
            && categories.All(category => category.Column < row.Count && category.Levels.Contains(row[category.Column]));
    }

    private static bool KnowsNoWord(List<string> row, IReadOnlyList<Category> categories) =>
        categories.All(category => category.Column >= row.Count || !category.Levels.Contains(row[category.Column]));

    /// <summary>Names that stand in a comment above the first row, as numpy.savetxt writes them.</summary>
    private static List<string>? CommentHeader(CsvRowReader file, List<string> first, DataSettings settings)
    {
        if (settings.Header != HeaderRule.Auto || file.LeadingComment is not string comment)
            return null;
        List<string> names = file.CellsOf(comment);
        bool fits = names.Count == first.Count && names.Distinct(StringComparer.Ordinal).Count() == names.Count
            && names.TrueForAll(name => TableCell.Read(name, file.Dialect.Mark, out _) == CellKind.Text);
        if (!fits)
            return null;
        settings.Tell?.Invoke("the comment above the first row is taken as names of the columns (--header no: as nothing)");
        return names;
    }

    private static ImageSet ReadArff(CsvRowReader file, DataSettings settings)
    {
        var attributes = ArffHeader.Read(file);
        file.Columns = attributes.Names.Count;
        int? implied = attributes.IsLastNominal && attributes.Names.Count > 1 ? attributes.Names.Count - 1 : null;
        if (implied is int last && settings.LabelColumn is null)
            settings.Tell?.Invoke($"labels are the attribute {QuotedText.Excerpt(attributes.Names[last])} (--label-column none: no labels)");
        var choice = ColumnChoice.Of(file.Path, attributes.Names, file.Columns, settings, implied);
        return ReadRows(file, settings, choice, attributes.Names, null);
    }

    private static ImageSet ReadSeries(CsvRowReader file, DataSettings settings)
    {
        var header = SeriesHeader.Read(file);
        file.EndsInLabel = header.HasLabels;
        if (!file.Read())
            throw new DataException($"{file.Path}: holds a header and no series; each has a row of its own");
        (List<string> first, int columns) = ([.. file.Cells], file.Cells.Count);
        file.Columns = columns;
        int length = header.HasLabels ? columns - 1 : columns;
        if (header.Length is int promised && promised != length)
            throw file.Fault($"{length} numbers, and @seriesLength promises {promised}; mend the row or the header");
        int? implied = header.HasLabels ? length : null;
        if (implied is not null && settings.LabelColumn == ColumnChoice.NoLabels)
            settings = settings with { Drop = [.. settings.Drop, columns.ToString(CultureInfo.InvariantCulture)] };
        else if (implied is not null && settings.LabelColumn is null)
            settings.Tell?.Invoke("labels are what stands behind the colon of each series (--label-column none: no labels)");
        var choice = ColumnChoice.Of(file.Path, null, columns, settings, implied);
        return ReadRows(file, settings, choice, null, (first, file.Row));
    }

    private static ImageSet ReadRows(
        CsvRowReader file, DataSettings settings, ColumnChoice choice, IReadOnlyList<string>? header,
        (List<string> Cells, int Row)? first)
    {
        file.FirstCellIsText = !choice.Numbers.Contains(0);
        var table = new CsvTableBuilder(file.Path, file.Columns, choice, header, file.Dialect.Mark, settings.KeepsImpossible);
        if (first is { } example)
            table.Add(example.Cells, example.Row);
        bool any = first is not null;
        while (file.Read())
        {
            if (file.IsArff && file.Cells[0].StartsWith('{'))
                throw file.Fault("is sparse, {position value, …}; save it with every value (in Weka: SparseToNonSparse)");
            table.Add(file.Cells, file.Row);
            any = true;
        }
        if (!any)
            throw new DataException($"{file.Path}: holds a header and no rows; a CSV file has a row for each example");
        ImageSet images = table.ToImages(file.Dialect.MarkToKeep);
        if (file.Comments > 0)
            settings.Tell?.Invoke($"{file.Comments} line{(file.Comments == 1 ? "" : "s")} that begin with # or % are left out");
        if (table.DescribeFound() is string words)
            settings.Tell?.Invoke($"columns of words: {words}");
        if (table.HasThousands)
            settings.Tell?.Invoke("commas in numbers part thousands: 1,234 is 1234");
        if (table.DescribeShortened() is string shortened)
            settings.Tell?.Invoke(shortened);
        if (settings.Tell is not null)
            SuspectColumns.Tell(images, choice, header, settings.Tell);
        return images;
    }
}

/// <summary>A text file of a table, plain or gzip, as a data format.</summary>
internal sealed class CsvFormat : IDataFormat
{
    private static readonly string[] _endings =
    [
        .. new[] { ".csv", ".tsv", ".txt", ".data", ".dat", ".tra", ".tes", ".trn", ".tst", ".amat", ".arff", ".ts" }
            .SelectMany(ending => (string[])[ending, ending + ".gz"]),
    ];

    /// <inheritdoc/>
    public string Name => "csv";

    /// <inheritdoc/>
    public string Summary => "a CSV file or another table of text (.tsv, .txt, .data, .dat, .arff, .ts), .gz too";

    /// <inheritdoc/>
    public bool Recognizes(string path) => DataFormats.IsFileEndingIn(path, _endings);

    /// <inheritdoc/>
    public (ImageSet Train, ImageSet? Test) Read(string path, DataSettings settings) =>
        (CsvReader.Read(settings with { Data = path }), null);
}
