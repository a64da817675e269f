using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace GpuVae.Data;

/// <summary>What a cell of a table holds.</summary>
internal enum CellKind
{
    /// <summary>A finite number.</summary>
    Number,

    /// <summary>Nothing, or a word for it.</summary>
    Missing,

    /// <summary>A number that is infinite.</summary>
    Infinite,

    /// <summary>Anything else.</summary>
    Text,
}

/// <summary>What stands before the decimals of a number.</summary>
internal enum DecimalMark
{
    /// <summary>1.5, and 1,234 is a thousand and more.</summary>
    Point,

    /// <summary>1,5, and 1.234 is a thousand and more.</summary>
    Comma,

    /// <summary>No number with decimals was seen yet: either.</summary>
    Either,
}

/// <summary>Reads single cells of tables.</summary>
internal static partial class TableCell
{
    // Whole numbers to here have a double each.
    private const double MostWhole = 1L << 53;

    // What has more digits is no double, unless it begins with zeros.
    private const int MostDigits = 320;

    private static readonly HashSet<string> _missing = new(StringComparer.OrdinalIgnoreCase)
    {
        "", "?", "-", "NA", "N/A", "#N/A", "<NA>", "NaN", "-NaN", "null", "None",
    };

    private static readonly HashSet<string> _infinite = new(StringComparer.OrdinalIgnoreCase)
    {
        "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity",
    };

    /// <summary>Reads a cell.</summary>
    /// <param name="cell">Without spaces around it.</param>
    /// <param name="mark">Of the table.</param>
    /// <param name="number">The number, or NaN.</param>
    public static CellKind Read(string cell, DecimalMark mark, out double number)
    {
        string text = cell;
        bool hasComma = cell.Contains(',', StringComparison.Ordinal);
        if (mark == DecimalMark.Comma && (hasComma || cell.Contains('.', StringComparison.Ordinal)))
        {
            // 1.234 is a thousand and more, and 1.5 can only be what it is elsewhere.
            bool thousands = PointedThousands().IsMatch(cell);
            text = (thousands ? cell.Replace(".", "", StringComparison.Ordinal) : cell).Replace(',', '.');
        }
        else if (mark == DecimalMark.Either && hasComma && CommaDecimal().IsMatch(cell))
        {
            text = cell.Replace(',', '.');
        }
        else if (mark == DecimalMark.Point && hasComma && IsThousands(cell))
        {
            text = cell.Replace(",", "", StringComparison.Ordinal);
        }
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number))
            return CellKind.Number;
        bool infinite = double.IsInfinity(number) || _infinite.Contains(cell);
        number = double.NaN;
        return infinite ? CellKind.Infinite : _missing.Contains(cell) ? CellKind.Missing : CellKind.Text;
    }

    /// <summary>Whether a whole number has digits that the double has not which it was read as.</summary>
    /// <param name="cell">Without spaces around it.</param>
    /// <param name="number">What <see cref="Read"/> gave.</param>
    public static bool LosesDigits(string cell, double number) => Math.Abs(number) >= MostWhole && cell.Length <= MostDigits
        && BigInteger.TryParse(cell, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out BigInteger whole)
        && whole != (BigInteger)number;

    /// <summary>Whether it is a number with commas between thousands: <c>1,234.5</c>.</summary>
    public static bool IsThousands(string cell) => cell.Contains(',', StringComparison.Ordinal) && Thousands().IsMatch(cell);

    /// <summary>Whether it is a number with a comma before its decimals, though 1,234 may be either.</summary>
    public static bool HasCommaDecimals(string cell) => CommaDecimal().IsMatch(cell) || PointedThousandsWithDecimals().IsMatch(cell);

    /// <summary>Whether it is a number with a point before its decimals.</summary>
    public static bool HasPointDecimals(string cell) => PointDecimal().IsMatch(cell);

    /// <summary>Whether it is a date or a time of day.</summary>
    public static bool IsDate(string cell) => Date().IsMatch(cell);

    // No thousands are before a leading 0: 0,411 and 0.411 are decimals, whatever the rest of the table has.
    [GeneratedRegex(@"^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Thousands();

    [GeneratedRegex(@"^[+-]?[1-9]\d{0,2}(\.\d{3})+(,\d*)?$", RegexOptions.CultureInvariant)]
    private static partial Regex PointedThousands();

    [GeneratedRegex(@"^[+-]?[1-9]\d{0,2}(\.\d{3})+,\d*$", RegexOptions.CultureInvariant)]
    private static partial Regex PointedThousandsWithDecimals();

    [GeneratedRegex(@"^[+-]?\d*,\d+([eE][+-]?\d+)?$", RegexOptions.CultureInvariant)]
    private static partial Regex CommaDecimal();

    [GeneratedRegex(@"^[+-]?(\d*\.\d+|[1-9]\d{0,2}(,\d{3})+\.\d*)([eE][+-]?\d+)?$", RegexOptions.CultureInvariant)]
    private static partial Regex PointDecimal();

    [GeneratedRegex(
        @"^(\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T]\d{1,2}:\d{2}.{0,30})?|\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?)$",
        RegexOptions.CultureInvariant)]
    private static partial Regex Date();
}
