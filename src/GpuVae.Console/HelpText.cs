using System.CommandLine;
using System.CommandLine.Invocation;

namespace GpuVae.CommandLine;

/// <summary>Help that teaches: what it is, how to call it, lines to copy, then every option.</summary>
/// <param name="verbs">The verbs of the program.</param>
/// <param name="examples">The examples of the program itself.</param>
internal sealed class HelpText(IReadOnlyList<Verb> verbs, IReadOnlyList<Example> examples) : SynchronousCommandLineAction
{
    private const int WidestText = 100;
    private const int NameColumn = 26;

    /// <summary>Writes the help of the verb that was typed, or of the program.</summary>
    public override int Invoke(ParseResult parseResult)
    {
        int width = Math.Min(WidestText, TerminalWidth());
        TextWriter output = Console.Out;
        Command command = parseResult.CommandResult.Command;
        WriteWrapped(output, command.Description ?? "", 0, 0, width);
        output.WriteLine();
        output.WriteLine($"Usage: gpuvae {(command is Verb ? command.Name : "VERB")} [options]");
        if (command is Verb verb)
        {
            WriteExamples(output, verb.Examples, width);
            foreach (OptionGroup group in verb.Groups)
            {
                WriteOptions(output, group.Heading, group.Options, width);
            }
        }
        else
        {
            WriteExamples(output, examples, width);
            output.WriteLine();
            output.WriteLine("Verbs:");
            foreach (Verb each in verbs)
            {
                WriteRow(output, each.Name, each.Summary, width);
            }

            WriteOptions(output, "Options", command.Options, width);
        }

        return ExitCode.Done;
    }

    private static int TerminalWidth()
    {
        try
        {
            return Console.IsOutputRedirected || Console.WindowWidth < 40 ? 80 : Console.WindowWidth - 1;
        }
        catch (IOException)
        {
            return 80;
        }
    }

    private static void WriteExamples(TextWriter output, IReadOnlyList<Example> examples, int width)
    {
        output.WriteLine();
        output.WriteLine(examples.Count == 1 ? "Example:" : "Examples:");
        foreach (Example example in examples)
        {
            output.WriteLine($"  {example.Line}");
            WriteWrapped(output, example.Purpose, 6, 6, width);
        }
    }

    private static void WriteOptions(TextWriter output, string heading, IEnumerable<Option> options, int width)
    {
        output.WriteLine();
        output.WriteLine($"{heading}:");
        foreach (Option option in options)
        {
            string names = string.Join(", ", option.Aliases.Where(alias => alias != "-?").Prepend(option.Name));
            string value = option.ValueType == typeof(bool) || option.HelpName is null ? "" : $" {option.HelpName}";
            WriteRow(output, names + value, option.Description ?? "", width);
        }
    }

    private static void WriteRow(TextWriter output, string name, string text, int width)
    {
        output.Write($"  {name}".PadRight(NameColumn));
        int used = Math.Max(NameColumn, name.Length + 2);
        if (used > NameColumn)
        {
            output.WriteLine();
            output.Write(new string(' ', NameColumn));
        }

        WriteWrapped(output, text, NameColumn, 0, width);
    }

    /// <summary>Breaks <paramref name="text"/> between words.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="text">Words.</param>
    /// <param name="indent">Spaces before every line but the first.</param>
    /// <param name="firstIndent">Spaces before the first line, less than the indent where a name stands there already.</param>
    /// <param name="width">Columns in all.</param>
    private static void WriteWrapped(TextWriter output, string text, int indent, int firstIndent, int width)
    {
        output.Write(new string(' ', firstIndent));
        int column = indent;
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
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
