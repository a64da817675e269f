using System.Globalization;
using System.Text.Json;
using GpuVae.Compression;

namespace GpuVae.CommandLine;

/// <summary>What a file lost, for a person and as JSON.</summary>
internal static class LossyText
{
    /// <summary>What stands before the sizes.</summary>
    /// <param name="example">image or row.</param>
    public static void WriteNotice(string example) => WrappedText.WriteLine(
        $"what is kept are codes in steps: {(example == "image" ? "an" : "a")} {example} comes back near to what was given, and not the same");

    /// <summary>Sizes and errors.</summary>
    /// <param name="report">Of a file that lost something.</param>
    /// <param name="example">image or row.</param>
    /// <param name="unit">pixel or number.</param>
    public static void Write(CompressionReport report, string example, string unit)
    {
        LossyReport lossy = report.Lossy!;
        string bits = ReportText.Text($"{report.BitsPerExample:F1} bits {(example == "image" ? "an" : "a")} {example}, {report.BitsPerDimension:F4} a {unit}");
        List<string[]> sizes =
        [
            ["file", Count(report.FileBytes), "bytes"],
            ["  model", Count(report.ModelBytes), report.ModelBytes == 0 ? "it lies elsewhere: the run is needed to read the file" : $"the same for any number of {example}s"],
            [$"  {example}s", Count(report.DataBytes), bits],
            ["    index", Count(report.HeaderBytes), "with the steps of the code" + (report.Table is null ? "" : " and what is in the columns")],
            ["uncompressed", Count(report.OriginalBytes), report.Table is null ? $"a byte for each {unit}" : "4 bytes for each number" + (report.Table.HasWords ? ", 1 for a word" : "")],
        ];
        TextTable.Write(["", "", ""], sizes, numbers: 1);
        Console.Out.WriteLine();
        List<string[]> errors = [];
        if (report.Table is not { HasNumbers: false })
        {
            string what = report.Table is null
                ? $"of {unit}s from 0 to 1: a PSNR of {Decibels(lossy.SquaredError)}"
                : "of numbers as the run scaled them";
            errors.Add(["mean squared error", Number(lossy.SquaredError), what]);
            errors.Add(["  of codes without steps", Number(lossy.CodeError), "what the model leaves at any size"]);
            errors.Add(["largest error", Number(lossy.LargestError), $"of a {unit}"]);
        }

        if (lossy.WrongWords is double wrong)
        {
            errors.Add(["words that changed", ReportText.Text($"{100 * wrong:F2} %"), "of all words, missing cells included"]);
        }

        errors.Add(["units used", ReportText.Text($"{lossy.UsedUnits} of {lossy.Units}"), lossy.UsedUnits == lossy.Units ? "none is left out" : "the others take no bits: their mean stands for them"]);
        TextTable.Write(["", "", ""], errors, numbers: 1);
    }

    /// <summary>The same as JSON.</summary>
    /// <param name="json">Where to, in an object.</param>
    /// <param name="report">Of a file that lost something.</param>
    /// <param name="curves">What a plot shows; none where there is no plot.</param>
    public static void WriteJson(Utf8JsonWriter json, CompressionReport report, IReadOnlyList<RateCurve> curves)
    {
        LossyReport lossy = report.Lossy!;
        json.WriteNumber("bits_per_example", report.BitsPerExample);
        json.WriteNumber("mean_squared_error", lossy.SquaredError);
        json.WriteNumber("code_mean_squared_error", lossy.CodeError);
        json.WriteNumber("largest_difference", lossy.LargestError);
        json.WriteNumber("used_units", lossy.UsedUnits);
        json.WriteNumber("units", lossy.Units);
        if (lossy.WrongWords is double wrong)
        {
            json.WriteNumber("wrong_words", wrong);
        }

        if (curves.Count == 0)
        {
            return;
        }

        json.WriteStartArray("curves");
        foreach (RateCurve curve in curves)
        {
            json.WriteStartObject();
            json.WriteString("name", curve.Name);
            json.WriteStartArray("points");
            foreach (RatePoint point in curve.Points)
            {
                json.WriteStartObject();
                json.WriteNumber("bits_per_example", point.Bits);
                json.WriteNumber("mean_squared_error", point.SquaredError);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string Decibels(double squaredError) =>
        squaredError > 0 ? ReportText.Text($"{-10 * Math.Log10(squaredError):F1} dB") : "infinity";

    private static string Number(double number) => number.ToString("G3", CultureInfo.InvariantCulture);

    private static string Count(long number) => ReportText.Text($"{number:N0}");
}
