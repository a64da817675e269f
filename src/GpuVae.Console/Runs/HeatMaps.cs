using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Files;
using GpuVae.Imaging;

namespace GpuVae.CommandLine;

/// <summary>Where in pictures a model is surprised: pictures of it, and how well that finds defects whose places are known.</summary>
/// <param name="run">The run.</param>
/// <param name="pictures">What was scored.</param>
/// <param name="maskOf">The mask of a picture, (H·W), true for a defect; null where nobody knows.</param>
internal sealed class HeatMaps(OpenedRun run, ImageSet pictures, Func<int, bool[]>? maskOf)
{
    private const int PicturesAtOnce = 256;
    private const int MostInOverview = 10;
    private const int LongestName = 60;
    private const string NumbersName = "heat.npy";
    private const string Unit = "nats";

    private readonly PixelScorer _scorer = new(run.Device, run.Trained.Model, run.Trained.Encoding, run.Seed);

    /// <summary>Whether a run is of pictures, which have places.</summary>
    public static bool IsOf(OpenedRun run) => run.Trained.Height > 1;

    /// <summary>Whether it is known where defects are.</summary>
    public bool HasMasks => maskOf is not null;

    /// <summary>
    /// Writes a picture for each of the strangest examples, smoothed (<see cref="HeatSmoothing"/>), the heat of their pixels as it is
    /// into a file of numbers beside them, and a picture of the first of them side by side.
    /// </summary>
    /// <param name="detected">The scores of all examples.</param>
    /// <param name="most">How many pictures at most.</param>
    /// <param name="scorePath">The file of the scores; the folder of the pictures is called by it.</param>
    /// <returns>The folder, and the picture of the first.</returns>
    public (string Folder, string Overview) Write(DetectedScores detected, int most, string scorePath)
    {
        int[] strangest =
            [.. Enumerable.Range(0, pictures.Count).OrderByDescending(i => detected.Scores[i]).Take(most)];
        string folder = MakeFolder(Path.ChangeExtension(scorePath, null) + "-heat");
        int pixels = pictures.Height * pictures.Width;
        RequireArray(strangest.Length, pixels);
        var heat = new float[strangest.Length * pixels];
        int measured = 0;
        foreach (int[] part in Parts(strangest))
        {
            float[] some = _scorer.Score(pictures.Take(part)).Heat;
            some.CopyTo(heat, measured);
            measured += some.Length;
        }

        Npy.Write<float>(Path.Combine(folder, NumbersName), heat, strangest.Length, pictures.Height, pictures.Width);
        Smooth(heat, pixels);

        // One scale for all, so that they can be compared; the overview has it too.
        double hottest = heat.Where(float.IsFinite).DefaultIfEmpty().Max();
        hottest = hottest > 0 ? hottest : 1;
        int rank = 0, digits = Math.Max(4, ReportText.Text($"{strangest.Length}").Length);
        string? overview = null;
        using var progress = new ProgressLine(strangest.Length, "heat maps drawn");
        foreach (int[] part in Parts(strangest))
        {
            (float[] shown, float[] expected) = Show(_scorer.Score(pictures.Take(part)));
            overview ??= NewFile.Write(run.Trained.Folder.ImagesPath, "detect-heat", ".png", path =>
            {
                int count = Math.Min(MostInOverview, part.Length), numbers = count * pictures.Dimensions;
                HeatGrid.Write(
                    path, shown.AsSpan(0, numbers), expected.AsSpan(0, numbers), heat.AsSpan(0, count * pixels),
                    (pictures.Height, pictures.Width, pictures.Channels), hottest, Unit);
            });
            int before = rank;
            Parallel.For(0, part.Length, i =>
            {
                int dimensions = pictures.Dimensions, example = part[i];
                var panels = new HeatPanels(
                    pictures.Height, pictures.Width, pictures.Channels, shown.AsMemory(i * dimensions, dimensions),
                    expected.AsMemory(i * dimensions, dimensions), heat.AsMemory((before + i) * pixels, pixels))
                {
                    Mask = maskOf?.Invoke(example) ?? [],
                };
                string place = ReportText.Text($"{before + i + 1}").PadLeft(digits, '0');
                string name = $"{place}-{FileName(ExampleColumns.Cells(pictures, example)[0])}.png";
                HeatMapPicture.Write(Path.Combine(folder, name), panels, Title(detected, example), hottest, Unit);
            });
            rank += part.Length;
            progress.Report(rank);
        }

        return (folder, overview!);
    }

