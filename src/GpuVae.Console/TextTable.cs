using System.Globalization;
using Spectre.Console;

namespace GpuVae.CommandLine;

/// <summary>A table: with lines around it in a terminal, bare columns under the same headings in a pipe.</summary>
internal static class TextTable
{
    /// <summary>Blanks between columns.</summary>
    private const int Gap = 2;

    /// <summary>Columns that the lines around a box and between its columns take, beside three for each column.</summary>
    private const int Edge = 1;

    private static int BoxWidth => AnsiConsole.Profile.Width;

    /// <summary>Writes the table to stdout.</summary>
    /// <param name="headings">One for each column; all empty for a table without a heading.</param>
    /// <param name="rows">Texts, as many as headings.</param>
    /// <param name="numbers">The columns of numbers, which stand right-aligned.</param>
    public static void Write(IReadOnlyList<string> headings, IReadOnlyList<string[]> rows, params int[] numbers)
    {
        if (Terminal.IsInteractive)
        {
            string[][] lines = Printed(headings, rows);
            int[] least = Least(lines, numbers);
            int available = BoxWidth - BoxEdges(least.Length);
            if (least.Sum() <= available)
            {
                WriteBox(
                    [.. headings.Select(Printable)], lines[^rows.Count..], Shrink(Widths(lines), least, available), numbers);
                return;
            }
        }

        foreach (string line in Lines(headings, rows, numbers))
        {
            Console.Out.WriteLine(line);
        }
    }

    /// <summary>
    /// Writes columns that are too many for a line as several tables, one below the other, each of which begins with the first column.
    /// </summary>
    /// <param name="headings">One for each column.</param>
    /// <param name="rows">Texts, as many as headings.</param>
    /// <param name="numbers">The columns of numbers, which stand right-aligned.</param>
    public static void WriteInParts(IReadOnlyList<string> headings, IReadOnlyList<string[]> rows, params int[] numbers)
    {
        int[] widths = Widths(Printed(headings, rows));
        bool isFirst = true;
        bool isBox = Terminal.IsInteractive && Parts(widths, BoxWidth - Edge, 3).All(part => part.Sum(i => widths[i] + 3) < BoxWidth);
        foreach (int[] part in isBox ? Parts(widths, BoxWidth - Edge, 3) : Parts(widths, Terminal.TableWidth + Gap, Gap))
        {
            if (!isFirst)
            {
                Console.Out.WriteLine();
            }

            isFirst = false;
            Write(
                [.. part.Select(i => headings[i])], [.. rows.Select(row => Array.ConvertAll(part, i => row[i]))],
                [.. Enumerable.Range(0, part.Length).Where(i => numbers.Contains(part[i]))]);
        }
    }

    /// <summary>Whether <see cref="Write"/> keeps the table within a width.</summary>
    /// <param name="headings">One for each column.</param>
    /// <param name="rows">Texts, as many as headings.</param>
    /// <param name="width">Columns of a terminal, or of a pipe.</param>
    /// <param name="numbers">The columns of numbers.</param>
    public static bool Fits(IReadOnlyList<string> headings, IReadOnlyList<string[]> rows, int width, params int[] numbers)
    {
        string[][] lines = Printed(headings, rows);
        return (Terminal.IsInteractive && Least(lines, numbers).Sum() + BoxEdges(headings.Count) <= width)
            || Widths(lines).Sum(column => column + Gap) - Gap <= width;
    }

    /// <summary>The table without lines around it.</summary>
    /// <param name="headings">One for each column; all empty for a table without a heading.</param>
    /// <param name="rows">Texts, as many as headings.</param>
    /// <param name="numbers">The columns of numbers, which stand right-aligned.</param>
    public static IEnumerable<string> Lines(IReadOnlyList<string> headings, IReadOnlyList<string[]> rows, params int[] numbers)
    {
        string[][] lines = Printed(headings, rows);
        int[] widths = Widths(lines);
        return lines.Select(row => string.Join(new string(' ', Gap), row.Select(
            (text, i) => numbers.Contains(i) ? text.PadLeft(widths[i]) : text.PadRight(widths[i]))).TrimEnd());
    }

