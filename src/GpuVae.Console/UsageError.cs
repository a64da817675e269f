using System.CommandLine;
using System.CommandLine.Parsing;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>A command line that does not parse: one line that says what is wrong and what may have been meant.</summary>
internal static class UsageError
{
    /// <summary>What options are called in other programs, and here.</summary>
    private static readonly Dictionary<string, string> _elsewhere = new()
    {
        ["--batch-size"] = "--batch",
        ["--batchsize"] = "--batch",
        ["--bs"] = "--batch",
        ["--lr"] = "--learning-rate",
        ["-lr"] = "--learning-rate",
        ["--rate"] = "--learning-rate",
        ["--wd"] = "--weight-decay",
        ["--dataset"] = "--data",
        ["--input"] = "--data",
        ["--latent-dim"] = "--latent",
        ["--latent-size"] = "--latent",
        ["--z-dim"] = "--latent",
        ["--layers"] = "--hidden",
        ["--hidden-dims"] = "--hidden",
        ["--hidden-size"] = "--hidden",
        ["--net"] = "--network",
        ["--arch"] = "--network",
        ["--architecture"] = "--network",
        ["--encoder"] = "--network",
        ["--output"] = "--out",
        ["--output-dir"] = "--out",
        ["--model"] = "--preset",
        ["--loss"] = "--likelihood",
        ["--early-stopping"] = "--patience",
        ["--num-epochs"] = "--epochs",
        ["--n"] = "--count",
    };

    /// <summary>Whether there is something to report.</summary>
    public static bool IsIn(ParseResult line) => line.Errors.Count > 0 || StrangeOption(line) is not null;

    /// <summary>Writes the line to stderr and gives the exit code.</summary>
    public static int Report(ParseResult line)
    {
        Failure.WriteLine(Describe(line));
        return ExitCode.Usage;
    }

    private static string Describe(ParseResult line)
    {
        Command command = line.CommandResult.Command;
        string help = command is Verb ? $"gpuvae {command.Name} --help" : "gpuvae --help";
        if (line.Errors.FirstOrDefault(error => error.SymbolResult is OptionResult) is ParseError refused)
            return Describe((OptionResult)refused.SymbolResult!, refused.Message);

        string? strange = StrangeOption(line);
        if (line.UnmatchedTokens.Count == 0 && strange is null)
        {
            return line.Errors.FirstOrDefault(error => error.SymbolResult is ArgumentResult) is ParseError missing
                ? $"{command.Name}: {((ArgumentResult)missing.SymbolResult!).Argument.Name} is missing; {help} says what it is"
                : line.Errors[0].Message;
        }

        string typed = strange ?? line.UnmatchedTokens[0];
        bool isOption = typed.StartsWith('-');
        if (isOption && command is not Verb && VerbWith(command, typed) is Verb owner)
            return $"{typed}: belongs to a verb; type gpuvae {owner.Name} {string.Join(' ', line.UnmatchedTokens.Select(ShellWord.Quote))}";

        IEnumerable<string> known = isOption
            ? line.RootCommandResult.Command.Options.Concat(command.Options).Select(option => option.Name)
            : command.Subcommands.Select(verb => verb.Name);
        if (!isOption && line.CommandResult.Children.OfType<OptionResult>().LastOrDefault(
            option => option.Option.Name is "--network" or "--decoder") is { Tokens.Count: > 0 } network)
        {
            string all = string.Join(' ', network.Tokens.Select(token => token.Value).Concat(line.UnmatchedTokens));
            return $"{typed}: a network with blanks is one value in quotes: {network.Option.Name} {ShellWord.Quote(all)}";
        }

        if (!isOption && command is Verb && Registry.Presets.Contains(typed) && Takes(command, "--preset"))
            return $"{typed}: a preset is the value of an option: --preset {typed}";

        if (isOption && known.Contains(typed))
            return $"{typed}: stands behind --, where everything is a name; write options before --";

        string kind = isOption ? "no such option" : command is Verb ? "not an option or its value" : "no such verb";
        string suggestion = Meant(typed, [.. known]) is string name ? $"; did you mean {name}?" : ";";
        return $"{typed}: {kind}{suggestion} {help} lists what there is";
    }

    /// <summary>The option that another program calls what was typed, or the one that is spelled most like it.</summary>
    private static string? Meant(string typed, string[] known) =>
        _elsewhere.TryGetValue(typed.ToLowerInvariant(), out string? name) && known.Contains(name)
            ? name
            : ClosestName.Of(typed, known);

    // An argument would take it for the name of a file. A file of such a name is reached as ./--name.
    private static string? StrangeOption(ParseResult line) =>
        line.Action is HelpText ? null : line.CommandResult.Children.OfType<ArgumentResult>()
            .SelectMany(argument => argument.Tokens)
            .Select(token => token.Value)
            .FirstOrDefault(value => value.StartsWith("--", StringComparison.Ordinal));

    private static string Describe(OptionResult option, string message) => option.Tokens.Count switch
    {
        0 when option.Option.Arity.MinimumNumberOfValues > 0 =>
            $"{option.Option.Name}: a value is missing; write {option.Option.Name} {option.Option.HelpName}",
        > 1 => $"{option.Option.Name}: given more than once, with {string.Join(" and ", option.Tokens)}",
        _ => message,
    };

    private static Verb? VerbWith(Command root, string option) =>
        root.Subcommands.OfType<Verb>().FirstOrDefault(verb => Takes(verb, option));

    private static bool Takes(Command command, string option) => command.Options.Any(known => known.Name == option);
}
