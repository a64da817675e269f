using System.CommandLine;
using GpuVae.Evaluation;

namespace GpuVae.CommandLine;

/// <summary><c>gpuvae manifold</c>: the plane of two units of a code, picture by picture.</summary>
internal sealed class ManifoldCommand : RunVerb
{
    private const int DefaultSide = 20;
    private const int LargestSide = 100;

    private static readonly Option<int[]?> _units = OptionValue.List(
        "--units",
        "Two units by their numbers from 0; the first grows to the right, the second upwards, the others stay at their " +
        "mean. Default: 0,1 where a code has two.");

    private static readonly Option<int?> _side = OptionValue.Whole(
        "--side", $"Pictures in a row and in a column. Default: {DefaultSide}.");

    /// <summary>The verb.</summary>
    public ManifoldCommand()
        : base(
            "manifold",
            "Draws the plane of two units of the code.",
            "Decodes a square of codes: two units go through their quantiles from 0.05 to 0.95. Quantiles are those of " +
            "the prior N(0, 1), or of the images' codes where training had no prior.",
            RunNeeds.Set | RunNeeds.Seed | RunNeeds.Show,
            Output("FILE", "PNG file to write. Default: a new manifold.png in the run's images/."),
            [new OptionGroup("Options", [_units, _side])])
    {
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("gpuvae manifold runs/plane", "All that a model with two units can draw."),
        new("gpuvae manifold --units 3,5 --side 12", "A plane through the codes of a larger model."),
    ];

    /// <inheritdoc/>
    protected override int Execute(ParseResult line)
    {
        int side = InRange("--side", line.GetValue(_side) ?? DefaultSide, 2, LargestSide);
        int[]? asked = line.GetResult(_units) is null ? null : line.GetRequiredValue(_units);
        if (asked is not null && asked.Length != 2)
        {
            throw new UsageException($"--units {string.Join(',', asked)}: a plane has two units, such as --units 0,1");
        }

        string? file = Out(line, ".png");
        using OpenedRun run = Open(line);
        int count = run.Trained.Model.Units;
        if (asked is null && count != 2)
        {
            throw new UsageException($"--units: a code of this run has {count} units; name two of them, such as --units 0,1");
        }

        int[] units = asked ?? [0, 1];
        RequireUnits("--units", units, count);
        using Codec codec = run.CreateCodec();
        var values = new UnitValues(run, codec);
        float[] right = values.Quantiles(units[0], side), up = values.Quantiles(units[1], side);
        float[] codes = CodeGrids.Plane(values.Center(), units[0], units[1], right, up);
        Written(line, PictureFile.Write(
            file, run.Trained, "manifold", codec.Decode(codes), rows: side, columns: side, CodeLabels.Plane(units[0], units[1], right, up)));
        return ExitCode.Done;
    }
}
