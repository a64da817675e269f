using System.CommandLine;
using System.CommandLine.Parsing;

namespace GpuVae.CommandLine;

/// <summary>
/// The line that a shell asks to have completed. An option that may be given again takes another value for what System.CommandLine
/// knows, and nothing else would be offered behind it: with its value it is left out of the line.
/// </summary>
internal static class SuggestedLine
{
    private const string Directive = "[suggest";

    /// <summary>The arguments of the program, with a line to be completed without what is complete in it.</summary>
    /// <param name="program">All verbs.</param>
    /// <param name="args">What was typed, or what a shell asks.</param>
    public static string[] Of(Command program, string[] args)
    {
        if (args is not [{ } directive, { } line] || !directive.StartsWith(Directive, StringComparison.Ordinal))
        {
            return args;
        }

        // The scripts cut the line at the cursor.
        bool beginsWord = line.EndsWith(' ');
        List<string> words = [.. CommandLineParser.SplitCommandLine(line), .. beginsWord ? [""] : (string[])[]];
        Command? verb = program.Subcommands.FirstOrDefault(each => words.Skip(1).FirstOrDefault() == each.Name);
        for (int i = words.Count - 3; i > 1; i--)
        {
            if (verb?.Options.Any(option => option.Name == words[i] && option.Arity.MaximumNumberOfValues > 1) == true)
            {
                words.RemoveRange(i, 2);
            }
        }

        string left = string.Join(' ', words.Select(word => word.Contains(' ', StringComparison.Ordinal) ? $"\"{word}\"" : word));
        return [$"{Directive}:{left.Length}]", left];
    }
}
