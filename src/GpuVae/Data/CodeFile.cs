using System.Globalization;
using System.Text;
using GpuVae.Files;

namespace GpuVae.Data;

/// <summary>
/// Codes as a file, by its extension: CSV that says in its first columns which example a row is of and has one for each number, or NumPy's <c>.npy</c>,
/// whose labels go into a file of their own.
/// </summary>
public static class CodeFile
{
    // Names of a hundred thousand units.
    private const int LongestHeader = 1 << 20;

    /// <summary>What the name of a CSV file ends with.</summary>
    public const string CsvExtension = ".csv";

    /// <summary>What the name of a NumPy file ends with.</summary>
    public const string NpyExtension = ".npy";

    /// <summary>Writes codes; files of these names are replaced whole or not at all.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="means">(N, k).</param>
    /// <param name="deviations">(N, k), σ of each unit; null where they are not asked for.</param>
    /// <param name="units">k.</param>
    /// <param name="images">What was encoded: where its examples stand, and their labels.</param>
    /// <returns>The files written: one, or two where labels have one of their own.</returns>
    /// <exception cref="UserException">A file cannot be written.</exception>
    public static IReadOnlyList<string> Write(
        string path, float[] means, float[]? deviations, int units, ImageSet images)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(means);
        ArgumentNullException.ThrowIfNull(images);
        int count = means.Length / units;
        if (!path.EndsWith(NpyExtension, StringComparison.OrdinalIgnoreCase))
        {
            List<string> columns = Columns(units, deviations is not null);
            Csv.Write(path, [.. ExampleColumns.Names(images, columns), .. columns], Enumerable
                .Range(0, count)
                .Select(row => (IReadOnlyList<string>)
                [
                    .. ExampleColumns.Cells(images, row), .. Texts(means, row, units), .. Texts(deviations, row, units),
                ]));
            return [path];
        }
        int width = deviations is null ? units : 2 * units;
        var numbers = new float[checked(count * width)];
        for (int row = 0; row < count; row++)
        {
            means.AsSpan(row * units, units).CopyTo(numbers.AsSpan(row * width));
            deviations?.AsSpan(row * units, units).CopyTo(numbers.AsSpan((row * width) + units));
        }
        Npy.Write<float>(path, numbers, count, width);
        if (images.Labels is null)
            return [path];
        string labels = $"{path[..^NpyExtension.Length]}-labels{NpyExtension}";
        Npy.Write<int>(labels, images.Labels, count);
        return [path, labels];
    }

    /// <summary>Reads the codes of a file that <see cref="Write"/> wrote, or one like it.</summary>
    /// <param name="path">A .npy file (N, k), else a CSV file; columns of σ behind the means are left out.</param>
    /// <param name="units">k.</param>
    /// <returns>(N, k).</returns>
    /// <exception cref="UserException">The file cannot be read, is damaged, or its rows are no codes of k units.</exception>
    public static float[] Read(string path, int units)
    {
        ArgumentNullException.ThrowIfNull(path);
        ImageSet table = path.EndsWith(NpyExtension, StringComparison.OrdinalIgnoreCase)
            ? NumpyReader.Read(path).Train
            : ReadTable(path, units);
        int width = table.Dimensions;
        if (table.AreBytes || table.Height != 1 || (width != units && width != 2 * units))
        {
            throw new UserException(
                $"{path}: has {width} numbers a row, and a code of this run has {units} units (twice as many with σ); give "
                + "a file that gpuvae encode wrote for this run");
        }
        ValueCheck.RequireFinite(path, table);
        table = Pipeline.None.Apply(path, table);
        var codes = new float[checked(table.Count * units)];
        for (int row = 0; row < table.Count; row++)
            table.Values.AsSpan(row * width, units).CopyTo(codes.AsSpan(row * units));
        return codes;
    }

    /// <summary>Units are known by their names, as columns of data are; without names by their order.</summary>
    private static ImageSet ReadTable(string path, int units)
    {
        int named = NamedUnits(path);
        if (named > 0 && named != units)
        {
            throw new UserException(
                $"{path}: has codes of {named} unit{(named == 1 ? "" : "s")} (column{(named == 1 ? " z0" : $"s z0 … z{named - 1}")}), and "
                + $"a code of this run has {units}; give the run that made them, or a file that gpuvae encode wrote for this one");
        }
        List<string> names = Columns(units, hasDeviations: false);
        ImageSet table = CsvReader.Read(
            new DataSettings { Data = path, Dimensions = units, Pipeline = Pipeline.None with { ColumnNames = names } });
        // As many columns as units, of which one is no unit.
        bool isLabelled = table.ColumnNames?.Contains(CsvReader.LabelName, StringComparer.OrdinalIgnoreCase) ?? false;
        return isLabelled ? CsvReader.Read(path, labelColumn: null) : table;
    }

    /// <summary>How many columns of the first line are called as units are, one after the other; 0 where it is no header of such.</summary>
    private static int NamedUnits(string path)
    {
        var line = new StringBuilder();
        try
        {
            using var reader = new StreamReader(InputFile.Open(path));
            for (int c = reader.Read(); c >= 0 && c != '\n' && line.Length < LongestHeader; c = reader.Read())
                line.Append((char)c);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Who reads the table says what is wrong with the file.
            return 0;
        }
        var names = line.ToString().Split(',', ';', '\t').Select(name => name.Trim().Trim('"')).ToHashSet(StringComparer.Ordinal);
        int units = 0;
        while (names.Contains(string.Create(CultureInfo.InvariantCulture, $"z{units}")))
            units++;
        return units;
    }

    private static List<string> Columns(int units, bool hasDeviations)
    {
        List<string> columns = [.. Enumerable.Range(0, units).Select(unit => $"z{unit}")];
        if (hasDeviations)
            columns.AddRange(Enumerable.Range(0, units).Select(unit => $"sigma{unit}"));
        return columns;
    }

    /// <summary>A row as the shortest texts that give the same floats back.</summary>
    private static IEnumerable<string> Texts(float[]? values, int row, int units) => values is null
        ? []
        : values.Skip(row * units).Take(units).Select(value => value.ToString(CultureInfo.InvariantCulture));
}
