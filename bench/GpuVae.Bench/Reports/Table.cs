using System.Text;
using Spectre.Console;

namespace GpuVae.Bench.Reports;

/// <summary>
/// Rows of text under headings, for the terminal and for Markdown. The first columns are names, the rest numbers.
/// </summary>
internal sealed class Table(int nameColumns, params string[] headings)
{
    private readonly List<string[]> _rows = [];

    /// <summary>Adds a row, one cell for each heading.</summary>
    public void Add(params string[] cells)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(cells.Length, headings.Length);
        _rows.Add(cells);
    }

    /// <summary>Shows the table.</summary>
    public void Print()
    {
        var table = new Spectre.Console.Table { Border = TableBorder.Simple };
        for (int column = 0; column < headings.Length; column++)
        {
            var head = new TableColumn(Markup.Escape(headings[column])) { NoWrap = true };
            table.AddColumn(column < nameColumns ? head.LeftAligned() : head.RightAligned());
        }
        foreach (string[] row in _rows)
            table.AddRow(Array.ConvertAll(row, Markup.Escape));
        if (Console.IsOutputRedirected)
            AnsiConsole.Profile.Width = 200;
        AnsiConsole.Write(table);
    }

    /// <summary>The table in Markdown.</summary>
    public string ToMarkdown()
    {
        var text = new StringBuilder();
        AppendRow(text, headings);
        AppendRow(text, [.. headings.Select((_, column) => column < nameColumns ? "---" : "---:")]);
        foreach (string[] row in _rows)
            AppendRow(text, row);
        return text.ToString();
    }

    private static void AppendRow(StringBuilder text, IEnumerable<string> cells) =>
        text.Append("| ").AppendJoin(" | ", cells.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal)))
            .Append(" |\n");
}
