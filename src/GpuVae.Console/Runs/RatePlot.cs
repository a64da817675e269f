using GpuVae.Compression;
using GpuVae.Data;
using GpuVae.Imaging;
using GpuVae.Kernels;

namespace GpuVae.CommandLine;

/// <summary>The error that a compressor leaves at sizes.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Points">In rising order of bits.</param>
internal sealed record RateCurve(string Name, IReadOnlyList<RatePoint> Points);

/// <summary>The plot of <c>compress --plot</c>: error over size of a run, of principal components, and of picture files.</summary>
internal static class RatePlot
{
    // Those that take a while.
    private const int Curves = 2;

    // As many as make curves; the coarsest are what both formats are at their smallest.
    private static readonly int[] _qualities = [0, 5, 10, 20, 30, 50, 70, 85, 95];

    // A side of the largest WebP picture, and numbers of a sheet that memory and time suffice for.
    private const int MostSide = 16_383;
    private const int MostNumbers = 1 << 26;

    /// <summary>Writes it.</summary>
    /// <param name="path">The PNG file.</param>
    /// <param name="run">The run.</param>
    /// <param name="limit">The most examples.</param>
    /// <returns>What it shows.</returns>
    /// <exception cref="UserException">The file cannot be written, or the run's training data cannot be read.</exception>
    public static IReadOnlyList<RateCurve> Write(string path, OpenedRun run, int limit)
    {
        ImageSet images = RateDistortion.Some(run.Images.Take(limit));
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(run.Trained.Folder.FullPath));
        List<RateCurve> curves = [];
        using (var progress = new ProgressLine(Curves, "curves"))
        {
            curves.Add(new(name, RateDistortion.OfModel(run.Device, run.Trained, images, run.Seed)));
            progress.Report(1);
            curves.Add(new("principal components", RateDistortion.OfPrincipalComponents(run.Device, run.Trained, run.TrainingImages, images, run.Seed)));
        }

        if (images is { Pixels: { } pixels, Height: > 1, Channels: 1 or 3 } && run.Trained.Encoding == PixelEncoding.Scaled
            && Sheet(pixels, images.Shape) is { } sheet)
        {
            string many = sheet.Count == images.Count ? "all" : ReportText.Text($"{sheet.Count:N0}");
            curves.Add(new($"JPEG, {many} on one sheet", Curve(sheet.Picture, sheet.Count, LossyPicture.Jpeg)));
            curves.Add(new($"WebP, {many} on one sheet", Curve(sheet.Picture, sheet.Count, LossyPicture.Webp)));
        }

        string example = ReportText.ExampleOf(images);
        string error = images.Height > 1 ? $"mean squared error of {ReportText.NumberOf(images)}s from 0 to 1" : "mean squared error of numbers as scaled";
        RateDistortionPlot.Write(
            path, ReportText.Text($"Error over size, {images.Count:N0} {example}{(images.Count == 1 ? "" : "s")} of {run.DataName}"), example, error,
            [.. curves.Select(curve => (curve.Name, (IReadOnlyList<(double, double)>)[.. curve.Points.Select(point => (point.Bits, point.SquaredError))]))]);
        return curves;
    }

    private static List<RatePoint> Curve(RasterImage sheet, int count, Func<RasterImage, int, byte[]> encode)
    {
        List<RatePoint> points = [];
        foreach (int quality in _qualities)
        {
            byte[] file = encode(sheet, quality);
            RasterImage decoded = LossyPicture.Decode(file, sheet.Channels);
            double sum = 0;
            for (int i = 0; i < sheet.Pixels.Length; i++)
            {
                double difference = (sheet.Pixels[i] - decoded.Pixels[i]) / 255.0;
                sum += difference * difference;
            }

            points.Add(new RatePoint(8.0 * file.Length / count, sum / sheet.Pixels.Length));
        }

        return points;
    }

    /// <summary>Pictures side by side, so that they share a header; places that are left repeat the last.</summary>
    /// <returns>The sheet, and the pictures on it: the first ones, where not all fit. Null where not even one does.</returns>
    private static (RasterImage Picture, int Count)? Sheet(byte[] pixels, Shape image)
    {
        int mostColumns = MostSide / image.Width, mostRows = MostSide / image.Height;
        int count = Math.Min(Math.Min(pixels.Length, MostNumbers) / image.Size, mostColumns * mostRows);
        if (count == 0)
        {
            return null;
        }

        int least = ((count - 1) / mostRows) + 1, columns = Math.Clamp((int)Math.Ceiling(Math.Sqrt(count)), least, mostColumns);
        int rows = ((count - 1) / columns) + 1;
        var sheet = new RasterImage(columns * image.Width, rows * image.Height, image.Channels);
        int line = image.Width * image.Channels;
        for (int place = 0; place < rows * columns; place++)
        {
            int number = Math.Min(place, count - 1);
            for (int y = 0; y < image.Height; y++)
            {
                pixels.AsSpan((number * image.Size) + (y * line), line).CopyTo(
                    sheet.Pixels.AsSpan((((place / columns * image.Height) + y) * columns * line) + (place % columns * line)));
            }
        }

        return (sheet, count);
    }
}
