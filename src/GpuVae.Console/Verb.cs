using System.CommandLine;
using System.Text.Json;
using GpuVae.Kernels;

namespace GpuVae.CommandLine;

/// <summary>Options that belong together, under one heading of the help.</summary>
/// <param name="Heading">For example <c>Model</c>.</param>
/// <param name="Options">In the order in which help shows them.</param>
internal sealed record OptionGroup(string Heading, IReadOnlyList<Option> Options);

/// <summary>A command line to copy, and what it does.</summary>
internal sealed record Example(string Line, string Purpose);

/// <summary>A verb of the program: what help says about it, and how its failures reach the person who typed it.</summary>
internal abstract class Verb : Command
{
    private readonly JsonOption? _json;
    private TextWriter? _stdout;

    private readonly Option<bool> _verbose = new("--verbose")
    {
        Description = "Says more: the stack trace of an error, how the device ran the training steps.",
    };

    /// <summary>Adds the options and the action.</summary>
    protected Verb(string name, string summary, string introduction, IReadOnlyList<OptionGroup> groups)
        : base(name, introduction)
    {
        Summary = summary;
        Groups = [.. groups, new OptionGroup("Other", [_verbose])];
        foreach (Option option in Groups.SelectMany(group => group.Options))
            Add(option);
        _json = Options.OfType<JsonOption>().SingleOrDefault();

        SetAction(line => Failure.Guard(() => Explained(line), IsVerbose(line)));
    }

    /// <summary>One line for the list of verbs.</summary>
    public string Summary { get; }

    /// <summary>The options, grouped.</summary>
    public IReadOnlyList<OptionGroup> Groups { get; }

    /// <summary>Command lines to copy.</summary>
    public abstract IReadOnlyList<Example> Examples { get; }

    /// <summary>Whether to say more.</summary>
    protected bool IsVerbose(ParseResult line) => line.GetValue(_verbose);

    /// <summary>Whether nothing is written for people.</summary>
    protected virtual bool IsQuiet(ParseResult line) => false;

    /// <summary>Stdout, where nothing is written for people.</summary>
    protected TextWriter Stdout => _stdout ?? Console.Out;

    /// <summary>Whether stdout is for figures alone.</summary>
    protected bool IsForFigures(ParseResult line) => _json?.TakesStdout(line) == true;

    /// <summary>Writes what was printed for programs, where <see cref="JsonOption"/> asks for that.</summary>
    /// <param name="line">The command line.</param>
    /// <param name="write">Writes one value.</param>
    /// <exception cref="UserException">The file cannot be written.</exception>
    protected void WriteFigures(ParseResult line, Action<Utf8JsonWriter> write) => _json?.Write(line, write, Stdout);

    /// <summary>Does it, and gives the exit code.</summary>
    /// <exception cref="UsageException">A value that the command line may not have.</exception>
    /// <exception cref="UserException">Something else that a person can mend.</exception>
    /// <exception cref="DeviceException">The device cannot be used.</exception>
    protected abstract int Execute(ParseResult line);

    /// <summary>Writes a note of the library: see <see cref="TrainingOptions"/>.</summary>
    protected void Tell(string sentence) => Notice.Write(TrainingOptions.Explain(sentence, Options));

    private int Explained(ParseResult line)
    {
        bool isQuiet = IsQuiet(line);
        using Silence? silence = isQuiet || IsForFigures(line) ? new Silence(isQuiet) : null;
        _stdout = silence?.Output;
        try
        {
            _json?.Require(line);
            return Execute(line);
        }
        catch (UserException exception)
        {
            string explained = TrainingOptions.Explain(exception.Message, Options);
            if (explained == exception.Message)
            {
                throw;
            }

            throw new UserException(explained, exception);
        }
    }
}
