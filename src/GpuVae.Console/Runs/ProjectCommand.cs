using System.CommandLine;
using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Imaging;

namespace GpuVae.CommandLine;

/// <summary><c>gpuvae project</c>: the codes of images as points of a plane.</summary>
internal sealed class ProjectCommand : RunVerb
{
    private static readonly Option<int?> _limit = OptionValue.Whole(
        "--limit", "Uses only the first N images. Default: all.");

    /// <summary>The verb.</summary>
    public ProjectCommand()
        : base(
            "project",
            "Plots codes as points, coloured by label.",
            "Encodes images and plots their mean codes as points: the code itself where it has two units, else its two " +
            "principal components, with the part of the variance that each explains. Labels, where there are any, give " +
            "the colours.",
            RunNeeds.Set | RunNeeds.Seed | RunNeeds.Show,
            Output("FILE", "PNG file to write. Default: a new project.png in the run's images/."),
            [new OptionGroup("Options", [_limit, new JsonOption()])])
    {
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("gpuvae project", "The test images of the newest run."),
        new("gpuvae project runs/plane --set train --limit 5000 --out codes.png", "Some of those that training saw."),
    ];

    /// <inheritdoc/>
    protected override int Execute(ParseResult line)
    {
        int limit = InRange("--limit", line.GetValue(_limit) ?? int.MaxValue, 1, int.MaxValue);
        string? asked = Out(line, ".png");
        using OpenedRun run = Open(line);
        ImageSet images = run.Images.Take(limit);
        using Codec codec = run.CreateCodec();
        float[] codes = codec.Encode(images);
        int units = run.Trained.Model.Units;
        PrincipalComponents? components = units <= 2 ? null : PrincipalComponents.Of(codes, units);
        ((double[] X, double[] Y) points, (string X, string Y) axes) = components is null ? Units(codes, units) : Components(codes, components);

        string path = PictureFile.Write(
            asked, run.Trained.Folder.ImagesPath, "project",
            picture => CodeScatter.Write(picture, points, images.Labels, images.LabelNames, axes));
        WrappedText.WriteLine($"{axes.X}; {axes.Y}");
        Written(line, path);
        WriteFigures(line, json =>
        {
            json.WriteStartObject();
            json.WriteNumber("examples", images.Count);
            json.WriteNumber("units", units);
            json.WriteStartArray("explained_variance");
            for (int component = 0; component < 2 && components is not null; component++)
            {
                json.WriteNumberValue(components.ExplainedVariance(component));
            }

            json.WriteEndArray();
            json.WriteString("picture", path);
            json.WriteEndObject();
        });
        return ExitCode.Done;
    }

    /// <summary>The code itself; one of a single unit lies on a line.</summary>
    private static ((double[] X, double[] Y) Points, (string X, string Y) Axes) Units(float[] codes, int units)
    {
        double[] Column(int unit) =>
            [.. Enumerable.Range(0, codes.Length / units).Select(row => (double)codes[(row * units) + unit])];
        return units == 1
            ? ((Column(0), new double[codes.Length]), ("unit 0", "the code has no other unit"))
            : ((Column(0), Column(1)), ("unit 0", "unit 1"));
    }

    private static ((double[] X, double[] Y) Points, (string X, string Y) Axes) Components(
        float[] codes, PrincipalComponents components)
    {
        string Name(int component) => ReportText.Text(
            $"principal component {component + 1} ({100 * components.ExplainedVariance(component):F1} % of the variance)");
        return ((components.Project(codes, 0), components.Project(codes, 1)), (Name(0), Name(1)));
    }
}