    /// <summary>
    /// Judges the scores of all pixels by masks, as they are and smoothed, one after the other: it takes eight bytes a pixel, and the time
    /// of two passes.
    /// </summary>
    /// <exception cref="UserException">A mask is missing or cannot be read.</exception>
    public (PixelQuality Exact, PixelQuality Smoothed) Judge() => (Judge(isSmoothed: false), Judge(isSmoothed: true));

    private PixelQuality Judge(bool isSmoothed)
    {
        int pixels = pictures.Height * pictures.Width;
        RequireArray(pictures.Count, pixels);
        var scores = new float[pictures.Count * pixels];
        var regions = new int[scores.Length];
        int found = 0;
        using var progress = new ProgressLine(pictures.Count, isSmoothed ? "masks compared, smoothed" : "masks compared");
        foreach (int[] part in Parts([.. Enumerable.Range(0, pictures.Count)]))
        {
            float[] heat = _scorer.Score(pictures.Take(part)).Heat;
            if (isSmoothed)
            {
                Smooth(heat, pixels);
            }

            heat.CopyTo(scores, part[0] * pixels);
            foreach (int i in part)
            {
                found += PixelQuality.Label(maskOf!(i), pictures.Height, pictures.Width, found, regions.AsSpan(i * pixels, pixels));
            }

            progress.Report(part[^1] + 1);
        }

        return PixelQuality.Of(scores, regions);
    }

    private static IEnumerable<int[]> Parts(int[] examples) => examples.Chunk(PicturesAtOnce);

    private void Smooth(float[] heat, int pixels) => Parallel.For(
        0, heat.Length / pixels, i => HeatSmoothing.Apply(heat.AsSpan(i * pixels, pixels), pictures.Height, pictures.Width));

    /// <summary>Pictures and what is made of them, as people see them: both at once, so that both have the same white.</summary>
    private (float[] Shown, float[] Expected) Show(PixelScores scores)
    {
        int length = scores.Inputs.Length;
        if (2L * length > Array.MaxLength)
        {
            return (scores.Inputs, scores.Expected);
        }

        float[] both = run.Trained.Pipeline.ToPictures([.. scores.Inputs, .. scores.Expected], pictures.Dimensions);
        return (both[..length], both[length..]);
    }

    private string Title(DetectedScores detected, int example)
    {
        double score = detected.Scores[example];
        string verdict = DetectionQuality.IsAnomaly(score, detected.Threshold) ? "anomaly" : "normal";
        string name = pictures.ExampleNames?[example] ?? ReportText.Text($"example {example}")
            + (pictures.LabelOf(example) is string label ? $", label {label}" : "");
        string text = !double.IsFinite(score) ? "inf"
            : Math.Abs(score) < 1 ? ReportText.Text($"{score:G4}{detected.Unit}")
            : ReportText.Text($"{score:N2}{detected.Unit}");
        return $"{name}: {text}, {verdict}";
    }

    private static string FileName(string example)
    {
        string name = Path.ChangeExtension(example, null);
        name = string.Concat(name.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '.' ? letter : '_'));
        return name.Length > LongestName ? name[^LongestName..] : name;
    }

    private static string MakeFolder(string path)
    {
        string free = path;
        for (int number = 2; Path.Exists(free); number++)
        {
            free = ReportText.Text($"{path}-{number}");
        }

        try
        {
            Directory.CreateDirectory(free);
            return free;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{free}: cannot be made: {exception.Message}", exception);
        }
    }

    private static void RequireArray(int count, int pixels)
    {
        if ((long)count * pixels > Array.MaxLength)
        {
            throw new UserException(ReportText.Text(
                $"{count:N0} pictures of {pixels:N0} pixels are too many to look at once; give a part of them with --data"));
        }
    }
}
