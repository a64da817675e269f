using System.CommandLine;
using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Imaging;

namespace GpuVae.CommandLine;

/// <summary><c>gpuvae reconstruct</c>: images above, and what is left of them after their way through a code below.</summary>
internal sealed class ReconstructCommand : RunVerb
{
    private const int DefaultCount = 10;
    private const int MostImages = 10_000;
    private const int Columns = 10;

    private static readonly string[] _versions = ["original", "reconstruction"];

    private static readonly Option<int?> _count = OptionValue.Whole(
        "--count", $"How many images. Default: {DefaultCount}.");

    private static readonly Option<int?> _first = OptionValue.Whole(
        "--first", "The first of them, counted from 0. Default: 0.");

    /// <summary>The verb.</summary>
    public ReconstructCommand()
        : base(
            "reconstruct",
            "Shows images over their reconstructions.",
            "Encodes images, decodes their mean codes, and draws the images as the encoder saw them with their " +
            "reconstructions below, ten in a row.",
            RunNeeds.Set | RunNeeds.Seed | RunNeeds.Show,
            Output("FILE", "File to write: .png, or .csv or .npy for the reconstructions as numbers, a row of CSV beginning with where its example stands. Default: a new reconstruct.png in the run's images/."),
            [new OptionGroup("Options", [_count, _first])])
    {
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("gpuvae reconstruct", "The first ten test images of the newest run."),
        new("gpuvae reconstruct runs/plane --first 200 --count 30", "Three times ten others."),
    ];

    /// <inheritdoc/>
    protected override int Execute(ParseResult line)
    {
        int count = InRange("--count", line.GetValue(_count) ?? DefaultCount, 1, MostImages);
        int first = line.GetValue(_first) ?? 0;
        string? asked = Out(line, ".png", CodeFile.CsvExtension, CodeFile.NpyExtension);
        using OpenedRun run = Open(line);
        InRange("--first", first, 0, run.Images.Count - 1);
        count = Math.Min(count, run.Images.Count - first);

        ImageSet images = run.Images.Take([.. Enumerable.Range(first, count)]);
        using Codec codec = run.CreateCodec();
        float[] originals = codec.EncoderInputs(images);
        float[] reconstructions = codec.Decode(codec.Encode(images));
        if (NumberFile.Takes(asked))
        {
            NumberFile.Write(asked!, run.Trained, reconstructions, images, first);
            return ExitCode.Done;
        }

        int columns = Math.Min(Columns, count);
        float[] pairs = Interleave(originals, reconstructions, columns * images.Dimensions);
        Written(line, PictureFile.Write(
            asked, run.Trained, "reconstruct", pairs, rows: pairs.Length / (columns * images.Dimensions), columns,
            new PictureLabels { Versions = _versions }));
        return ExitCode.Done;
    }

    /// <summary>A row of the one, a row of the other, and so on; the last rows are filled up with zeros.</summary>
    private static float[] Interleave(float[] upper, float[] lower, int rowLength)
    {
        int rows = (upper.Length + rowLength - 1) / rowLength;
        var rowsOfBoth = new float[checked(2 * rows * rowLength)];
        for (int row = 0; row < rows; row++)
        {
            int start = row * rowLength;
            int length = Math.Min(rowLength, upper.Length - start);
            upper.AsSpan(start, length).CopyTo(rowsOfBoth.AsSpan(2 * start));
            lower.AsSpan(start, length).CopyTo(rowsOfBoth.AsSpan((2 * start) + rowLength));
        }

        return rowsOfBoth;
    }
}
