using System.CommandLine;
using GpuVae.Evaluation;
using GpuVae.Imaging;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary><c>gpuvae traverse</c>: what each unit of a code does, a row for each.</summary>
internal sealed class TraverseCommand : RunVerb
{
    private const int DefaultSteps = 11;
    private const int MostSteps = 100;
    private const int MostRows = 200;
    private const int RowsUnasked = 32; // more are a picture of several screens
    private const int ImagesLookedAt = 1000;

    private static readonly Option<int[]?> _units = OptionValue.List(
        "--units", $"Which units, by their numbers from 0. Default: all, or the {RowsUnasked} that differ most between images.");

    private static readonly Option<int?> _image = OptionValue.Whole(
        "--image",
        "The image whose code the other units keep, counted from 0. Default: none; they stay at the mean of the prior.");

    private static readonly Option<int?> _steps = OptionValue.Whole(
        "--steps", $"Pictures in a row. Default: {DefaultSteps}.");

    /// <summary>The verb.</summary>
    public TraverseCommand()
        : base(
            "traverse",
            "Moves one unit of the code at a time.",
            "Draws a row for each unit of the code: it goes through its quantiles from 0.05 to 0.95 while the others " +
            "stay. Quantiles are those of the prior N(0, 1), or of the images' codes where training had no prior. A row " +
            "that does not change belongs to a unit that the model does not use.",
            RunNeeds.Set | RunNeeds.Seed | RunNeeds.Show,
            Output("FILE", "PNG file to write. Default: a new traverse.png in the run's images/."),
            [new OptionGroup("Options", [_units, _image, _steps])])
    {
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("gpuvae traverse", "Every unit of the newest run."),
        new("gpuvae traverse --units 3,5,8 --image 4", "Three units, starting from the code of an image."),
    ];

    /// <inheritdoc/>
    protected override int Execute(ParseResult line)
    {
        int steps = InRange("--steps", line.GetValue(_steps) ?? DefaultSteps, 2, MostSteps);
        int[]? asked = line.GetResult(_units) is null ? null : line.GetRequiredValue(_units);
        string? file = Out(line, ".png");
        using OpenedRun run = Open(line);
        int count = run.Trained.Model.Units;
        if (asked?.Length > MostRows)
        {
            throw new UsageException($"--units: {asked.Length} rows are more than a picture can show; name up to {MostRows} units");
        }

        RequireUnits("--units", asked ?? [], count);
        using Codec codec = run.CreateCodec();
        int[] units = asked ?? MostVaried(run, codec, count);
        var values = new UnitValues(run, codec);
        float[] center = values.Center();
        if (line.GetValue(_image) is int image)
        {
            InRange("--image", image, 0, run.Images.Count - 1);
            center = codec.Encode(run.Images.Take([image]));
        }

        float[] codes = CodeGrids.Traversal(center, units, unit => values.Quantiles(unit, steps));
        Written(line, PictureFile.Write(
            file, run.Trained, "traverse", codec.Decode(codes), rows: units.Length, columns: steps,
            new PictureLabels { Rows = Names(run.Trained, units), Columns = values.Names(steps) }));
        if (units.Length < count && asked is null)
        {
            WrappedText.WriteLine(ReportText.Text(
                $"the {units.Length} of {count} units whose codes differ most; --units 0,1,2 names others"));
        }

        return ExitCode.Done;
    }

    private static int[] MostVaried(OpenedRun run, Codec codec, int count)
    {
        if (count <= RowsUnasked)
        {
            return [.. Enumerable.Range(0, count)];
        }

        double[] variances = CodeUse.VariancesOf(codec.Encode(run.Images.Take(ImagesLookedAt)), count);
        return [.. Enumerable.Range(0, count).OrderByDescending(unit => variances[unit]).Take(RowsUnasked).Order()];
    }

    /// <summary>Units by their numbers, with their KL where the run measured it with these weights.</summary>
    private static string[] Names(TrainedModel trained, int[] units)
    {
        IReadOnlyList<float>? divergences = RunRecord.Read(trained.Folder.FullPath).Epochs.FirstOrDefault(epoch => epoch.Epoch == trained.Epoch)?.UnitKl;
        return Array.ConvertAll(units, unit => divergences?.Count == trained.Model.Units
            ? ReportText.Text($"unit {unit}: KL {divergences[unit]:F2}")
            : ReportText.Text($"unit {unit}"));
    }
}
