using System.Globalization;
using GpuVae.Data;
using GpuVae.Training;

namespace GpuVae.CommandLine;

/// <summary>The lines of a run, the same in a terminal and in a file.</summary>
internal static class ReportText
{
    private const double LongestFixed = 1e8;

    /// <summary>The device, the model, the data and where a resumed run goes on: a name and what there is to say about it.</summary>
    /// <param name="start">What the training says of itself.</param>
    /// <param name="data">What the data is called.</param>
    /// <param name="askedDevice">What <c>--device</c> was.</param>
    public static IEnumerable<(string Name, string Text)> Start(TrainingStart start, string data, string askedDevice)
    {
        string why = askedDevice != "auto" ? "as asked"
            : start.Device == "cpu" ? "auto: no GPU found"
            : "auto: the first GPU found";
        yield return ("device", $"{start.Device}: {start.DeviceDescription} ({why})");
        yield return ("model", Text($"{start.Model}; {start.Parameters:N0} parameters"));
        yield return ("data", Text(
            $"{data}: {start.TrainImages:N0} {start.Example}s to train on in {start.StepsPerEpoch:N0} step{(start.StepsPerEpoch == 1 ? "" : "s")}, ") +
            Text($"{start.TestImages:N0} to test") + (start.Split.Length == 0 ? "" : $" ({start.Split})") +
            (start.Augmentation.Length == 0 ? "" : $"; training {start.Example}s augmented: {start.Augmentation}"));
        yield return ("values", start.Values);
        if (start.Resumed is string place)
        {
            yield return ("resumed", place);
        }

        foreach (string note in start.Notes)
        {
            yield return ("note", note);
        }
    }

    /// <summary>What an example of a set is called: <c>image</c>, or <c>row</c> of a table.</summary>
    public static string ExampleOf(ImageSet images) => images.Height == 1 ? "row" : "image";

    /// <summary>What the numbers of an example are: pixels, where these are grey.</summary>
    public static string NumberOf(ImageSet images) => images.Height == 1 || images.Channels > 1 ? "number" : "pixel";

    /// <summary>What the mean over all numbers of an example is per.</summary>
    public static string PerNumber(ImageSet images) => $"per {NumberOf(images)}";

    /// <summary>What a scale that all numbers of an example share is for.</summary>
    public static string PerAll(ImageSet images) => $"for all {NumberOf(images)}s";

    /// <summary>A loss with two decimals, or with an exponent where that would be longer than anybody reads.</summary>
    public static string Loss(double loss) =>
        Math.Abs(loss) < LongestFixed ? Text($"{loss:F2}") : Text($"{loss:0.####E+0}");

    /// <summary>A time as <c>0:07</c> or <c>1:02:03</c>.</summary>
    public static string Duration(TimeSpan time) =>
        time >= TimeSpan.FromHours(1)
            ? string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalHours}:{time:mm\\:ss}")
            : time.ToString(@"m\:ss", CultureInfo.InvariantCulture);

    /// <summary>Writes numbers the same way on every machine, and what rounds to zero without a sign.</summary>
    public static string Text(FormattableString text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.ToString(UnsignedZero.Instance);
    }

    /// <summary>Invariant formats, but that F and N of a tiny negative number give 0.00 and not -0.00.</summary>
    private sealed class UnsignedZero : IFormatProvider, ICustomFormatter
    {
        public static readonly UnsignedZero Instance = new();

        public object? GetFormat(Type? formatType) =>
            formatType == typeof(ICustomFormatter) ? this : CultureInfo.InvariantCulture.GetFormat(formatType);

        public string Format(string? format, object? arg, IFormatProvider? formatProvider)
        {
            string text = arg is IFormattable number
                ? number.ToString(format, CultureInfo.InvariantCulture)
                : arg?.ToString() ?? "";
            return arg is double or float && format?[0] is 'F' or 'N' && text.All(c => c is '-' or '0' or '.')
                ? text.TrimStart('-')
                : text;
        }
    }
}
