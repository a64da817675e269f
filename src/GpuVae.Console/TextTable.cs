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
        if (Terminal.IsInteractive)
        {
            WriteBox(headings, rows, numbers);
            return;
        }

        bool hasHeadings = headings.Any(heading => heading.Length > 0);
        IEnumerable<string[]> lines = hasHeadings ? rows.Prepend([.. headings]) : rows;
        int[] widths = [.. headings.Select((_, i) => lines.Max(row => row[i].Length))];
        string Line(IEnumerable<string> texts) => string.Join("  ", texts.Select(
            (text, i) => numbers.Contains(i) ? text.PadLeft(widths[i]) : text.PadRight(widths[i]))).TrimEnd();
        foreach (string[] row in lines)
        {
            Console.Out.WriteLine(Line(row));
        }
    }

    private static void WriteBox(IReadOnlyList<string> headings, IReadOnlyList<string[]> rows, int[] numbers)
    {
        Table table = new Table().RoundedBorder().BorderStyle(new Style(decoration: Decoration.Dim));
        table.ShowHeaders = headings.Any(heading => heading.Length > 0);
        for (int i = 0; i < headings.Count; i++)
        {
            var column = new TableColumn(new Text(headings[i]));
            // A name that is cut could not be typed.
            column = i == 0 ? column.NoWrap() : column;
            table.AddColumn(numbers.Contains(i) ? column.RightAligned() : column);
        }

        foreach (string[] row in rows)
        {
            table.AddRow(row.Select(text => new Text(text)));
        }

        AnsiConsole.Write(table);
    }
}
