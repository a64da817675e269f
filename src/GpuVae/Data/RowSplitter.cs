using System.Text;

namespace GpuVae.Data;

/// <summary>Parts a line of a text file into cells.</summary>
internal static class RowSplitter
{
    /// <summary>Parts a line at a separator, or at white space.</summary>
    /// <param name="line">Without the line's end.</param>
    /// <param name="separator">Between cells; a space stands for any run of white space.</param>
    /// <param name="cells">Becomes the cells, unquoted and without spaces around them.</param>
    /// <param name="most">The most cells; what follows them is left out.</param>
    /// <param name="fault">What is wrong with the cell behind the last of <paramref name="cells"/>, or null.</param>
    /// <param name="singleQuotes">Whether cells may lie between single quotes too, with backslashes before quotes.</param>
    /// <returns>Whether the whole line is in the cells.</returns>
    public static bool Split(
        string line, char separator, List<string> cells, int most, out string? fault, bool singleQuotes = false)
    {
        cells.Clear();
        fault = null;
        StringBuilder? quoted = null;
        for (int start = 0; start <= line.Length;)
        {
            int quote = start;
            while (quote < line.Length && IsSkipped(line[quote], separator))
                quote++;
            if (separator == ' ' && quote == line.Length)
                return true;
            if (cells.Count == most)
                return false;
            if (quote < line.Length && (line[quote] == '"' || (singleQuotes && line[quote] == '\'')))
            {
                quoted ??= new StringBuilder();
                int end = ReadQuoted(line, quote, quoted, singleQuotes);
                if (end < 0)
                {
                    fault = "a quoted cell does not end on its line; close the quote";
                    return false;
                }
                int next = Find(line, separator, end);
                if (!line.AsSpan(end, next - end).IsWhiteSpace())
                {
                    fault = "text behind the closing quote of a cell; double the quotes within a cell";
                    return false;
                }
                cells.Add(quoted.ToString().Trim());
                start = next + 1;
                continue;
            }
            int close = Find(line, separator, quote);
            cells.Add(line.AsSpan(quote, close - quote).Trim().ToString());
            start = close + 1;
        }
        return true;
    }

    private static bool IsSkipped(char letter, char separator) =>
        letter == ' ' || (separator == ' ' && char.IsWhiteSpace(letter));

    private static int Find(string line, char separator, int start)
    {
        if (separator != ' ')
        {
            int at = line.IndexOf(separator, start);
            return at < 0 ? line.Length : at;
        }
        while (start < line.Length && !char.IsWhiteSpace(line[start]))
            start++;
        return start;
    }

    /// <summary>Reads from a quote to the one that closes it.</summary>
    /// <returns>Behind the closing quote, or −1 where there is none.</returns>
    private static int ReadQuoted(string line, int start, StringBuilder quoted, bool escapes)
    {
        char quote = line[start];
        quoted.Clear();
        for (int i = start + 1; i < line.Length; i++)
        {
            if (escapes && line[i] == '\\' && i + 1 < line.Length)
            {
                quoted.Append(line[++i]);
            }
            else if (line[i] != quote)
            {
                quoted.Append(line[i]);
            }
            else if (i + 1 < line.Length && line[i + 1] == quote)
            {
                quoted.Append(quote);
                i++;
            }
            else
            {
                return i + 1;
            }
        }
        return -1;
    }
}
