using System.Globalization;

namespace GpuVae.Data;

/// <summary>What the numbers of a set are, which says what likelihood fits them.</summary>
public enum ValueKind
{
    /// <summary>0 and 1 only.</summary>
    Binary,

    /// <summary>From 0 to 1.</summary>
    Grey,

    /// <summary>Anything else.</summary>
    Real,
}

/// <summary>A look at training examples before the first step.</summary>
/// <param name="Kind">What the numbers are.</param>
/// <param name="Least">The least of them.</param>
/// <param name="Most">The largest of them.</param>
/// <param name="ConstantColumns">Columns that never change, where they were looked at: of real numbers.</param>
/// <param name="Dimensions">D, the columns.</param>
public sealed record ValueCheck(ValueKind Kind, float Least, float Most, int ConstantColumns, int Dimensions)
{
    private bool _bytes;
    private byte _darkest;
    private byte _brightest;
    private bool _wholeBytes;

    private bool _pictures;

    /// <summary>
    /// The likelihood that fits: bernoulli for 0 and 1 and for grey values of pictures, gaussian for everything else. Numbers
    /// of a table that happen to lie in 0 … 1 are no probabilities.
    /// </summary>
    public string Likelihood =>
        Kind == ValueKind.Binary || (Kind == ValueKind.Grey && _pictures) ? "bernoulli" : "gaussian";

    /// <summary>What to tell somebody who chose a likelihood that does not fit; null where there is nothing.</summary>
    public string? Doubt(string likelihood) => likelihood == "bernoulli" && Kind == ValueKind.Grey && !_pictures
        ? "--likelihood bernoulli takes numbers of a table as probabilities of 0 and 1: its loss is least where the truth is "
            + "certain, not where it is met; gaussian or laplace fits measurements"
        : null;

