using System.CommandLine;
using System.CommandLine.Invocation;
using System.Text.RegularExpressions;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>Help that teaches: what it is, how to call it, lines to copy, then every option.</summary>
/// <param name="verbs">The verbs of the program.</param>
/// <param name="examples">The examples of the program itself.</param>
internal sealed partial class HelpText(IReadOnlyList<Verb> verbs, IReadOnlyList<Example> examples) : SynchronousCommandLineAction
{
    private const int NameColumn = 26;

    /// <summary>Help is shown whatever else is wrong with the line, or not there yet.</summary>
    public override bool ClearsParseErrors => true;

    /// <summary>Writes the help of the verb that was typed, or of the program.</summary>
    public override int Invoke(ParseResult parseResult)
    {
        int width = WrappedText.Width;
        TextWriter output = Console.Out;
        Command command = parseResult.CommandResult.Command;
        WrappedText.Write(output, command.Description ?? "", 0, 0, width);
        output.WriteLine();
        output.WriteLine($"Usage: gpuvae {(command is Verb ? command.Name : "VERB")}{Arguments(command)} [options]");
        if (command is Verb verb)
        {
            WriteExamples(output, verb.Examples, width);
            WriteArguments(output, verb.Arguments, width);
            foreach (OptionGroup group in verb.Groups)
                WriteOptions(output, group.Heading, group.Options, width);
        }
        else
        {
            WriteExamples(output, examples, width);
            output.WriteLine();
            output.WriteLine("Verbs:");
            foreach (Verb each in verbs)
                WriteRow(output, each.Name, each.Summary, width);

            WriteOptions(output, "Options", command.Options, width);
        }

        return ExitCode.Done;
    }

    private static void WriteExamples(TextWriter output, IReadOnlyList<Example> examples, int width)
    {
        output.WriteLine();
        output.WriteLine(examples.Count == 1 ? "Example:" : "Examples:");
        foreach (Example example in examples)
        {
            WriteCommand(output, example.Line, width);
            WrappedText.Write(output, example.Purpose, 6, 6, width);
        }
    }

    /// <summary>A line to copy, which goes on behind a backslash where it is too long: never within quotes.</summary>
    private static void WriteCommand(TextWriter output, string line, int width)
    {
        const int Indent = 2, Following = 6;
        const string Continued = " \\";
        int column = 0, indent = Indent;
        // A value stands on the line of its option.
        foreach (string part in OptionWithValue().Matches(line).Select(match => match.Value))
        {
            if (column > 0 && indent + column + 1 + part.Length + Continued.Length > width)
            {
                output.WriteLine(Continued);
                (column, indent) = (0, Following);
            }

            output.Write(column == 0 ? new string(' ', indent) : " ");
            output.Write(part);
            column += part.Length + (column == 0 ? 0 : 1);
        }

        output.WriteLine();
    }

    [GeneratedRegex("--[a-z-]+( ('[^']*'|[^- ]\\S*))?|'[^']*'|\\S+")]
    private static partial Regex OptionWithValue();

    /// <summary>The arguments in their order, in brackets where they may be left out.</summary>
    private static string Arguments(Command command) => string.Concat(command.Arguments.Select(
        argument => argument.Arity.MinimumNumberOfValues == 0 ? $" [{argument.Name}]" : $" {argument.Name}"));

    private static void WriteArguments(TextWriter output, IList<Argument> arguments, int width)
    {
        if (arguments.Count == 0)
            return;

        output.WriteLine();
        output.WriteLine("Arguments:");
        foreach (Argument argument in arguments)
            WriteRow(output, argument.Name, argument.Description ?? "", width);
    }

    private static void WriteOptions(TextWriter output, string heading, IEnumerable<Option> options, int width)
    {
        output.WriteLine();
        output.WriteLine($"{heading}:");
        foreach (Option option in options)
        {
            string names = string.Join(", ", option.Aliases.Where(alias => alias != "-?").Prepend(option.Name));
            string value = option.ValueType == typeof(bool) || option.HelpName is null ? "" : $" {option.HelpName}";
            string text = option is SettingOption { Setting: Setting setting } ? setting.Help : option.Description ?? "";
            WriteRow(output, names + value, text, width);
        }
    }

    private static void WriteRow(TextWriter output, string name, string text, int width)
    {
        output.Write($"  {name}".PadRight(NameColumn));
        // A blank at least stands between a name and its text.
        if (name.Length + 2 >= NameColumn)
        {
            output.WriteLine();
            output.Write(new string(' ', NameColumn));
        }

        WrappedText.Write(output, text, NameColumn, 0, width);
    }
}
