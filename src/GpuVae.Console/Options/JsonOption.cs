using System.CommandLine;
using System.CommandLine.Completions;
using System.Text.Json;
using GpuVae.Files;

namespace GpuVae.CommandLine;

/// <summary>
/// <c>--json FILE|-</c> of a verb that prints figures: the same for programs, in a file, or alone on stdout. See
/// <see cref="Verb.WriteFigures"/>.
/// </summary>
internal sealed class JsonOption : Option<string?>
{
    private const string OptionName = "--json";
    private const string Placeholder = "FILE|-";
    private const string Stdout = "-";
    private const string Extension = ".json";

    /// <summary>What runs, sweeps and detectors keep under these names is lost when figures replace it.</summary>
    private static readonly string[] _taken = ["config.json", "environment.json", SweepFolder.MarkName, SweepHalving.StateName];

    /// <summary>The option.</summary>
    public JsonOption()
        : base(OptionName)
    {
        HelpName = Placeholder;
        Description = "Writes the figures as JSON to a file too, or with - to stdout, where nothing else then stands. Default: none.";
        CustomParser = OptionValue.TextParser(OptionName, Placeholder, Check);
        CompletionSources.Add(_ => [new CompletionItem(Stdout)]);
    }

    /// <summary>Whether stdout is for the figures alone.</summary>
    public bool TakesStdout(ParseResult line) => line.GetValue(this) == Stdout;

    /// <summary>Refuses a file that cannot be written before the work begins that its figures are of.</summary>
    /// <exception cref="UsageException">It is a folder, or in one that is not there and that <c>--out</c> does not make.</exception>
    public void Require(ParseResult line)
    {
        if (line.GetValue(this) is not string path || path == Stdout)
        {
            return;
        }

        if (Directory.Exists(path))
        {
            throw new UsageException($"{OptionName} {path}: is a folder; name a file in it");
        }

        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        string? made = line.CommandResult.Command.Options.OfType<Option<string?>>().FirstOrDefault(option => option.Name == "--out") is { } target
            ? line.GetValue(target)
            : null;
        if (!Directory.Exists(folder) && (made is null || Path.TrimEndingDirectorySeparator(Path.GetFullPath(made)) != folder))
        {
            throw new UsageException($"{OptionName} {path}: there is no folder {folder}");
        }
    }

    /// <summary>Writes the figures where they are asked for; nothing where they are not.</summary>
    /// <param name="line">The command line.</param>
    /// <param name="write">Writes one value.</param>
    /// <param name="stdout">Where <c>-</c> goes.</param>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public void Write(ParseResult line, Action<Utf8JsonWriter> write, TextWriter stdout)
    {
        switch (line.GetValue(this))
        {
            case null:
                break;
            case Stdout:
                stdout.Write(JsonFile.Text(write));
                break;
            case string path:
                JsonFile.Write(path, write);
                Console.Out.WriteLine();
                Console.Out.WriteLine($"written to {path}");
                break;
        }
    }

    private static void Check(string typed)
    {
        if (_taken.Contains(Path.GetFileName(typed)))
            throw new UserException($"{OptionName} {typed}: runs and sweeps have a file of that name; choose another");
        if (typed != Stdout && !typed.EndsWith(Extension, StringComparison.OrdinalIgnoreCase))
            throw new UserException($"{OptionName} {typed}: the name of the file has to end with {Extension}, or be - for stdout");
    }
}
