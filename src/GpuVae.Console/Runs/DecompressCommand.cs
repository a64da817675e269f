using System.CommandLine;
using GpuVae.Compression;

namespace GpuVae.CommandLine;

/// <summary><c>gpuvae decompress</c>: the images that a compressed file holds.</summary>
internal sealed class DecompressCommand : RunVerb
{
    private static readonly Argument<string> _file = new("FILE")
    {
        Description = "File that gpuvae compress wrote.",
    };

    private static readonly Option<int[]?> _blocks = OptionValue.List(
        "--blocks", "Restores these blocks alone, counted from 0. Default: all.");

    private static readonly Option<bool> _partial = new("--partial")
    {
        Description = "Where blocks are damaged, writes the images of the others; else nothing is written then.",
    };

    /// <summary>The verb.</summary>
    public DecompressCommand()
        : base(
            "decompress",
            "Restores the images or the table of a compressed file.",
            "Restores every pixel of the images that gpuvae compress wrote, bit for bit, or the rows of a table, and checks them. The model is in the file, but " +
            "where it was written with --model-apart: then RUN follows.",
            RunNeeds.Model,
            Output(
                "FILE|FOLDER",
                "Where to: .npy for bytes as a NumPy array, .csv, a name that ends with -ubyte for IDX, or a folder for a PNG each. Default: the " +
                "name of the file with .npy, or .csv of a table, where there is none yet."),
            [
                new OptionGroup("Options", [_blocks, _partial, ThreadOption.Of]),
                new OptionGroup("Figures", [new JsonOption()]),
            ],
            [_file],
            "The run that the file was written with, where its model is not in it.")
    {
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("gpuvae decompress digits.gvz", "As digits.npy."),
        new("gpuvae decompress digits.gvz --blocks 3 --out digits/", "The images of one block, each as a PNG file."),
    ];

    /// <inheritdoc/>
    protected override int Execute(ParseResult line)
    {
        int threads = ThreadOption.Value(line);
        string path = line.GetRequiredValue(_file);
        var file = CompressedFile.Open(path);
        string target = Out(line, "") ?? FreeName(Path.ChangeExtension(path, file.Table is null ? ".npy" : ".csv"), file);
        int[]? blocks = line.GetResult(_blocks) is null ? null : line.GetValue(_blocks);
        RequireBlocks(blocks, file);
        TakeModel(line, file);
        RestoredOutput.Require(target, file);
        string example = file.Image.Height == 1 ? "row" : "image";

        int images = (blocks ?? [.. Enumerable.Range(0, file.Blocks.Count)]).Sum(block => file.Blocks[block].Images);
        RestoredImages restored;
        using (var progress = new ProgressLine(images, $"{example}s"))
        {
            restored = file.Restore(blocks, threads, done => CompressCommand.Report(progress, done));
        }

        if (restored.Damaged.Count > 0)
        {
            bool isPart = line.GetValue(_partial) && restored.Images.Length > 0;
            string first = restored.Damaged[0].Message;
            string more = restored.Damaged.Count == 1 ? "" : $", and {restored.Damaged.Count - 1} block{(restored.Damaged.Count == 2 ? "" : "s")} more";
            if (!isPart)
            {
                throw new UserException(restored.Images.Length == 0 ? first + more : $"{first}{more}; --partial restores the others");
            }

            foreach (CompressedFileException fault in restored.Damaged)
            {
                Failure.WriteLine($"warning: {fault.Message}");
            }
        }

        RestoredOutput.Write(target, file, restored);
        string kind = !file.IsBinary ? "" : RestoredOutput.HasNumbers(file) ? " of 0 and 1" : " of 0 and 255";
        string examples = restored.Images.Length == 1 ? $"1 {example}{kind}" : ReportText.Text($"{restored.Images.Length:N0} {example}s{kind}, each");
        WrappedText.WriteLine($"{examples} with the checksum that it was written with");
        if (file.IsLossy)
        {
            LossyText.WriteNotice(example);
        }
        else if (file.Table is not null)
        {
            WrappedText.WriteLine($"restored: {KeptColumns.Describe(file.Table)}");
        }

        Console.Out.WriteLine($"written to {target}");
        WriteFigures(line, json =>
        {
            json.WriteStartObject();
            json.WriteNumber("images", restored.Images.Length);
            json.WriteNumber("blocks", (blocks?.Length ?? file.Blocks.Count) - restored.Damaged.Count);
            json.WriteNumber("damaged_blocks", restored.Damaged.Count);
            json.WriteBoolean("lossy", file.IsLossy);
            if (file.Table is not null && !file.IsLossy)
            {
                json.WriteNumber("largest_error", file.Table.LargestError);
            }

            json.WriteEndObject();
        });
        return ExitCode.Done;
    }

    /// <summary>A name that nobody gave overwrites nothing.</summary>
    private static string FreeName(string path, CompressedFile file) => File.Exists(path) || Directory.Exists(path)
        ? throw new UserException($"{path}: is there already; say with --out where the {(file.Table is null ? "images" : "rows")} go")
        : path;

    private static void RequireBlocks(int[]? blocks, CompressedFile file)
    {
        foreach (int block in blocks ?? [])
        {
            if (block < 0 || block >= file.Blocks.Count)
            {
                throw new UsageException(
                    $"--blocks {block}: {file.FullPath} has {(file.Blocks.Count == 1 ? "one block, 0" : $"blocks 0 to {file.Blocks.Count - 1}")}");
            }
        }

        if (blocks is { Length: 0 } || blocks?.Distinct().Count() < blocks?.Length)
        {
            throw new UsageException("--blocks: name each block once");
        }
    }

    private void TakeModel(ParseResult line, CompressedFile file)
    {
        if (!file.NeedsModel)
        {
            if (Asked(line) is string run)
            {
                throw new UsageException($"{run}: {file.FullPath} has its model in it; leave the run out");
            }

            RequireNoRunOptions(line, $"{file.FullPath} has its model in it");
            return;
        }

        if (Asked(line) is null)
        {
            throw new UserException($"{file.FullPath}: its model is not in it; give the run \"{file.ModelName}\" behind the file");
        }

        using OpenedRun opened = Open(line);
        file.TakeModel(opened.Device, opened.Trained);
    }
}
