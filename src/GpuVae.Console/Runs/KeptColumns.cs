using System.Globalization;
using GpuVae.Compression;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>What a compressed table kept of its columns, for a person.</summary>
internal static class KeptColumns
{
    private const int MostPrecisions = 4;
    private const int MostNames = 3;
    private const int LongestName = 60;

    /// <summary>Which columns are exact, and what the others are rounded to.</summary>
    public static string Describe(CompressedTable table)
    {
        int all = table.ColumnNames.Count;
        if (table.WorstColumn is not string worst)
        {
            return all == 1 ? "its column exactly" : $"all {all} columns exactly";
        }

        string exact = table.ExactColumns > 0 ? $"{table.ExactColumns} of {all} columns exactly, " : "";
        return $"{exact}{Rounded(table)}: the largest rounding error is {Number(table.LargestError)}, in column {Shown(worst)}";
    }

    /// <summary>What of a table's file a run leaves out, and so is not compressed either; null where that is nothing.</summary>
    /// <param name="configuration">The run's.</param>
    /// <param name="hasLabels">Whether the rows have labels.</param>
    public static string? LeftOut(RunConfiguration configuration, bool hasLabels)
    {
        string[] parts =
        [
            .. hasLabels ? ["labels"] : (string[])[],
            .. configuration.Columns.Length > 0 ? [$"columns besides --columns {string.Join(',', configuration.Columns)}"] : (string[])[],
            .. configuration.Drop.Length > 0 ? [$"what the run leaves out by --drop {string.Join(',', configuration.Drop)}"] : (string[])[],
        ];
        return parts.Length == 0 ? null : string.Join(", and ", parts);
    }

    private static string Rounded(CompressedTable table)
    {
        int all = table.ColumnNames.Count;
        (double Precision, string[] Names)[] groups =
        [
            .. table.ColumnNames.Zip(table.Precisions).Where(column => column.Second > 0).GroupBy(column => column.Second, column => column.First)
                .Select(group => (group.Key, group.ToArray())).OrderBy(group => group.Item2.Length),
        ];
        if (groups.Length == 1)
        {
            string which = table.ExactColumns > 0 ? "the others" : all == 1 ? "its column" : $"all {all} columns";
            return $"{which} to the nearest {Number(groups[0].Precision)}";
        }

        return groups.Length > MostPrecisions
            ? $"the others to the nearest {Number(groups.Min(group => group.Precision))} to {Number(groups.Max(group => group.Precision))}"
            : string.Join(", ", groups.Select((group, place) => Names(group.Names) + (place == 0 ? " to the nearest " : " to ") + Number(group.Precision)));
    }

    private static string Names(string[] names) => names.Length <= MostNames ? string.Join(" and ", names.Select(Shown)) : $"{names.Length} columns";

    /// <summary>A name that somebody else's file may have, on a line.</summary>
    private static string Shown(string name)
    {
        string line = string.Concat(name.Select(letter => char.IsControl(letter) ? '\uFFFD' : letter));
        return line.Length <= LongestName ? line : $"{line[..(char.IsHighSurrogate(line[LongestName - 1]) ? LongestName - 1 : LongestName)]}…";
    }

    /// <summary>As it is typed: 1e-6.</summary>
    private static string Number(double number)
    {
        string[] parts = number.ToString("G6", CultureInfo.InvariantCulture).Split('E');
        return parts.Length == 1 ? parts[0] : $"{parts[0]}e{int.Parse(parts[1], CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture)}";
    }
}
