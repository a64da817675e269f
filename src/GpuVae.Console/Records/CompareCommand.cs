using System.CommandLine;
using GpuVae.Files;
using GpuVae.Imaging;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary><c>gpuvae compare</c>: what tells runs apart, in settings, figures and pictures.</summary>
internal sealed class CompareCommand : Verb
{
    private const int MostRuns = 16;
    private const string Extension = ".png";

    private readonly Argument<string[]> _runs;
    private readonly Option<string?> _out;

    /// <summary>The verb.</summary>
    public CompareCommand()
        : this(
            new Argument<string[]>("RUN")
            {
                Arity = ArgumentArity.ZeroOrMore,
                Description = $"Folders of 2 to {MostRuns} runs; differences are from the first.",
            },
            OptionValue.Text(
                "--out", "FILE", "PNG file for their newest pictures side by side. Default: a new compare.png in the working folder."))
    {
    }

    private CompareCommand(Argument<string[]> runs, Option<string?> file)
        : base(
            "compare",
            "Says what tells runs apart.",
            "Compares runs: the settings in which they differ, the figures of their best and last epochs with the differences from the "
            + "first run, and where they have pictures a PNG with the newest of each side by side.",
            [new OptionGroup("Options", [file, new JsonOption()])])
    {
        (_runs, _out) = (runs, file);
        Add(runs);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("gpuvae compare runs/plane runs/wide", "Two runs."),
        new("gpuvae compare runs/a runs/b runs/c --json compare.json --out compare.png", "Three, for programs too."),
    ];

    /// <inheritdoc/>
    protected override int Execute(ParseResult line)
    {
        string[] paths = line.GetValue(_runs) ?? [];
        if (paths.Length is < 2 or > MostRuns)
        {
            throw new UsageException(ReportText.Text($"RUN: compare takes 2 to {MostRuns} runs, and {paths.Length} were given"));
        }

        TypedRuns.RequireDifferent(paths);
        string? file = line.GetValue(_out);
        if (file?.EndsWith(Extension, StringComparison.OrdinalIgnoreCase) == false)
        {
            throw new UsageException($"{_out.Name} {file}: the name of the file has to end with {Extension}");
        }

        RunComparison comparison = new([.. paths.Select(Open)]);
        comparison.Write();
        string? picture;
        try
        {
            picture = Draw(paths, file);
        }
        catch (UserException exception) when (file is null)
        {
            Notice.Write($"{exception.Message}; nothing is put side by side");
            picture = null;
        }

        if (picture is not null)
        {
            Console.Out.WriteLine();
            Console.Out.WriteLine($"written to {picture}");
        }

        WriteFigures(line, json => comparison.WriteTo(json, picture));
        return ExitCode.Done;
    }

    private static RunRecord Open(string path)
    {
        // What is no run is told as every verb tells it.
        RunFolder.Open(path);
        RunRecord run = RunRecord.Read(path);
        return run.Fault is null ? run : throw new UserException($"{path}: {run.Fault}");
    }

    /// <summary>Puts the pictures side by side; null where fewer than two runs have some.</summary>
    private static string? Draw(string[] paths, string? file)
    {
        IReadOnlyList<RunPicture>[] pictures = [.. paths.Select(path => RunFolder.Open(path).NewestPictures())];
        if (pictures.Count(each => each.Count > 0) < 2)
        {
            string without = paths[Array.FindIndex(pictures, each => each.Count == 0)];
            return file is null
                ? null
                : throw new UserException($"--out {file}: {without} has no pictures to put beside others; leave --out out");
        }

        string[] kinds = [.. pictures.SelectMany(each => each).Select(picture => picture.Kind).Distinct()];
        TablePicture?[][] rows =
        [
            .. kinds.Select(kind => Array.ConvertAll(
                pictures, each => each.FirstOrDefault(picture => picture.Kind == kind) is RunPicture newest
                    ? new TablePicture(newest.FullPath, ReportText.Text($"{newest.Kind}, epoch {newest.Epoch}"))
                    : null)),
        ];
        void Write(string path) => PictureTable.Write(path, paths, rows);
        return file is null
            ? Path.GetFileName(NewFile.Write(".", "compare", Extension, Write))
            : PictureFile.Write(file, ".", "compare", Write);
    }
}
