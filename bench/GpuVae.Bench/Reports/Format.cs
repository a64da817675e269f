using System.Globalization;

namespace GpuVae.Bench.Reports;

/// <summary>Numbers as the tables show them.</summary>
internal static class Format
{
    /// <summary>Three significant digits, without an exponent.</summary>
    public static string Number(double value)
    {
        if (value == 0 || !double.IsFinite(value))
            return value.ToString(CultureInfo.InvariantCulture);
        int decimals = Math.Clamp(2 - (int)Math.Floor(Math.Log10(Math.Abs(value))), 0, 6);
        return value.ToString($"F{decimals}", CultureInfo.InvariantCulture);
    }

    /// <summary>A share, in percent.</summary>
    public static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0} %");

    /// <summary>Bytes as MB of a million.</summary>
    public static string Megabytes(double bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0}");

    /// <summary>A whole number with a separator after thousands.</summary>
    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
