using System.Globalization;

namespace GpuVae.Data;

/// <summary>Which columns of a table are an example, which of these are words, and which is the label.</summary>
/// <param name="Numbers">Positions from 0, in their order in the file.</param>
/// <param name="Label">From 0, or null where there are no labels.</param>
internal sealed record ColumnChoice(int[] Numbers, int? Label)
{
    /// <summary>What <c>--label-column</c> is where there are to be no labels.</summary>
    internal const string NoLabels = "none";

    private const int MostNames = 12;
    private const int LongestName = 40;

    /// <summary>Those of <see cref="Numbers"/> that hold words, by their positions in the file.</summary>
    public IReadOnlySet<int> Words { get; private init; } = new HashSet<int>();

    /// <summary>Whether columns of text are taken as words without having been named.</summary>
    public bool FindsWords { get; private init; }

    /// <summary>Follows <c>--columns</c>, <c>--drop</c> and <c>--label-column</c>.</summary>
    /// <param name="source">The file, for messages.</param>
    /// <param name="header">The names of all columns, or null.</param>
    /// <param name="columns">How many there are.</param>
    /// <param name="settings">What was asked for.</param>
    /// <param name="impliedLabel">The label where none is asked for, from 0, or null.</param>
    /// <param name="rowNames">A column of names of rows, which is no number unless it is asked for; or null.</param>
    /// <exception cref="DataException">There is no such column, or none is left.</exception>
    public static ColumnChoice Of(
        string source, IReadOnlyList<string>? header, int columns, DataSettings settings, int? impliedLabel = null,
        int? rowNames = null) =>
        OfNumbers(source, header, columns, settings, impliedLabel, rowNames).WithWords(source, header, columns, settings);

    private static ColumnChoice OfNumbers(
        string source, IReadOnlyList<string>? header, int columns, DataSettings settings, int? impliedLabel, int? rowNames)
    {
        if (settings.Dimensions is int dimensions)
        {
            if (OfKnownNames(source, header, settings) is ColumnChoice known)
                return known;
            if (columns == dimensions)
                return new ColumnChoice([.. Enumerable.Range(0, columns)], null);
            settings = settings with { Drop = Known(header, settings.Drop), LabelColumn = KnownLabel(header, columns, settings.LabelColumn) };
        }
        var isTaken = new bool[columns];
        Array.Fill(isTaken, settings.Columns.Count == 0);
        if (rowNames is int names)
            isTaken[names] = false;
        foreach (string entry in settings.Columns)
            Mark(source, header, isTaken, "--columns", entry, true);
        var isDropped = new bool[columns];
        foreach (string entry in settings.Drop)
            Mark(source, header, isDropped, "--drop", entry, true);
        int? label = FindLabel(source, header, columns, settings.LabelColumn, impliedLabel);
        if (label is int dropped && isDropped[dropped])
        {
            if (settings.LabelColumn is not null)
            {
                throw new DataException(
                    $"{source}: --label-column {QuotedText.Excerpt(settings.LabelColumn)}: --drop leaves that column out; give one of them");
            }
            label = null;
        }
        int[] numbers =
            [.. Enumerable.Range(0, columns).Where(column => isTaken[column] && !isDropped[column] && column != label)];
        if (numbers.Length > 0)
            return new ColumnChoice(numbers, label);
        throw new DataException(settings.Columns.Count + settings.Drop.Count > 0
            ? $"{source}: --columns and --drop leave no column of numbers; the columns are {Names(header, columns)}"
            : $"{source}: has no column besides the labels; give a file with numbers too");
    }

    /// <summary>
    /// Follows <c>--categorical</c>, or what a run has found by it: then by the names of the columns, where both have some.
    /// </summary>
    private ColumnChoice WithWords(string source, IReadOnlyList<string>? header, int columns, DataSettings settings)
    {
        Pipeline known = settings.Pipeline;
        if (settings.Dimensions is not null || known.Categories.Count > 0)
        {
            string[]? names = header is null || known.ColumnNames.Count == 0 ? null : Named(header);
            // Words in a column of another name would be told of as bad numbers.
            if (names is not null && known.Categories.Count > 0)
                known.RequireAll(source, names, known.FindColumns(names));
            IEnumerable<int> found = names is null
                ? known.Categories.Select(category => category.Column).Where(column => column < Numbers.Length)
                    .Select(column => Numbers[column])
                : Numbers.Where(column => known.Categories.Any(
                    category => known.ColumnNames[category.Column] == names[column]));
            return this with { Words = found.ToHashSet() };
        }
        var isWord = new bool[columns];
        foreach (string entry in settings.Categorical.Where(entry => entry != DataSettings.Auto))
            Mark(source, header, isWord, "--categorical", entry, true);
        return this with
        {
            Words = Numbers.Where(column => isWord[column]).ToHashSet(),
            FindsWords = settings.Categorical.Contains(DataSettings.Auto),
        };
    }

