using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using GpuVae.Compression;
using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Kernels;

namespace GpuVae.CommandLine;

/// <summary><c>gpuvae compress</c>: images in as few bits as the model promises, without loss.</summary>
internal sealed class CompressCommand : RunVerb
{
    /// <summary>What names of compressed files end with.</summary>
    public const string Extension = ".gvz";

    private const int MostBlockSize = 1 << 28;

    private const string ErrorPrefix = "mse:";

    private static readonly Option<int?> _limit = OptionValue.Whole(
        "--limit", "Compresses only the first N images. Default: all.");

    private static readonly Option<int?> _blockSize = OptionValue.Whole(
        "--block-size",
        "Images of a block, which can be restored alone; damage loses one block. Each costs some dozens of bytes. Default: " +
        $"{CompressionOptions.DefaultBlockSize}.");

    private static readonly Option<int?> _blocks = OptionValue.Whole(
        "--blocks", "Blocks, in the place of their size. Default: as many as --block-size makes.");

    private static readonly Option<int?> _latentBits = OptionValue.Whole(
        "--latent-bits",
        "A number of a code is one of 2 to this power, equally probable: narrow posteriors need more, which cost the first image of a " +
        $"block; at most {CompressionOptions.MostBucketBits}. Default: {CompressionOptions.DefaultBucketBits}.");

    private static readonly Option<string?> _lossy = OptionValue.Text(
        "--lossy", "BITS|mse:ERROR",
        "Keeps codes in steps and not every number: with the least error that so many bits an example allow, header and index included, or " +
        "with the fewest bits that leave so large a mean squared error. Any code and likelihood will do. Default: nothing is lost.");

    private static readonly Option<string?> _plot = OptionValue.Text(
        "--plot", "FILE",
        "PNG file for a plot of the error over the size with --lossy, beside that of principal components and of JPEG and WebP. Default: none.");

    private static readonly Option<bool> _modelApart = new("--model-apart")
    {
        Description = "Leaves the model out of the file, which then needs the run to be read.",
    };

    /// <summary>The verb.</summary>
    public CompressCommand()
        : base(
            "compress",
            "Compresses images and tables, without loss or near to it.",
            "Compresses examples by bits-back coding: the file takes what the model's ELBO promises and a little, and gives every " +
            "pixel back exactly, on any machine. It needs a code that is drawn (diagonal or full) and a likelihood of whole numbers: " +
            "beta-binomial, logistic or logistic-mixture for bytes, or bernoulli with --binarize, of which pixels of 0 and 1 are kept. Rows of a table " +
            "(gaussian or laplace, and words) are exact to --precision, as numbers: 007 comes back as 7. With --lossy it keeps codes alone, of " +
            "any run. Labels are not kept.",
            RunNeeds.Set | RunNeeds.Seed,
            Output("FILE", $"File to write, {Extension}. Default: a new images{Extension}, or rows{Extension} of a table, in the run."),
            [
                new OptionGroup("Options", [_limit, _lossy, PrecisionOption.Of, _blockSize, _blocks, _latentBits, _modelApart, ThreadOption.Of]),
                new OptionGroup("Figures", [_plot, new JsonOption()]),
            ])
    {
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("gpuvae compress --out digits.gvz", "The test images of the newest run, with its model."),
        new("gpuvae compress runs/cars --data cars.csv --precision 1e-3,heat=0.1", "A table, its real numbers to the nearest thousandth, heat to a tenth."),
        new("gpuvae compress runs/digits --lossy 50 --plot size.png", "Images near to what they were, in 50 bits each, and what other sizes leave."),
        new("gpuvae compress runs/plane --data more/ --model-apart --out more.gvz", "Others, for somebody who has the run."),
    ];

