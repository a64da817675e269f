using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Files;
using GpuVae.Imaging;

namespace GpuVae.CommandLine;

/// <summary>Where in pictures a model is surprised: pictures of it, and how well that finds defects whose places are known.</summary>
/// <param name="run">The run.</param>
/// <param name="pictures">What was scored.</param>
internal sealed class HeatMaps(OpenedRun run, ImageSet pictures)
{
    private const int PicturesAtOnce = 256;
    private const int MostInOverview = 10;
    private const int LongestName = 60;
    private const string Unit = "nats a pixel";

    private readonly PixelScorer _scorer = new(run.Device, run.Trained.Model, run.Trained.Encoding, run.Seed);

    /// <summary>Whether a run is of pictures, which have places.</summary>
    public static bool IsOf(OpenedRun run) => run.Trained.Height > 1;

    /// <summary>Writes a picture for each of the strangest examples, and one of the first of them side by side.</summary>
    /// <param name="scores">(N), of all examples.</param>
    /// <param name="most">How many pictures at most.</param>
    /// <param name="scorePath">The file of the scores; the folder of the pictures is called by it.</param>
    /// <returns>The folder, and the picture of the first.</returns>
    public (string Folder, string Overview) Write(double[] scores, int most, string scorePath)
    {
        int[] strangest = [.. Enumerable.Range(0, scores.Length).OrderByDescending(i => scores[i]).Take(most)];
        string folder = MakeFolder(Path.ChangeExtension(scorePath, null) + "-heat");
        // One scale for all, so that they can be compared; the overview has that of the first.
        double hottest = Parts(strangest).Max(part => Hottest(_scorer.Score(pictures.Take(part), out _)));
        int rank = 0;
        string? overview = null;
        foreach (int[] part in Parts(strangest))
        {
            ImageSet some = pictures.Take(part);
            float[] heat = _scorer.Score(some, out float[] expected);
            float[] shown = new float[expected.Length];
            some.CopyTo(0, shown);
            shown = run.Trained.Pipeline.ToPictures(shown, some.Dimensions);
            expected = run.Trained.Pipeline.ToPictures(expected, some.Dimensions);
            overview ??= NewFile.Write(
                run.Trained.Folder.ImagesPath, "detect-heat", ".png",
                path => Draw(path, shown, expected, heat, 0, Math.Min(MostInOverview, part.Length), hottest));
            for (int i = 0; i < part.Length; i++)
            {
                string name = ReportText.Text($"{++rank:D4}-{FileName(ExampleColumns.Cells(pictures, part[i])[0])}.png");
                Draw(Path.Combine(folder, name), shown, expected, heat, i, 1, hottest);
            }
        }

        return (folder, overview!);
    }

    /// <summary>Judges the scores of all pixels by masks.</summary>
    /// <param name="maskOf">The mask of a picture: (H·W), true for a defect.</param>
    /// <exception cref="UserException">A mask is missing or cannot be read.</exception>
    public PixelQuality Judge(Func<int, bool[]> maskOf)
    {
        int pixels = pictures.Height * pictures.Width;
        MemoryNeed(pixels);
        var scores = new float[pictures.Count * pixels];
        var regions = new int[scores.Length];
        int found = 0;
        using var progress = new ProgressLine(pictures.Count, "masks compared");
        foreach (int[] part in Parts([.. Enumerable.Range(0, pictures.Count)]))
        {
            _scorer.Score(pictures.Take(part), out _).CopyTo(scores, part[0] * pixels);
            foreach (int i in part)
            {
                found += PixelQuality.Label(maskOf(i), pictures.Height, pictures.Width, found, regions.AsSpan(i * pixels, pixels));
            }

            progress.Report(part[^1] + 1);
        }

        return PixelQuality.Of(scores, regions);
    }

    private static IEnumerable<int[]> Parts(int[] examples) => examples.Chunk(PicturesAtOnce);

    private static double Hottest(float[] heat) => heat.Where(float.IsFinite).DefaultIfEmpty().Max();

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

    private void MemoryNeed(int pixels)
    {
        if ((long)pictures.Count * pixels > Array.MaxLength)
        {
            throw new UserException(ReportText.Text(
                $"{pictures.Count:N0} pictures of {pixels:N0} pixels are too many to judge at once; give a part of them with --data"));
        }
    }

    private void Draw(string path, float[] shown, float[] expected, float[] heat, int first, int count, double hottest)
    {
        int pixels = pictures.Height * pictures.Width, numbers = pictures.Dimensions;
        HeatGrid.Write(
            path, shown.AsSpan(first * numbers, count * numbers), expected.AsSpan(first * numbers, count * numbers),
            heat.AsSpan(first * pixels, count * pixels), (pictures.Height, pictures.Width, pictures.Channels), hottest, Unit);
    }
}
