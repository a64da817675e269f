using System.Globalization;

namespace GpuVae.Bench.Reports;

/// <summary>Numbers as the tables show them; a dash where there is none.</summary>
internal static class Format
{
    /// <summary>Three significant digits, without an exponent.</summary>
    public static string Number(double value)
    {
        int decimals = value == 0 ? 0 : Math.Clamp(2 - (int)Math.Floor(Math.Log10(Math.Abs(value))), 0, 6);
        return Text(value, $"F{decimals}");
    }

    /// <summary>The median, and the least and the most behind it; a dash for no values.</summary>
    public static string Spread(IReadOnlyCollection<double> values) => values.Count == 0
        ? Number(double.NaN)
        : $"{Number(Statistics.Median(values))} ({Number(values.Min())} … {Number(values.Max())})";

    /// <summary>Seven significant digits, for what is compared rather than read.</summary>
    public static string Precise(double value) => Text(value, "G7");

    /// <summary>A power of ten, for differences.</summary>
    public static string Scientific(double value) => Text(value, "0.0e-0");

    /// <summary>A share, in percent.</summary>
    public static string Percent(double share) => Text(100 * share, "0 '%'");

    /// <summary>Bytes in millions.</summary>
    public static string Megabytes(double bytes) => Text(bytes / 1e6, "F0");

    /// <summary>A whole number with a separator after thousands.</summary>
    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Text(double value, string format) =>
        double.IsFinite(value) ? value.ToString(format, CultureInfo.InvariantCulture) : "–";
}
