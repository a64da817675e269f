using System.CommandLine;
using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Imaging;

namespace GpuVae.CommandLine;

/// <summary><c>gpuvae interpolate</c>: the pictures on the way from the code of one image to that of another.</summary>
internal sealed class InterpolateCommand : RunVerb
{
    private const int DefaultSteps = 9;
    private const int MostSteps = 100;
    private const string Straight = "straight";
    private const string Spherical = "spherical";

    private static readonly int[] _defaultImages = [0, 1, 2, 3, 4];

    private static readonly Option<int[]?> _images = OptionValue.List(
        "--images",
        "The images to go between, by their numbers from 0: a row from the first to the second, one from there to the " +
        $"third, and so on. Default: {string.Join(',', _defaultImages)}.");

    private static readonly Option<int?> _steps = OptionValue.Whole(
        "--steps", $"Pictures in a row, both ends included. Default: {DefaultSteps}.");

    private static readonly Option<string?> _path = OptionValue.Text(
        "--path", $"{Straight}|{Spherical}",
        "The way between two codes: the shortest, or one that keeps their length, as draws from the prior have it. " +
        $"Default: {Straight}.");

    /// <summary>The verb.</summary>
    public InterpolateCommand()
        : base(
            "interpolate",
            "Walks from image to image through their codes.",
            "Encodes images and decodes the codes on the way from one to the next. Each row begins and ends with the " +
            "images themselves.",
            RunNeeds.Set | RunNeeds.Seed | RunNeeds.Show,
            Output("FILE", "PNG file to write. Default: a new interpolate.png in the run's images/."),
            [new OptionGroup("Options", [_images, _steps, _path])])
    {
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("gpuvae interpolate", "Four ways between the first five test images."),
        new("gpuvae interpolate --images 18,7 --steps 15 --path spherical", "One way in fifteen steps."),
    ];

    /// <inheritdoc/>
    protected override int Execute(ParseResult line)
    {
        int steps = InRange("--steps", line.GetValue(_steps) ?? DefaultSteps, 2, MostSteps);
        string path = line.GetValue(_path) ?? Straight;
        if (path is not Straight and not Spherical)
        {
            throw new UsageException($"--path {path}: unknown; choose from {Straight}, {Spherical}");
        }

        int[]? asked = line.GetResult(_images) is null ? null : line.GetRequiredValue(_images);
        if (asked is { Length: < 2 })
        {
            throw new UsageException($"--images {asked[0]}: a way needs two images at least, such as --images 0,1");
        }

        string? file = Out(line, ".png");
        using OpenedRun run = Open(line);
        int[] chosen = asked ?? [.. _defaultImages.Where(image => image < run.Images.Count)];
        foreach (int image in chosen)
        {
            InRange("--images", image, 0, run.Images.Count - 1);
        }

        Written(line, Draw(run, chosen, steps, path == Spherical, file));
        return ExitCode.Done;
    }

    private static string Draw(OpenedRun run, int[] chosen, int steps, bool isSpherical, string? file)
    {
        ImageSet ends = run.Images.Take(chosen);
        int units = run.Trained.Model.Units, dimensions = ends.Dimensions;
        using Codec codec = run.CreateCodec();
        float[] originals = codec.EncoderInputs(ends);
        float[] codes = codec.Encode(ends);
        var pictures = new List<float>();
        int rows = Math.Max(1, ends.Count - 1);
        for (int row = 0; row < rows; row++)
        {
            int next = Math.Min(row + 1, ends.Count - 1);
            ReadOnlySpan<float> from = codes.AsSpan(row * units, units);
            ReadOnlySpan<float> to = codes.AsSpan(next * units, units);
            pictures.AddRange(originals.AsSpan(row * dimensions, dimensions));
            pictures.AddRange(codec.Decode(
                isSpherical ? CodeGrids.SphericalInterpolation(from, to, steps) : CodeGrids.LinearInterpolation(from, to, steps)));
            pictures.AddRange(originals.AsSpan(next * dimensions, dimensions));
        }

        // Rows of images show themselves which they go between.
        string[] names =
            [.. Enumerable.Range(0, rows).Select(row => $"{chosen[row]} to {chosen[Math.Min(row + 1, chosen.Length - 1)]}")];
        IEnumerable<string> ways = Enumerable.Range(0, steps).Select(step => ReportText.Text($"{(double)step / (steps - 1):0.##}"));
        return PictureFile.Write(file, run.Trained, "interpolate", [.. pictures], rows, columns: steps + 2,
            new PictureLabels { Rows = ends.Height == 1 ? names : null, Columns = ["original", .. ways, "original"] });
    }
}