    /// <inheritdoc/>
    protected override int Execute(ParseResult line)
    {
        int limit = InRange("--limit", line.GetValue(_limit) ?? int.MaxValue, 1, int.MaxValue);
        int? blocks = line.GetValue(_blocks) is int asked ? InRange("--blocks", asked, 1, MostBlockSize) : null;
        if (blocks is not null && line.GetValue(_blockSize) is not null)
        {
            throw new UsageException("--blocks: --block-size says how many there are; leave one of the two out");
        }

        if (line.GetValue(_lossy) is not null && line.GetValue(_latentBits) is not null)
        {
            throw new UsageException("--latent-bits: is for codes that are drawn, and --lossy keeps their means in steps of its own; leave one of the two out");
        }

        var options = new CompressionOptions
        {
            BlockSize = InRange("--block-size", line.GetValue(_blockSize) ?? CompressionOptions.DefaultBlockSize, 1, MostBlockSize),
            BucketBits = InRange(
                "--latent-bits", line.GetValue(_latentBits) ?? CompressionOptions.DefaultBucketBits, 1, CompressionOptions.MostBucketBits),
            Threads = ThreadOption.Value(line),
            IsModelApart = line.GetValue(_modelApart),
            Lossy = line.GetValue(_lossy) is string lossy ? TargetOf(lossy) : null,
        };
        string? path = Out(line, Extension), plot = PlotPath(line, options);
        using OpenedRun run = Open(line);
        TrainedModel trained = run.Trained;
        bool isTable = TableCompressor.Takes(trained);
        (double? precision, IReadOnlyList<(string Column, double Precision)> own) = Precision(line, trained, isTable);
        run.KeepsRead = isTable;
        ImageSet images = (isTable ? run.ImagesAsRead : run.Images).Take(limit);
        if (own.Count > 0)
        {
            options = options with { ColumnPrecisions = PrecisionOption.ByName(own, trained) };
        }

        if (blocks is int count)
        {
            options = options with { BlockSize = ((images.Count - 1) / count) + 1 };
        }

        CompressionReport? report = null;
        void Compress(string file)
        {
            using var progress = new ProgressLine(images.Count, $"{ReportText.ExampleOf(images)}s");
            report = isTable
                ? TableCompressor.Compress(file, run.Device, trained, images, precision, options, done => Report(progress, done), run.DataSource)
                : ImageCompressor.Compress(file, run.Device, trained, images, run.Seed, options, done => Report(progress, done));
        }

        if (path is null)
        {
            path = Files.NewFile.Write(trained.Folder.FullPath, isTable ? "rows" : "images", Extension, Compress);
        }
        else
        {
            Compress(path);
        }

        WriteTable(report!, run, path);
        IReadOnlyList<RateCurve> curves = [];
        if (plot is not null)
        {
            curves = RatePlot.Write(plot, run, limit);
            Console.Out.WriteLine($"plot: {plot}");
        }

        WriteFigures(line, json => WriteJson(json, report!, run, curves));
        return ExitCode.Done;
    }

    /// <summary>What <c>--lossy</c> says.</summary>
    private static LossyTarget TargetOf(string typed)
    {
        bool isError = typed.StartsWith(ErrorPrefix, StringComparison.Ordinal);
        string number = isError ? typed[ErrorPrefix.Length..] : typed;
        if (!double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) || !(value > 0 && double.IsFinite(value)))
        {
            throw new UsageException($"--lossy {typed}: give bits of an example, such as 80, or a mean squared error, such as {ErrorPrefix}0.01");
        }

        if (!isError && value < 1)
        {
            throw new UsageException($"--lossy {typed}: is less than a bit an example; for a mean squared error write --lossy {ErrorPrefix}{typed}");
        }

