namespace GpuVae.Data;

/// <summary>Tells whether the first row of a table names its columns.</summary>
/// <param name="IsHeader">Whether it does.</param>
/// <param name="IsCertain">Whether nobody would doubt it.</param>
internal readonly record struct HeaderGuess(bool IsHeader, bool IsCertain)
{
    // Numbers are names where they are further from the column below than this many times its width.
    private const double Distance = 2;
    private const int FewestRows = 3;

    /// <summary>Looks at the first row and at those below it.</summary>
    /// <param name="first">The first row.</param>
    /// <param name="below">Rows that follow.</param>
    /// <param name="mark">Of the table.</param>
    /// <param name="labelColumn">What was asked for as the column of the labels, or null.</param>
    public static HeaderGuess Of(
        List<string> first, List<List<string>> below, DecimalMark mark, string? labelColumn)
    {
        ColumnBelow[] columns = [.. first.Select((cell, column) => new ColumnBelow(cell, column, below, mark))];
        int texts = columns.Count(column => column.First == CellKind.Text);
        if (2 * texts > first.Count && IsShort(first, below))
            return new HeaderGuess(true, true);
        if (texts == 0)
        {
            bool isNumeric = IsNumericHeader(columns, below, mark);
            return new HeaderGuess(isNumeric, !isNumeric && !(columns.Length > 2 && Counts(columns)));
        }
        int names = columns.Count(column => column.First == CellKind.Text && column.IsNumeric);
        int examples = columns.Count(column => column.First == CellKind.Number && column.IsNumeric);
        if (labelColumn is not null && first.Contains(labelColumn) && !IsPosition(labelColumn))
            return new HeaderGuess(true, true);
        if (names > examples)
            return new HeaderGuess(true, examples == 0);
        ColumnBelow[] numbers = [.. columns.Where(column => column.First == CellKind.Number)];
        bool unlike = numbers.Length > 1 && below.Count > 1 && IsMonotone(numbers) && AreUnlike(numbers);
        if (unlike || CountPositions(columns))
            return new HeaderGuess(true, false);
        // Names above nothing; above texts they are like a row of texts.
        bool alone = 2 * texts > first.Count && examples == 0
            && columns.All(column => column.First != CellKind.Text || !column.HasTexts);
        return new HeaderGuess(alone, names == 0);
    }

    /// <summary>
    /// Whether the first row has a cell less than every other, as R writes it: its first column, the names of the rows,
    /// has no name.
    /// </summary>
    public static bool IsShort(List<string> first, List<List<string>> below) =>
        below.Count > 0 && below.TrueForAll(row => row.Count == first.Count + 1);

    /// <summary>
    /// Whether most columns are words of a few kinds, and the first row has another word in each of these: what tells names
    /// from an example where no column is of numbers.
    /// </summary>
    public static bool IsAboveWords(List<string> first, List<List<string>> below)
    {
        if (below.Count < FewestRows)
            return false;
        int repeating = 0, others = 0;
        for (int column = 0; column < first.Count; column++)
        {
            HashSet<string> words = [.. below.Where(row => column < row.Count).Select(row => row[column])];
            if (2 * words.Count > below.Count)
                continue;
            repeating++;
            others += words.Contains(first[column]) ? 0 : 1;
        }
        return 2 * repeating > first.Count && others == repeating;
    }

    // As pandas counts columns without names, and as wavelengths, years or doses head what was measured at them.
    private static bool IsNumericHeader(ColumnBelow[] columns, List<List<string>> below, DecimalMark mark)
    {
        bool hasCorner = columns.Length > 1 && columns[0] is { Cell: "", CountsRows: true };
        ColumnBelow[] numbers = hasCorner ? columns[1..] : columns;
        if (numbers.Length == 0 || !Array.TrueForAll(numbers, column => column.First == CellKind.Number))
            return false;
        if (hasCorner && (Counts(numbers) || (IsMonotone(numbers) && AreUnlike(numbers))))
            return true;
        if (below.Count < FewestRows)
            return false;
        if (Counts(numbers) && !Counts([.. below[0].Select((cell, column) => new ColumnBelow(cell, column, [], mark))], any: true))
        {
            return numbers.Length > 4
                || (numbers.Length > 2 && 2 * numbers.Count(column => column.IsUnlikeFirst(0) || column.HasFractions) > numbers.Length)
                || (numbers.Length == 2 && Array.TrueForAll(numbers, column => column.HasFractions));
        }
        return numbers.Length > 2 && IsMonotone(numbers) && AreUnlike(numbers);
    }

    /// <summary>Whether whole numbers count the columns, from 0, from 1, or from any.</summary>
    private static bool Counts(ColumnBelow[] columns, bool any = false) =>
        columns.Length > 1 && columns[0].First == CellKind.Number && (any || columns[0].Number is 0 or 1)
        && columns.Select((column, i) => column.IsWhole && column.Number == columns[0].Number + i).All(holds => holds);

    /// <summary>Whether the numbers between names are the positions of their columns, give or take one.</summary>
    private static bool CountPositions(ColumnBelow[] columns)
    {
        double[] offsets =
        [
            .. columns.Select((column, i) => (column, i)).Where(entry => entry.column.First == CellKind.Number)
                .Select(entry => entry.column.IsWhole ? entry.column.Number - entry.i : double.NaN),
        ];
        return offsets.Length > 2 && offsets[0] is -1 or 0 or 1 && Array.TrueForAll(offsets, offset => offset == offsets[0]);
    }

    private static bool IsMonotone(ColumnBelow[] columns)
    {
        int[] signs = [.. columns.Zip(columns.Skip(1), (one, next) => next.Number.CompareTo(one.Number)).Distinct()];
        return signs is [1] or [-1];
    }

    private static bool AreUnlike(ColumnBelow[] columns) =>
        2 * columns.Count(column => column.IsUnlikeFirst(Distance)) > columns.Length;

    private static bool IsPosition(string text) => text.All(char.IsAsciiDigit);

    /// <summary>A cell of the first row, and what stands below it.</summary>
    private sealed class ColumnBelow
    {
        private readonly double _least = double.PositiveInfinity;
        private readonly double _most = double.NegativeInfinity;

        public ColumnBelow(string cell, int column, List<List<string>> below, DecimalMark mark)
        {
            Cell = cell;
            First = TableCell.Read(cell, mark, out double number);
            Number = number;
            int numbers = 0, texts = 0;
            bool counts = true;
            for (int row = 0; row < below.Count; row++)
            {
                if (column >= below[row].Count)
                    continue;
                CellKind kind = TableCell.Read(below[row][column], mark, out double value);
                counts &= kind == CellKind.Number && value - row is 0 or 1;
                texts += kind == CellKind.Text ? 1 : 0;
                if (kind != CellKind.Number)
                    continue;
                numbers++;
                HasFractions |= value != Math.Truncate(value);
                (_least, _most) = (Math.Min(_least, value), Math.Max(_most, value));
            }
            HasTexts = texts > 0;
            IsNumeric = numbers > 0 && numbers >= texts;
            CountsRows = counts && below.Count > 0;
        }

        public string Cell { get; }

        public CellKind First { get; }

        public double Number { get; }

        public bool IsWhole => First == CellKind.Number && Cell.All(char.IsAsciiDigit);

        public bool IsNumeric { get; }

        public bool HasTexts { get; }

        public bool HasFractions { get; }

        public bool CountsRows { get; }

        public bool IsUnlikeFirst(double widths) =>
            IsNumeric && (Number < _least || Number > _most)
            && Math.Max(_least - Number, Number - _most) > widths * (_most - _least);
    }
}