    /// <summary>
    /// The columns of each of several tables: the first of all, and those of the others that fit beside it, at least one of them.
    /// </summary>
    /// <param name="widths">Letters of each column.</param>
    /// <param name="width">What a table may take.</param>
    /// <param name="gap">What a column takes beside its letters.</param>
    internal static IReadOnlyList<int[]> Parts(int[] widths, int width, int gap)
    {
        List<int[]> parts = [];
        List<int> part = [0];
        for (int i = 1; i < widths.Length; i++)
        {
            if (part.Count > 1 && part.Sum(column => widths[column] + gap) + widths[i] + gap > width)
            {
                parts.Add([.. part]);
                part = [0];
            }

            part.Add(i);
        }

        return [.. parts, [.. part]];
    }

    /// <summary>Names of files and data as text, whatever stands in them: a terminal would obey some of it, and lines would break.</summary>
    internal static string Printable(string text) => text.Any(IsObeyed)
        ? string.Concat(text.Select(letter => IsObeyed(letter) ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)letter:X4}") : $"{letter}"))
        : text;

    // Control characters, and those that turn the direction of text.
    private static bool IsObeyed(char letter) =>
        char.IsControl(letter) || letter is (>= '\u200E' and <= '\u200F') or (>= '\u2028' and <= '\u202E') or (>= '\u2066' and <= '\u2069');

    private static string[][] Printed(IReadOnlyList<string> headings, IReadOnlyList<string[]> rows)
    {
        IEnumerable<string[]> printed = rows.Select(row => Array.ConvertAll(row, Printable));
        return headings.Any(heading => heading.Length > 0) ? [[.. headings.Select(Printable)], .. printed] : [.. printed];
    }

    private static int[] Widths(string[][] lines) => Widths(lines, column => column.Max(text => text.Length));

    private static int[] Widths(string[][] lines, Func<IEnumerable<string>, int> width) =>
        [.. Enumerable.Range(0, lines.Length == 0 ? 0 : lines[0].Length).Select(i => width(lines.Select(row => row[i])))];

    /// <summary>What columns of a box need: a name that is cut could not be typed, and half a number is another one.</summary>
    private static int[] Least(string[][] lines, int[] numbers)
    {
        int[] widths = Widths(lines);
        int[] words = Widths(lines, column => column.Max(text => text.Split(' ').Max(word => word.Length)));
        return [.. words.Select((word, i) => i == 0 || numbers.Contains(i) ? widths[i] : word)];
    }

    private static int BoxEdges(int columns) => (3 * columns) + Edge;

    /// <summary>The widest columns become narrower until all fit, none below its least.</summary>
    private static int[] Shrink(int[] widths, int[] least, int available)
    {
        int[] shrunk = [.. widths];
        while (shrunk.Sum() > available)
        {
            int widest = Enumerable.Range(0, shrunk.Length).Where(i => shrunk[i] > least[i]).MaxBy(i => shrunk[i]);
            shrunk[widest]--;
        }

        return shrunk;
    }

    private static void WriteBox(IReadOnlyList<string> headings, IReadOnlyList<string[]> rows, int[] widths, int[] numbers)
    {
        Table table = new Table().RoundedBorder().BorderStyle(new Style(decoration: Decoration.Dim));
        table.ShowHeaders = headings.Any(heading => heading.Length > 0);
        for (int i = 0; i < widths.Length; i++)
        {
            TableColumn column = new TableColumn(new Text(headings[i])).Width(widths[i]);
            table.AddColumn(numbers.Contains(i) ? column.RightAligned() : column);
        }

        foreach (string[] row in rows)
        {
            table.AddRow(row.Select(text => new Text(text)));
        }

        AnsiConsole.Write(table);
    }
}
