using System.Globalization;
using Spectre.Console;

namespace GpuVae.CommandLine;

/// <summary>A small table: with lines around it in a terminal, bare columns under the same headings in a pipe.</summary>
internal static class TextTable
{
    /// <summary>Writes the table to stdout.</summary>
    /// <param name="headings">One for each column; all empty for a table without a heading.</param>
    /// <param name="rows">Texts, as many as headings.</param>
    /// <param name="numbers">The columns of numbers, which stand right-aligned.</param>
    public static void Write(IReadOnlyList<string> headings, IReadOnlyList<string[]> rows, params int[] numbers)
    {
        headings = [.. headings.Select(Printable)];
        rows = [.. rows.Select(row => Array.ConvertAll(row, Printable))];
        bool hasHeadings = headings.Any(heading => heading.Length > 0);
        string[][] lines = hasHeadings ? [[.. headings], .. rows] : [.. rows];
        int[] widths = Widths(lines, column => column.Max(text => text.Length));
        if (Terminal.IsInteractive)
        {
            // A name that is cut could not be typed, and half a number is another one.
            int[] words = Widths(lines, column => column.Max(text => text.Split(' ').Max(word => word.Length)));
            int[] least = [.. words.Select((word, i) => i == 0 || numbers.Contains(i) ? widths[i] : word)];
            int available = AnsiConsole.Profile.Width - ((3 * widths.Length) + 1);
            if (least.Sum() <= available)
            {
                WriteBox(headings, rows, Shrink(widths, least, available), numbers);
                return;
            }
        }

        string Line(IEnumerable<string> texts) => string.Join("  ", texts.Select(
            (text, i) => numbers.Contains(i) ? text.PadLeft(widths[i]) : text.PadRight(widths[i]))).TrimEnd();
        foreach (string[] row in lines)
        {
            Console.Out.WriteLine(Line(row));
        }
    }

    /// <summary>Names of files and data as text, whatever stands in them: a terminal would obey some of it, and lines would break.</summary>
    private static string Printable(string text) => text.Any(IsObeyed)
        ? string.Concat(text.Select(letter => IsObeyed(letter) ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)letter:X4}") : $"{letter}"))
        : text;

    // Control characters, and those that turn the direction of text.
    private static bool IsObeyed(char letter) =>
        char.IsControl(letter) || letter is (>= '\u200E' and <= '\u200F') or (>= '\u2028' and <= '\u202E') or (>= '\u2066' and <= '\u2069');

    private static int[] Widths(string[][] lines, Func<IEnumerable<string>, int> width) =>
        [.. Enumerable.Range(0, lines.Length == 0 ? 0 : lines[0].Length).Select(i => width(lines.Select(row => row[i])))];

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
