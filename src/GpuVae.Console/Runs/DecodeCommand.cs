using System.CommandLine;
using GpuVae.Data;
using GpuVae.Evaluation;

namespace GpuVae.CommandLine;

/// <summary><c>gpuvae decode</c>: the pictures of codes that a file holds.</summary>
internal sealed class DecodeCommand : RunVerb
{
    private const int MostImages = 10_000;
    private const int ShownImages = 400;
    private const string PngExtension = ".png";

    private static readonly Argument<string> _codes = new("CODES")
    {
        Description = "File of codes as gpuvae encode writes it: .csv, or .npy of shape (N, units).",
    };

    private static readonly Option<int?> _limit = OptionValue.Whole(
        "--limit", $"Decodes only the first N codes. Default: all, of which a PNG shows {ShownImages}.");

    /// <summary>The verb.</summary>
    public DecodeCommand()
        : base(
            "decode",
            "Turns codes in a file into pictures.",
            "Decodes the codes of a file, one a row: those that gpuvae encode wrote, or others that were made from them. " +
            "Columns of σ, of labels and of where examples stand are left out. Writes the pictures side by side as PNG, or their numbers, in the units " +
            "of the data that the run was trained on, as CSV or as a NumPy array.",
            RunNeeds.Model | RunNeeds.Show,
            Output("FILE", "File to write: .png, .csv or .npy. Default: a new decode.png in the run's images/."),
            [new OptionGroup("Options", [_limit])],
            [_codes])
    {
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("gpuvae decode codes.csv", "By the newest run."),
        new("gpuvae decode codes.npy runs/plane --out pictures.npy", "By a run of its own, as numbers."),
    ];

    /// <inheritdoc/>
    protected override int Execute(ParseResult line)
    {
        int limit = InRange("--limit", line.GetValue(_limit) ?? int.MaxValue, 1, int.MaxValue);
        string? asked = Out(line, PngExtension, CodeFile.CsvExtension, CodeFile.NpyExtension);
        bool isPicture = asked is null || asked.EndsWith(PngExtension, StringComparison.OrdinalIgnoreCase);
        string file = line.GetRequiredValue(_codes);
        using OpenedRun run = Open(line);
        TrainedModel trained = run.Trained;
        int units = trained.Model.Units;
        float[] codes = CodeFile.Read(file, units);
        int count = Math.Min(codes.Length / units, limit);
        if (isPicture && line.GetValue(_limit) is not null && count > MostImages)
        {
            throw new UserException(
                $"{file}: {count} pictures are more than a PNG file can show; use --limit {MostImages}, or --out FILE.csv or FILE.npy");
        }

        if (isPicture && line.GetValue(_limit) is null && count > ShownImages)
        {
            Notice.Write(ReportText.Text(
                $"the picture shows the first {ShownImages:N0} of {count:N0} codes (--limit N says otherwise; --out FILE.csv or FILE.npy decodes all)"));
            count = ShownImages;
        }

        using Codec codec = run.CreateCodec();
        float[] images = codec.Decode(codes.AsSpan(0, count * units));
        if (isPicture)
        {
            Written(line, PictureFile.WriteSquare(asked, trained, "decode", images, count));
            return ExitCode.Done;
        }

        NumberFile.Write(asked!, trained, images);
        return ExitCode.Done;
    }
}
