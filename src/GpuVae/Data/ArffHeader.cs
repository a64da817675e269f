namespace GpuVae.Data;

/// <summary>
/// What stands above the rows of an ARFF file (Weka): <c>@relation</c>, an <c>@attribute name type</c> for each column,
/// and <c>@data</c>.
/// </summary>
/// <param name="Names">Of the columns.</param>
/// <param name="IsLastNominal">Whether the last of them lists its values, <c>{a, b}</c>, as a class does.</param>
internal sealed record ArffHeader(IReadOnlyList<string> Names, bool IsLastNominal)
{
    /// <summary>Reads it, and leaves the file before its first row.</summary>
    /// <exception cref="DataException">A line is no part of such a header, or there are no columns.</exception>
    public static ArffHeader Read(CsvRowReader file)
    {
        var names = new List<string>();
        bool isNominal = false;
        while (file.ReadLine() is string line)
        {
            string text = line.Trim();
            if (text.StartsWith('%') || StartsWithWord(text, "@relation"))
                continue;
            if (StartsWithWord(text, "@data"))
            {
                return names.Count > 0
                    ? new ArffHeader(names, isNominal)
                    : throw file.Fault("@data without an @attribute before it; an ARFF file has one for each column");
            }
            if (!StartsWithWord(text, "@attribute"))
                throw file.Fault($"'{QuotedText.Excerpt(text)}' is no @attribute or @data of an ARFF file");
            string rest = text["@attribute".Length..].Trim();
            string type = Name(rest, out string name);
            if (name.Length == 0 || type.Length == 0)
                throw file.Fault($"'{QuotedText.Excerpt(text)}' lacks a name or a type; write @attribute name numeric");
            names.Add(name);
            isNominal = type.StartsWith('{');
        }
        throw new DataException($"{file.Path}: an ARFF file without @data; its rows come after that");
    }

    private static bool StartsWithWord(string text, string word) =>
        text.StartsWith(word, StringComparison.OrdinalIgnoreCase)
        && (text.Length == word.Length || char.IsWhiteSpace(text[word.Length]));

    /// <summary>The name, which may lie between quotes, and as the result what follows it.</summary>
    private static string Name(string text, out string name)
    {
        int end;
        if (text is ['\'' or '"', ..])
        {
            end = text.IndexOf(text[0], 1);
            name = end < 0 ? "" : text[1..end];
            return end < 0 ? "" : text[(end + 1)..].Trim();
        }
        end = 0;
        while (end < text.Length && !char.IsWhiteSpace(text[end]) && text[end] != '{')
            end++;
        name = text[..end];
        return text[end..].Trim();
    }
}
