namespace GpuVae.CommandLine;

/// <summary>Text that is broken between words to fit a terminal.</summary>
internal static class WrappedText
{
    /// <summary>Stands for a blank at which no line is broken.</summary>
    public const char Bound = '\u00A0';

    private const int WidestText = 100;

    /// <summary>Columns to fill: those of the terminal up to 100, or 80 in a pipe or where it is too narrow to read.</summary>
    public static int Width => Math.Min(
        WidestText, Terminal.IsOutputRedirected || Terminal.IsNarrow ? Terminal.UsualWidth : Terminal.DrawnWidth - 1);

    /// <summary>
    /// Writes a sentence to stdout, broken between words in a terminal. In a pipe it stays one line, as whoever searches it
    /// expects.
    /// </summary>
    public static void WriteLine(string text) => WriteLine(Console.Out, text, Terminal.IsOutputRedirected ? null : Terminal.ReadWidth);

    /// <summary>The same to stderr.</summary>
    public static void WriteErrorLine(string text) => WriteLine(Console.Error, text, Terminal.IsErrorRedirected ? null : Terminal.ReadWidth);

    /// <summary>Writes a line to stdout whose text, where a terminal breaks it, goes on below its own beginning.</summary>
    /// <param name="start">What stands before it: a name, or blanks.</param>
    /// <param name="text">Words; <see cref="Bound"/> keeps two of them together.</param>
    public static void WriteBehind(string start, string text)
    {
        Console.Out.Write(start);
        Write(Console.Out, text, start.Length, 0, Terminal.IsOutputRedirected ? int.MaxValue : Terminal.ReadWidth);
    }

    /// <summary>Writes a sentence, broken between words where there is a width to keep.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="text">Words; a command after <c>: gpuvae</c> stays whole where a line has room for it, so that it can be copied.</param>
    /// <param name="width">Columns of the terminal, or null for a pipe.</param>
    internal static void WriteLine(TextWriter output, string text, int? width)
    {
        if (width is null || text.Length <= width)
        {
            output.WriteLine(text);
            return;
        }

        int command = text.LastIndexOf(": gpuvae ", StringComparison.Ordinal) + 2;
        string bound = command < 2 ? text : text[..command] + text[command..].Replace(' ', Bound);
        Write(output, bound, 0, 0, width.Value);
    }

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
        string bound = text.Replace(" = ", $"{Bound}= ", StringComparison.Ordinal);
        foreach (string part in bound.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string word = part.Replace(Bound, ' ');
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
