using System.CommandLine;
using GpuVae.Data;
using GpuVae.Evaluation;

namespace GpuVae.CommandLine;

/// <summary><c>gpuvae generate</c>: pictures that never were, decoded from draws of the prior.</summary>
internal sealed class GenerateCommand : RunVerb
{
    private const int DefaultCount = 100;
    private const int MostImages = 10_000;

    private static readonly Option<int?> _count = OptionValue.Whole(
        "--count", $"How many. Default: {DefaultCount}.");

    /// <summary>The verb.</summary>
    public GenerateCommand()
        : base(
            "generate",
            "Draws new images from a trained model.",
            "Draws codes from the prior N(0, I) and decodes them: images that the data never had. Needs a run that was " +
            "trained towards the prior, as a variational autoencoder is.",
            RunNeeds.Seed | RunNeeds.Show,
            Output("FILE", "File to write: .png, or .csv or .npy for numbers in the units of the data. Default: a new generate.png in the run's images/."),
            [new OptionGroup("Options", [_count])])
    {
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("gpuvae generate", "A hundred images from the newest run."),
        new("gpuvae generate runs/plane --count 25 --seed 7 --out new.png", "Twenty-five others from a run by its name."),
    ];

    /// <inheritdoc/>
    protected override int Execute(ParseResult line)
    {
        int count = InRange("--count", line.GetValue(_count) ?? DefaultCount, 1, MostImages);
        string? asked = Out(line, ".png", CodeFile.CsvExtension, CodeFile.NpyExtension);
        using OpenedRun run = Open(line);
        run.RequirePrior("generate");
        int units = run.Trained.Model.Units;
        using Codec codec = run.CreateCodec();
        float[] images = codec.Decode(CodeGrids.PriorSamples(count, units, run.Seed));
        if (NumberFile.Takes(asked))
        {
            NumberFile.Write(asked!, run.Trained, images);
            return ExitCode.Done;
        }

        Written(line, PictureFile.WriteSquare(asked, run.Trained, "generate", images, count));
        return ExitCode.Done;
    }
}
