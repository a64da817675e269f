using System.Text.Json;

namespace GpuVae.Files;

/// <summary>Text from a file, fit for a message.</summary>
internal static class QuotedText
{
    private const int LongestExcerpt = 60;

    /// <summary>
    /// The text in quotation marks, its control characters escaped as in JSON so that they cannot break the line, and
    /// cut where it is long.
    /// </summary>
    public static string Quote(string text)
    {
        if (text.Length <= LongestExcerpt)
            return $"\"{Escape(text)}\"";
        int length = char.IsHighSurrogate(text[LongestExcerpt - 1]) ? LongestExcerpt - 1 : LongestExcerpt;
        return $"\"{Escape(text[..length])}…\"";
    }

    // Half a surrogate pair, which JSON cannot hold, becomes the replacement character first.
    private static string Escape(string text) =>
        JsonEncodedText.Encode(string.Concat(text.EnumerateRunes())).ToString();
}