    /// <summary>
    /// Looks at every real number. Bytes are within 0 … 1 in any case, and are looked at only as far as the first that is
    /// neither black nor white; those that stay in a file are looked at with the examples around them. Columns of categories are no
    /// numbers.
    /// </summary>
    public static ValueCheck Of(ImageSet images)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (images.AreBytes)
        {
            (bool binary, byte darkest, byte brightest) = images.Pixels is byte[] pixels ? Look(pixels) : Look(images.Stream!.Summary);
            return new ValueCheck(binary ? ValueKind.Binary : ValueKind.Grey, 0, 1, 0, images.Dimensions)
            {
                _bytes = true,
                _darkest = darkest,
                _brightest = brightest,
                _pictures = images.Height > 1,
            };
        }
        float[] values = images.NumberColumns == 0 ? [] : images.Numbers().Values!;
        float least = float.PositiveInfinity, most = float.NegativeInfinity;
        bool onlyEnds = true, whole = true;
        foreach (float value in values)
        {
            (least, most) = (Math.Min(least, value), Math.Max(most, value));
            onlyEnds &= value is 0 or 1;
            whole &= value == MathF.Truncate(value);
        }
        ValueKind kind = onlyEnds ? ValueKind.Binary : least >= 0 && most <= 1 ? ValueKind.Grey : ValueKind.Real;
        return new ValueCheck(kind, least, most, CountConstant(values, images.NumberColumns), images.NumberColumns)
        {
            _pictures = images.Height > 1,
            _wholeBytes = whole && least >= 0 && most is > 1 and <= 255,
        };
    }

    /// <summary>Refuses infinity, and NaN where it is no missing cell for <see cref="MissingCells"/>.</summary>
    /// <exception cref="DataException">There is one; the message says in which example and column.</exception>
    /// <param name="source">The data, for the message.</param>
    /// <param name="images">As they were read.</param>
    /// <param name="allowsMissing">Whether NaN may be there.</param>
    internal static void RequireFinite(string source, ImageSet images, bool allowsMissing = false)
    {
        if (images.AreBytes)
            return;
        for (int i = 0; i < images.Count * images.Dimensions; i++)
        {
            double number = images.Number(i);
            if (!double.IsFinite(number) && !(allowsMissing && double.IsNaN(number)))
            {
                throw new DataException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{source}: {Place(images, i)}: {number} is no finite number; take the row out or fill the cell"));
            }
        }
    }

    /// <summary>Where a number stands, as a person finds it: <c>row 12, column 3 (age)</c>; columns count from 1.</summary>
    internal static string Place(ImageSet images, int index)
    {
        (int example, int column) = (index / images.Dimensions, index % images.Dimensions);
        string name = images.ColumnNames is { } names ? $" ({QuotedText.Excerpt(names[column])})" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{ExampleColumns.Describe(images, example)}, column {column + 1}{name}");
    }

    /// <summary>Refuses numbers that a likelihood gives no probability.</summary>
    /// <param name="source">The data, for the message.</param>
    /// <param name="likelihood">The likelihood's name.</param>
    /// <param name="binarize">How pixels become 0 and 1, or <c>none</c>.</param>
    /// <exception cref="DataException">Numbers outside 0 … 1 are to be bernoulli, or to be binarised.</exception>
    public void RequireRange(string source, string likelihood, string binarize)
    {
        if (Kind != ValueKind.Real || (likelihood != "bernoulli" && binarize == "none"))
            return;
        string option = binarize == "none" ? $"--likelihood {likelihood}" : $"--binarize {binarize}";
        throw new DataException(string.Create(
            CultureInfo.InvariantCulture,
            $"{source}: {option} is for numbers from 0 to 1, and these go from {Least:G4} to {Most:G4}; ")
            + $"take {(binarize == "none" ? "--likelihood gaussian" : "--binarize none")}, or bring them there with "
            + $"--scale {(_wholeBytes ? "pixels" : "min-max")}");
    }

    /// <summary>Refuses numbers that are no bytes, for a likelihood that is a probability of bytes.</summary>
    /// <param name="source">The data, for the message.</param>
    /// <param name="likelihood">The likelihood's name.</param>
    /// <exception cref="DataException">They are real numbers, or bytes that were scaled.</exception>
    public void RequireBytes(string source, string likelihood)
    {
        if (_bytes)
            return;
        string pixels = _pictures || _wholeBytes || Kind == ValueKind.Grey
            ? ", or give pixels as pictures, IDX files or .npy images of uint8, without --scale"
            : "";
        throw new DataException(
            $"{source}: --likelihood {likelihood} gives bytes of pictures a probability, 0 … 255 as they lie in a file, and these "
            + $"are {DescribeNumbers()}; take --likelihood {Likelihood}{pixels}");
    }

    /// <summary>What they are, in a few words for a person.</summary>
    public string Describe() =>
        DescribeNumbers() + (_wholeBytes && Dimensions > 0 ? " (if these are pixels, give --scale pixels)" : "");

    private string DescribeNumbers()
    {
        if (Dimensions == 0)
            return "no numbers";
        string kind = (Kind, _bytes) switch
        {
            (_, true) when _darkest == _brightest => $"pixels that are all {_darkest}",
            (ValueKind.Binary, false) when Least == Most => $"numbers that are all {Least}",
            (ValueKind.Binary, _) => "binary, 0 and 1",
            (ValueKind.Grey, true) when (_darkest, _brightest) == (0, 255) => "pixels of 0 … 255 as 0 … 1",
            (ValueKind.Grey, true) => $"pixels of {_darkest} … {_brightest}, divided by 255",
            (ValueKind.Grey, false) => _pictures ? "grey values" : "real numbers",
            _ => "real numbers",
        };
        string range = Kind == ValueKind.Binary || _bytes
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $", {Least:G4} … {Most:G4}");
        string constant = ConstantColumns == 0 ? "" : $", {ConstantColumns} of {Dimensions} columns constant";
        return kind + range + constant;
    }

    private static (bool Binary, byte Darkest, byte Brightest) Look(byte[] pixels)
    {
        byte darkest = byte.MaxValue, brightest = byte.MinValue;
        foreach (byte pixel in pixels)
            (darkest, brightest) = (Math.Min(darkest, pixel), Math.Max(brightest, pixel));
        return (pixels.AsSpan().IndexOfAnyExcept((byte)0, (byte)255) < 0, darkest, brightest);
    }

    private static (bool Binary, byte Darkest, byte Brightest) Look(ByteSummary bytes) =>
        (bytes.AreOnly(0, 255), bytes.Darkest, bytes.Brightest);

    private static int CountConstant(float[] values, int dimensions)
    {
        if (values.Length == 0 || dimensions == 0)
            return 0;
        var changes = new bool[dimensions];
        for (int first = dimensions; first < values.Length; first += dimensions)
        {
            for (int column = 0; column < dimensions; column++)
                changes[column] |= values[first + column] != values[column];
        }
        return changes.Count(change => !change);
    }
}
