using System.Globalization;

namespace GpuVae.Data;

/// <summary>
/// What stands above the series of a .ts file (the UCR archive, sktime, aeon): lines such as <c>@univariate true</c>, and
/// <c>@data</c>. A row below it is a series, its numbers between commas, a colon before each further dimension and before the
/// label.
/// </summary>
/// <param name="HasLabels">Whether a label, or the number to be predicted, ends each row.</param>
/// <param name="Length">The numbers that each series has, where the header says so.</param>
internal sealed record SeriesHeader(bool HasLabels, int? Length)
{
    private static readonly string[] _first =
        ["@problemname", "@timestamps", "@missing", "@univariate", "@dimension", "@equallength", "@serieslength", "@classlabel", "@targetlabel"];

    /// <summary>Whether a file whose first line this is begins with such a header.</summary>
    public static bool Begins(string line) =>
        Array.Exists(_first, word => line.AsSpan().TrimStart().StartsWith(word, StringComparison.OrdinalIgnoreCase));

    /// <summary>Reads it, and leaves the file before its first series.</summary>
    /// <exception cref="DataException">
    /// A line is no part of such a header, or the series have several dimensions, lengths, or times of their own.
    /// </exception>
    public static SeriesHeader Read(CsvRowReader file)
    {
        bool hasLabels = false;
        int? length = null;
        while (file.ReadLine() is string line)
        {
            string text = line.Trim();
            if (text.StartsWith('#') || text.StartsWith('%'))
                continue;
            string[] words = text.Split((char[]?)null, 3, StringSplitOptions.RemoveEmptyEntries);
            string value = words.Length > 1 ? words[1] : "";
            bool isTrue = value.Equals("true", StringComparison.OrdinalIgnoreCase);
            bool isFalse = value.Equals("false", StringComparison.OrdinalIgnoreCase);
            switch (words[0].ToLowerInvariant())
            {
                case "@data":
                    return new SeriesHeader(hasLabels, length);
                case "@timestamps" when isTrue:
                    throw file.Fault("the series have times of their own, and series of numbers alone are read; save them at equal steps");
                case "@univariate" when isFalse:
                case "@dimension" or "@dimensions" when value is not ("" or "1"):
                    throw file.Fault("the series have several dimensions, and series of one are read; save one of them, or all as a .npy array (N, D)");
                case "@equallength" when isFalse:
                    throw file.Fault("the series have different lengths, and series of one length are read; cut or fill them to one");
                case "@serieslength":
                    length = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int promised) ? promised : null;
                    break;
                case "@classlabel" or "@targetlabel":
                    hasLabels |= isTrue;
                    break;
                default:
                    if (!text.StartsWith('@'))
                        throw file.Fault($"'{QuotedText.Excerpt(text)}' is no @ line of a .ts file; series come after @data");
                    break;
            }
        }
        throw new DataException($"{file.Path}: a .ts file without @data; its series come after that");
    }
}