        return isError ? LossyTarget.SquaredError(value) : LossyTarget.Bits(value);
    }

    private static string? PlotPath(ParseResult line, CompressionOptions options)
    {
        if (line.GetValue(_plot) is not string path)
        {
            return null;
        }

        if (options.Lossy is null)
        {
            throw new UsageException("--plot: shows what --lossy loses at each size; say with --lossy what this file is to lose, such as --lossy 80");
        }

        if (!path.EndsWith(".png", StringComparison.OrdinalIgnoreCase))
        {
            throw new UsageException($"--plot {path}: the name has to end with .png");
        }

        RequirePlace(path);
        return path;
    }

    /// <summary>A line that several threads report to.</summary>
    internal static void Report(ProgressLine progress, int done)
    {
        lock (progress)
        {
            progress.Report(done);
        }
    }

    /// <summary>How much more than −ELBO a file takes: <c>1.05 % above</c>, or <c>3.2 times</c>.</summary>
    internal static string Excess(CompressionReport report) => report.Excess >= 1
        ? ReportText.Text($"{report.Excess + 1:N1} times")
        : ReportText.Text($"{100 * Math.Abs(report.Excess):F2} % {(report.Excess < 0 ? "below" : "above")}");

    private static (double? All, IReadOnlyList<(string Column, double Precision)> Own) Precision(ParseResult line, TrainedModel trained, bool isTable)
    {
        (double? All, IReadOnlyList<(string Column, double Precision)> Own) typed = PrecisionOption.Value(line);
        return isTable || (typed.All is null && typed.Own.Count == 0)
            ? typed
            : throw new UsageException($"--precision: is for rows of real numbers, and {trained.Folder.FullPath} is a run of others; leave it out");
    }

    private static void WriteLeftOut(CompressionReport report, OpenedRun run)
    {
        if (report.Table is not null && KeptColumns.LeftOut(run.Trained.Configuration, run.Images.Labels is not null) is string left)
        {
            WrappedText.WriteLine($"not kept: {left}");
        }
    }

    private static void WriteTable(CompressionReport report, OpenedRun run, string path)
    {
        string example = ReportText.ExampleOf(run.Images), unit = ReportText.NumberOf(run.Images);
        WrappedText.WriteLine(ReportText.Text(
            $"{run.Trained.Folder.FullPath} on {report.Images:N0} {run.SetName} {example}{(report.Images == 1 ? "" : "s")} of {run.DataName}, in {report.Blocks:N0} block{(report.Blocks == 1 ? "" : "s")}"));
        if (run.Trained.Encoding != PixelEncoding.Scaled)
        {
            WrappedText.WriteLine(
                report.Lossy is null
                    ? $"what is kept of a pixel is 0 or 1, as --binarize {run.Trained.Configuration.Binarize} makes it: grey values are gone"
                    : $"a pixel is 0 or 1, as --binarize {run.Trained.Configuration.Binarize} makes it: errors are those from these");
        }

        if (report.Lossy is not null)
        {
            LossyText.WriteNotice(example);
            WriteLeftOut(report, run);
            Console.Out.WriteLine();
            LossyText.Write(report, example, unit);
            Console.Out.WriteLine();
            Console.Out.WriteLine($"written to {path}");
            return;
        }

        if (report.Table is CompressedTable kept)
        {
            WrappedText.WriteLine($"kept: {KeptColumns.Describe(kept)}");
            WriteLeftOut(report, run);
        }

        Console.Out.WriteLine();
        long models = report.ModelBytes;
        List<string[]> rows = [];
        void Add(string name, long bytes, string what) => rows.Add([name, ReportText.Text($"{bytes:N0}"), what]);
        Add("file", report.FileBytes, "bytes");
        Add("  model", models, models == 0 ? "it lies elsewhere: the run is needed to read the file" : $"the same for any number of {example}s");
        Add(
            $"  {example}s", report.DataBytes,
            ReportText.Text(
                $"{report.BitsPerDimension:F4} bits a {unit}, {Excess(report)} −ELBO"));
        Add("    first ones", report.SuppliedBytes, "a block begins with no bits to be given back");
        Add("    index", report.HeaderBytes, report.Table is null ? "" : "with what is in the columns");
        Add(
            "−ELBO", (long)Math.Ceiling(report.BoundBits / 8),
            ReportText.Text($"{report.BoundBitsPerDimension:F4} bits a {unit}, by the codes that were drawn"));
        Add("uncompressed", report.OriginalBytes, report.Table is not null ? "4 bytes for each number" + (report.Table.HasWords ? ", 1 for a word" : "")
            : report.OriginalBytes < (long)report.Images * report.Dimensions ? $"a bit for each {unit}"
            : $"a byte for each {unit}");
        TextTable.Write(["", "", ""], rows, numbers: 1);
        Console.Out.WriteLine();
        Console.Out.WriteLine($"written to {path}");
    }

    private static void WriteJson(Utf8JsonWriter json, CompressionReport report, OpenedRun run, IReadOnlyList<RateCurve> curves)
    {
        json.WriteStartObject();
        json.WriteString("run", Path.GetFileName(run.Trained.Folder.FullPath));
        json.WriteString("data", $"{run.DataName}, {run.SetName}");
        json.WriteString("binarize", run.Trained.Configuration.Binarize);
        json.WriteNumber("images", report.Images);
        json.WriteNumber("dimensions", report.Dimensions);
        json.WriteNumber("blocks", report.Blocks);
        json.WriteNumber("file_bytes", report.FileBytes);
        json.WriteNumber("model_bytes", report.ModelBytes);
        json.WriteNumber("data_bytes", report.DataBytes);
        json.WriteNumber("first_image_bytes", report.SuppliedBytes);
        json.WriteNumber("index_bytes", report.HeaderBytes);
        json.WriteNumber("uncompressed_bytes", report.OriginalBytes);
        json.WriteNumber("bits_per_dimension", report.BitsPerDimension);
        if (report.Lossy is null)
        {
            json.WriteNumber("bound_bits_per_dimension", report.BoundBitsPerDimension);
            json.WriteNumber("excess", report.Excess);
        }
        else
        {
            LossyText.WriteJson(json, report, curves);
        }

        if (report.Table is CompressedTable table)
        {
            json.WriteNumber("columns", table.ColumnNames.Count);
            json.WriteNumber("exact_columns", table.ExactColumns);
            json.WriteNumber("largest_error", table.LargestError);
            json.WriteStartArray("rounded_columns");
            foreach ((string name, double precision) in table.ColumnNames.Zip(table.Precisions).Where(column => column.Second > 0))
            {
                json.WriteStartObject();
                json.WriteString("column", name);
                json.WriteNumber("precision", precision);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }
}
