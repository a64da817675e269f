using System.CommandLine;
using System.CommandLine.Completions;

namespace GpuVae.CommandLine;

/// <summary><c>gpuvae completion</c>: a script by which a shell completes verbs, options and values.</summary>
internal sealed class CompletionCommand : Verb
{
    private readonly Argument<string> _shell = new("SHELL")
    {
        Description = $"The shell: {string.Join(", ", CompletionScript.Shells)}.",
    };

    /// <summary>The verb.</summary>
    public CompletionCommand()
        : base(
            "completion",
            "Prints a script that completes lines in a shell.",
            "Prints a script by which a shell completes verbs, options and the values of options that have some to choose from; names "
            + "of files elsewhere. Its first lines say where it goes.",
            [])
    {
        _shell.CompletionSources.Add(_ => CompletionScript.Shells.Select(shell => new CompletionItem(shell)));
        Add(_shell);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("source <(gpuvae completion bash)", "In ~/.bashrc, completes what is typed behind gpuvae."),
        new("gpuvae completion fish > ~/.config/fish/completions/gpuvae.fish", "The same for fish."),
    ];

    /// <inheritdoc/>
    protected override int Execute(ParseResult line)
    {
        string shell = line.GetRequiredValue(_shell);
        string script = CompletionScript.Of(shell) ?? throw new UsageException(
            $"completion {shell}: unknown"
            + (ClosestName.Of(shell, CompletionScript.Shells) is string near ? $"; did you mean {near}? choose" : "; choose")
            + $" from {string.Join(", ", CompletionScript.Shells)}");
        Console.Out.Write(script + "\n");
        return ExitCode.Done;
    }
}
