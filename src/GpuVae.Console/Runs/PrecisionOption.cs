using System.CommandLine;
using System.Globalization;
using GpuVae.Evaluation;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>
/// <c>--precision 1e-3,heat=0.1,4-6=0.01</c>: what numbers of a table are rounded to, of all columns and of some by name or position.
/// </summary>
internal static class PrecisionOption
{
    private const string Name = "--precision";

    /// <summary>The option.</summary>
    public static Option<string?> Of { get; } = OptionValue.Text(
        Name, "X,NAME=X,…",
        "Of a table: what its real numbers are rounded to multiples of, such as 1e-3, and a column's own: 1e-3,heat=0.1; a column by its " +
        "name (one with a comma in double quotes), or position from 1 or range among those that are kept. Columns of whole numbers, of few different numbers and of words " +
        "need none and are exact, unless they are named. Default: none.");

    /// <summary>What was typed: a precision of all columns, and those of some as they were typed.</summary>
    /// <exception cref="UsageException">It is no number, or there are two for one column.</exception>
    public static (double? All, IReadOnlyList<(string Column, double Precision)> Own) Value(ParseResult line)
    {
        if (line.GetValue(Of) is not string typed)
        {
            return (null, []);
        }

        double? all = null;
        List<(string, double)> own = [];
        string[] entries = (string[]?)SettingFormat.Of(typeof(string[])).Parse(typed)
            ?? throw new UsageException($"{Name} {typed}: a double quote has no end");
        if (entries.Count(entry => !entry.Contains('=', StringComparison.Ordinal) && entry.Length > 0) > 1)
        {
            throw new UsageException($"{Name} {typed}: two numbers for all columns; write 0.001 with a point, and a column's own as NAME=0.1");
        }

        foreach (string entry in entries)
        {
            int sign = entry.LastIndexOf('=');
            string column = sign < 0 ? "" : Unquoted(entry[..sign].Trim()), number = entry[(sign + 1)..].Trim();
            if (!double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out double precision) || (sign >= 0 && column.Length == 0))
            {
                throw new UsageException($"{Name} {(entry.Length == 0 ? typed : entry)}: not a number such as 0.001 or 1e-3, or a column's own such as heat=0.1");
            }

            if (!(precision > 0 && double.IsFinite(precision)))
            {
                throw new UsageException($"{Name} {entry}: must be a number above 0");
            }

            if (column.Length > 0 && own.Exists(other => other.Item1 == column))
            {
                throw new UsageException($"{Name} {typed}: column {column} has two");
            }

            if (column.Length > 0)
            {
                own.Add((column, precision));
            }
            else
            {
                all = precision;
            }
        }

        return (all, own);
    }

    /// <summary>Precisions by the names of columns, of which the last that is said holds.</summary>
    /// <param name="own">As of <see cref="Value"/>.</param>
    /// <param name="trained">The run, of whose columns those without names are known by their places.</param>
    public static IReadOnlyDictionary<string, double> ByName(IReadOnlyList<(string Column, double Precision)> own, TrainedModel trained)
    {
        int columns = trained.Pipeline.TableColumns(trained.Model.Dimensions);
        IReadOnlyList<string> names = trained.Pipeline.ColumnNames.Count == columns
            ? trained.Pipeline.ColumnNames
            : [.. Enumerable.Range(0, columns).Select(column => string.Create(CultureInfo.InvariantCulture, $"x{column}"))];
        Dictionary<string, double> precisions = new(StringComparer.Ordinal);
        foreach ((string column, double precision) in own)
        {
            string[] ends = column.Split('-', '–');
            int first = 0, last = 0;
            bool isRange = !names.Contains(column) && ends.Length <= 2 && TryPosition(ends[0], out first) && TryPosition(ends[^1], out last)
                && first >= 1 && first <= last && last <= names.Count;
            // Who is none is told of by the compressor, with those that there are.
            foreach (string name in isRange ? names.Skip(first - 1).Take(last - first + 1) : [column])
            {
                precisions[name] = precision;
            }
        }

        return precisions;
    }

    private static string Unquoted(string name) =>
        name is ['"', .. string inner, '"'] ? inner.Replace("\"\"", "\"", StringComparison.Ordinal) : name;

    private static bool TryPosition(string text, out int position) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out position);
}
