using System.Text;
using GpuVae.Files;

namespace GpuVae.Data;

/// <summary>Writes tables of text as comma-separated values (RFC 4180) in UTF-8, a line feed after each row.</summary>
public static class Csv
{
    /// <summary>Writes a table; a file of that name is replaced whole or not at all.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="columns">The first row, their names.</param>
    /// <param name="rows">Fields, as many as columns; what holds a comma, a quote or a line's end is quoted.</param>
    /// <exception cref="ArgumentException">A row has another number of fields.</exception>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentNullException.ThrowIfNull(rows);
        AtomicFile.Write(path, stream =>
        {
            using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
            writer.WriteLine(string.Join(',', columns.Select(Quote)));
            foreach (IReadOnlyList<string> row in rows)
            {
                if (row.Count != columns.Count)
                    throw new ArgumentException($"{row.Count} fields for {columns.Count} columns.", nameof(rows));
                writer.WriteLine(string.Join(',', row.Select(Quote)));
            }
        });
    }

    private static string Quote(string field) =>
        field.AsSpan().IndexOfAny(",\"\r\n") < 0
            ? field
            : $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
