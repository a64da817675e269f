namespace GpuVae.CommandLine;

/// <summary>Text that is broken between words to fit a terminal.</summary>
internal static class WrappedText
{
    private const int WidestText = 100;

    /// <summary>Columns to fill: those of the terminal up to 100, or 80 in a pipe or where it is too narrow to read.</summary>
    public static int Width => Math.Min(
        WidestText, Console.IsOutputRedirected || Terminal.IsNarrow ? Terminal.UsualWidth : Terminal.DrawnWidth - 1);

    /// <summary>Writes <paramref name="text"/> and ends the line.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="text">Words.</param>
    /// <param name="indent">Spaces before every line but the first.</param>
    /// <param name="firstIndent">
    /// Spaces before the first line, less than the indent where a name stands there already.
    /// </param>
    /// <param name="width">Columns in all.</param>
    public static void Write(TextWriter output, string text, int indent, int firstIndent, int width)
    {
        output.Write(new string(' ', firstIndent));
        int column = indent;
        // A name stays on the line of its equals sign.
        string bound = text.Replace(" = ", "\u00A0= ", StringComparison.Ordinal);
        foreach (string part in bound.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string word = part.Replace('\u00A0', ' ');
            if (column > indent && column + 1 + word.Length > width)
            {
                output.WriteLine();
                output.Write(new string(' ', indent));
                column = indent;
            }
            else if (column > indent)
            {
                output.Write(' ');
                column++;
            }

            output.Write(word);
            column += word.Length;
        }

        output.WriteLine();
    }
}
