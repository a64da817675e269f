using System.Globalization;
using System.Text;

namespace GpuVae;

/// <summary>Words of a command line that a person may paste into a shell.</summary>
public static class ShellWord
{
    private const string Plain = "/.:_-+,@";

    /// <summary>A word of a printed command as the shell of this machine takes it.</summary>
    /// <param name="word">An option, a value or a path.</param>
    public static string Quote(string word) => OperatingSystem.IsWindows() ? OnWindows(word) : Posix(word);

    /// <summary>
    /// A path of a printed command: one that begins with a dash would be taken for an option, so the folder that it is in
    /// comes before it.
    /// </summary>
    /// <param name="path">A file or a folder.</param>
    public static string QuotePath(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Quote(path.StartsWith('-') ? $"./{path}" : path);
    }

    /// <summary>The word for a POSIX shell: as it is, in apostrophes, or, so that it stays on its line, by printf.</summary>
    internal static string Posix(string word)
    {
        if (word.Length > 0 && word.All(letter => char.IsAsciiLetterOrDigit(letter) || Plain.Contains(letter, StringComparison.Ordinal)))
        {
            return word;
        }

        if (!word.Any(IsControl))
        {
            // Between apostrophes all means itself; an apostrophe ends them, stands escaped, and begins them anew.
            return $"'{word.Replace("'", @"'\''", StringComparison.Ordinal)}'";
        }

        // A substitution loses line breaks at its end; a path may have a slash and a point behind them.
        var format = new StringBuilder();
        foreach (Rune rune in (word.EndsWith('\n') ? $"{word}/." : word).EnumerateRunes())
        {
            if (!(rune.IsBmp && IsControl((char)rune.Value)) && rune.Value is not ('\'' or '\\' or '%'))
            {
                format.Append(rune);
                continue;
            }

            foreach (byte value in Encoding.UTF8.GetBytes(rune.ToString()))
            {
                format.Append('\\').Append(Convert.ToString(value, 8).PadLeft(3, '0'));
            }
        }

        return string.Create(CultureInfo.InvariantCulture, $"\"$(printf '{format}')\"");
    }

    // A name that Windows allows has no quotation mark in it.
    private static string OnWindows(string word) =>
        word.Length > 0 && word.All(letter => char.IsAsciiLetterOrDigit(letter) || "/\\.:_-".Contains(letter, StringComparison.Ordinal))
            ? word
            : $"\"{word}\"";

    // Line breaks of Unicode too, of which a message would lose its line.
    private static bool IsControl(char letter) => char.IsControl(letter) || letter is '\u2028' or '\u2029';
}