    /// <summary>
    /// The columns of other data by the names that a run knows, whatever their order; the label where the file has one that is
    /// none of them.
    /// </summary>
    private static ColumnChoice? OfKnownNames(string source, IReadOnlyList<string>? header, DataSettings settings)
    {
        IReadOnlyList<string> known = settings.Pipeline.ColumnNames;
        if (header is null || known.Count == 0)
            return null;
        int[] numbers = settings.Pipeline.FindColumns(Named(header));
        if (numbers.Contains(-1))
            return null;
        int implied = header.ToList().FindIndex(
            name => name.Equals(CsvReader.LabelName, StringComparison.OrdinalIgnoreCase));
        int? label = FindLabel(
            source, header, header.Count, KnownLabel(header, header.Count, settings.LabelColumn), implied < 0 ? null : implied);
        if (label is int place && numbers.Contains(place))
            label = null;
        string[] others =
            [.. header.Where((_, column) => column != label && !numbers.Contains(column)).Except(settings.Drop)];
        if (others.Length > 0)
            settings.Tell?.Invoke($"{source}: left out columns that the run does not know: {Names(others, others.Length)}");
        return new ColumnChoice(numbers, label);
    }

    /// <summary>What the columns of a table are called, those without a name by their positions.</summary>
    public static string[] Named(IReadOnlyList<string> header) =>
        [.. header.Select((name, column) => name.Length > 0 ? name : $"unnamed {column + 1}")];

    /// <summary>Of columns to leave out those that other data have.</summary>
    private static IReadOnlyList<string> Known(IReadOnlyList<string>? header, IReadOnlyList<string> columns) =>
        header is null ? columns : [.. columns.Where(name => header.Contains(name) || char.IsAsciiDigit(name[0]))];

    /// <summary>The column of the labels, unless it is one by name that other data lack.</summary>
    private static string? KnownLabel(IReadOnlyList<string>? header, int columns, string? label) =>
        label is null or NoLabels or "first" or "last" || (header?.Contains(label) ?? false)
        || (TryPosition(label, out int position) && position <= columns)
            ? label
            : NoLabels;

    /// <summary>
    /// What a person can give to <c>--drop</c> or <c>--label-column</c> for a column: its name, in quotes where a shell
    /// needs them, or its position where the name would not do or is long.
    /// </summary>
    /// <param name="header">The names of the columns, or null.</param>
    /// <param name="column">From 0.</param>
    public static string OptionValue(IReadOnlyList<string>? header, int column)
    {
        string position = string.Create(CultureInfo.InvariantCulture, $"{column + 1}");
        if (header is null)
            return position;
        string name = header[column];
        bool misread = name.Length is 0 or > LongestName || name.Any(letter => letter is ',' or '\'' || char.IsControl(letter))
            || name is "first" or "last" or NoLabels || name[0] == '-' || header.Count(other => other == name) > 1;
        return misread ? position : name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '.') ? name : $"'{name}'";
    }

    /// <summary>The names of columns for a message, shortened where they are many.</summary>
    public static string Names(IReadOnlyList<string>? header, int columns) => header is null
        ? string.Create(CultureInfo.InvariantCulture, $"1 to {columns}")
        : string.Join(
            ", ",
            header.Count <= MostNames
                ? header.Select(QuotedText.Excerpt)
                : [.. header.Take(MostNames - 4).Select(QuotedText.Excerpt), "…", .. header.TakeLast(2).Select(QuotedText.Excerpt)]);

    private static void Mark(
        string source, IReadOnlyList<string>? header, bool[] marks, string option, string entry, bool mark)
    {
        (int first, int last) = Find(source, header, marks.Length, option, entry.Trim());
        Array.Fill(marks, mark, first, last - first + 1);
    }

    private static (int First, int Last) Find(
        string source, IReadOnlyList<string>? header, int columns, string option, string entry)
    {
        string told = $"{source}: {option} {QuotedText.Excerpt(entry)}";
        int[] named = header is null ? [] : [.. Enumerable.Range(0, columns).Where(column => header[column] == entry)];
        if (named.Length > 1)
        {
            throw new DataException(
                $"{told}: {named.Length} columns have that name; give their positions, {string.Join(", ", named.Select(column => column + 1))}");
        }
        if (named.Length == 1)
            return (named[0], named[0]);
        string[] ends = entry.Split('-', '–');
        if (ends.Length > 2 || !TryPosition(ends[0], out int first) || !TryPosition(ends[^1], out int last))
        {
            throw new DataException(header is null
                ? $"{told}: the file has no header; give positions from 1 to {columns}, such as 3 or 3-7"
                : $"{told}: no such column; there is {Names(header, columns)}");
        }
        return first >= 1 && first <= last && last <= columns
            ? (first - 1, last - 1)
            : throw new DataException($"{told}: the file has columns 1 to {columns}; give one of them, or some such as 1-2");
    }

    private static int? FindLabel(
        string source, IReadOnlyList<string>? header, int columns, string? wanted, int? implied)
    {
        if (wanted is null)
            return implied;
        bool isNamed = header?.Contains(wanted) ?? false;
        if (!isNamed)
        {
            switch (wanted)
            {
                case NoLabels:
                    return null;
                case "first":
                    return 0;
                case "last":
                    return columns - 1;
                default:
                    break;
            }
        }
        string told = $"{source}: --label-column {QuotedText.Excerpt(wanted)}";
        if (isNamed || !TryPosition(wanted, out int position))
        {
            return isNamed
                ? Find(source, header, columns, "--label-column", wanted).First
                : throw new DataException(header is null
                    ? $"{told}: the file has no header; give a position from 1 to {columns}, first or last"
                    : $"{told}: no such column; there is {Names(header, columns)}");
        }
        return position >= 1 && position <= columns
            ? position - 1
            : throw new DataException($"{told}: the file has columns 1 to {columns}; give one of them");
    }

    private static bool TryPosition(string text, out int position) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out position);
}
