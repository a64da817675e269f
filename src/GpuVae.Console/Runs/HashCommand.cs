using System.CommandLine;
using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Files;
using GpuVae.Imaging;
using GpuVae.Kernels;

namespace GpuVae.CommandLine;

/// <summary><c>gpuvae hash</c>: images to binary codes, and how well these find images of the same label.</summary>
internal sealed class HashCommand : RunVerb
{
    private const int DefaultNearest = 100;
    private const string TrainSet = "train";
    private const string TestSet = "test";

    private static readonly Option<string?> _codes = OptionValue.Text(
        "--codes", $"{TrainSet}|{TestSet}", $"Whose codes --out writes. Default: {TrainSet}.");

    private static readonly Option<int?> _nearest = OptionValue.Whole(
        "--nearest", $"How many of the nearest images precision looks at. Default: {DefaultNearest}.");

    /// <summary>The verb.</summary>
    public HashCommand()
        : base(
            "hash",
            "Turns images into binary codes and measures search by them.",
            "Encodes images with a run of binary code, thresholds the codes at one half and writes them to a file. Where " +
            "the images have labels, test images are searched for among the training images by Hamming distance: " +
            "precision among the nearest, and a curve of precision over recall, beside codes of random hyperplanes with " +
            "the same number of bits.",
            RunNeeds.Data | RunNeeds.Seed,
            Output("FILE", "File for the codes: .npy (64-bit words, the lowest bit first) or .csv (a column a bit). Default: none."),
            [new OptionGroup("Options", [_codes, _nearest, new JsonOption()])])
    {
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("gpuvae hash runs/hash --out codes.npy", "The codes of the training images, and how well they search."),
        new("gpuvae hash runs/hash --codes test --out codes.csv", "Those of the test images, as a table."),
    ];

    /// <inheritdoc/>
    protected override int Execute(ParseResult line)
    {
        string? path = Out(line, ".npy", ".csv");
        string which = line.GetValue(_codes) ?? TrainSet;
        if (which is not TrainSet and not TestSet)
        {
            throw new UsageException($"--codes {which}: unknown; choose from {TrainSet}, {TestSet}");
        }

        using OpenedRun run = Open(line);
        using var hashes = new RunHashes(run, "hash");
        ImageSet train = hashes.Train, test = run.Data.Test;
        int nearest = InRange(
            "--nearest", line.GetValue(_nearest) ?? Math.Min(DefaultNearest, train.Count), 1, train.Count);
        HashedImages queries = hashes.Hash(test);
        WrappedText.WriteLine(ReportText.Text(
            $"codes of {queries.Codes.Bits} bits: {100 * queries.Saturation:F1} % of the activations of the test images are within {HashedImages.Margin} of 0 or 1"));
        double milliseconds = SearchTime.Median(queries.Codes, hashes.Hashed.Codes, nearest);
        WrappedText.WriteLine(SearchTime.Text(milliseconds, hashes.Hashed.Codes));
        HashFigures figures = new(queries.Codes.Bits, queries.Saturation, hashes.Hashed.Codes.Count, milliseconds);
        if (path is not null)
        {
            bool training = which == TrainSet;
            Write(path, (training ? hashes.Hashed : queries).Codes, training ? train : test);
            Console.Out.WriteLine($"codes written to {path}");
        }

        if (train.Labels is null || test.Labels is null || train.Labelled().Count == 0 || test.Labelled().Count == 0)
        {
            WrappedText.WriteLine("no labels: nothing says which of the images found are right");
            WriteFigures(line, figures.WriteTo);
            return ExitCode.Done;
        }

        if (ReferenceEquals(train, test))
        {
            WrappedText.WriteLine("no test part: every image would find itself");
            WriteFigures(line, figures.WriteTo);
            return ExitCode.Done;
        }

        // Nothing says whether an example without a label is right.
        (ImageSet among, ImageSet sought) = (train.Labelled(), test.Labelled());
        int unlabelled = train.Count + test.Count - among.Count - sought.Count;
        if (unlabelled > 0)
        {
            WrappedText.WriteLine(ReportText.Text($"{unlabelled:N0} examples without a label take no part in precision"));
        }

        figures = figures with
        {
            Precision = Measure(
                run, (among, ReferenceEquals(among, train) ? hashes.Hashed.Codes : hashes.Hash(among).Codes),
                (sought, ReferenceEquals(sought, test) ? queries.Codes : hashes.Hash(sought).Codes), Math.Min(nearest, among.Count)),
        };
        WriteFigures(line, figures.WriteTo);
        return ExitCode.Done;
    }

    private static RetrievalPrecision Measure(
        OpenedRun run, (ImageSet Images, BitCodes Codes) among, (ImageSet Images, BitCodes Codes) sought, int nearest)
    {
        (ImageSet train, BitCodes codes) = among;
        (ImageSet test, BitCodes queries) = sought;
        RetrievalQuality learned = RetrievalMetrics.Evaluate(queries, test.Labels!, codes, train.Labels!, nearest);
        using var hyperplanes = new RandomHyperplanes(
            run.Device, PixelEncodings.Means(train, PixelEncoding.Scaled), codes.Bits, run.Seed);
        RetrievalQuality random = RetrievalMetrics.Evaluate(
            hyperplanes.Hash(test), test.Labels!, hyperplanes.Hash(train), train.Labels!, nearest);

        string path = NewFile.Write(run.Trained.Folder.ImagesPath, "hash", ".png", picture => RetrievalPlot.Write(
            picture, "learned codes", [.. learned.Curve.Select(point => (point.Recall, point.Precision))],
            "random hyperplanes", [.. random.Curve.Select(point => (point.Recall, point.Precision))]));
        Console.Out.WriteLine();
        TextTable.Write(
            ["bits from", ReportText.Text($"precision@{nearest}")],
            [
                ["learned codes", ReportText.Text($"{learned.PrecisionAtK:F4}")],
                ["random hyperplanes", ReportText.Text($"{random.PrecisionAtK:F4}")],
            ],
            numbers: 1);
        Console.Out.WriteLine();
        Console.Out.WriteLine($"precision over recall written to {path}");
        if (learned.PrecisionAtK <= random.PrecisionAtK)
        {
            Notice.Write(
                "the learned codes find no more images of the same label than random hyperplanes do: train longer with --epochs, or with "
                + "another --code-noise, --latent or --hidden");
        }

        return new RetrievalPrecision(nearest, learned.PrecisionAtK, random.PrecisionAtK, path);
    }

    private static void Write(string path, BitCodes codes, ImageSet images)
    {
        if (path.EndsWith(".npy", StringComparison.OrdinalIgnoreCase))
        {
            Npy.Write<ulong>(path, codes.Words.ToArray(), codes.Count, codes.WordsPerCode);
            return;
        }

        IEnumerable<int> bits = Enumerable.Range(0, codes.Bits);
        string[] columns = [.. bits.Select(bit => $"bit_{bit}")];
        Csv.Write(
            path,
            [.. ExampleColumns.Names(images, columns), .. columns],
            Enumerable.Range(0, codes.Count).Select(string[] (i) =>
            [
                .. ExampleColumns.Cells(images, i),
                .. bits.Select(bit => codes.Bit(i, bit) ? "1" : "0"),
            ]));
    }
}
