using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace GpuVae;

/// <summary>Text from a file or a command line, fit for a message.</summary>
internal static class QuotedText
{
    private const int LongestExcerpt = 60;

    /// <summary>
    /// The text in quotation marks, escaped as in JSON, and cut where it is long.
    /// </summary>
    public static string Quote(string text)
    {
        string excerpt = Cut(text);
        // Half a surrogate pair, which JSON cannot hold, becomes the replacement character first.
        var encoded = JsonEncodedText.Encode(
            string.Concat(excerpt.EnumerateRunes()), JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
        return $"\"{encoded}{(excerpt.Length < text.Length ? "…" : "")}\"";
    }

    /// <summary>The text, cut where it is long.</summary>
    public static string Excerpt(string text)
    {
        string excerpt = Cut(text);
        return excerpt.Length < text.Length ? excerpt + "…" : text;
    }

    /// <summary>The text with its control characters escaped as in JSON, so that it stays on its line.</summary>
    public static string OneLine(string text)
    {
        if (!text.Any(char.IsControl))
            return text;
        var line = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            if (char.IsControl(c))
                line.Append(JsonEncodedText.Encode(c.ToString()).Value);
            else
                line.Append(c);
        }
        return line.ToString();
    }

    private static string Cut(string text)
    {
        if (text.Length <= LongestExcerpt)
            return text;
        return text[..(char.IsHighSurrogate(text[LongestExcerpt - 1]) ? LongestExcerpt - 1 : LongestExcerpt)];
    }
}
