using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using GpuVae.Imaging;
using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary>Denoising, on tiny images of 6×5 pixels.</summary>
public sealed class DenoiseVerbTests(UsedRuns runs) : IClassFixture<UsedRuns>
{
    [Fact]
    public void Test_images_are_shown_noisy_denoised_and_clean_with_their_errors()
    {
        Outcome outcome = Run("denoise noisy --count 4 --out shown.png");
        Assert.Equal(0, outcome.ExitCode);
        double noisy = Figure(outcome, "noisy"), denoised = Figure(outcome, "denoised");
        Assert.InRange(noisy, 0.01, 1);
        Assert.InRange(denoised, 0.001, 1);
        // The run is too short to take noise off.
        Assert.True(denoised >= noisy);
        Assert.StartsWith("note: denoised images are no nearer to the clean ones than noisy ones are: ", outcome.Error, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^denoised of noisy +[0-9.]+ %$", outcome.Output);
        Assert.Equal(100 * denoised / noisy, Figure(outcome, "denoised of noisy"), 0.1);

        // Three rows of four, enlarged ninefold; the clean images of the third row count upwards from 7.
        RasterImage picture = Png.Read(runs.In("shown.png"));
        // To the right of them stand the names of the rows, below them the title.
        Assert.Equal((3 * 56) + 2 + 22, picture.Height);
        Assert.InRange(picture.Width - ((4 * 47) + 2), 20, 150);
        byte At(int row, int column) => picture.Pixels[((2 + (56 * 2) + (9 * row) + 4) * picture.Width) + 2 + (9 * column) + 4];
        Assert.Equal(7, At(0, 0));
        Assert.Equal(7 + 29, At(5, 4));
    }

    [Fact]
    public void Files_are_denoised_at_their_own_size_into_the_run_or_a_folder()
    {
        Png.Write(runs.In("scan.png"), new RasterImage(5, 6));
        Outcome inRun = Run("denoise noisy scan.png");
        Assert.Equal((0, ""), (inRun.ExitCode, inRun.Error));
        Assert.EndsWith("scan-denoised.png", inRun.Output, StringComparison.Ordinal);
        RasterImage denoised = Png.Read(runs.In("noisy/denoised/scan-denoised.png"));
        Directory.Delete(runs.In("noisy/denoised"), recursive: true);
        Assert.Equal((5, 6), (denoised.Width, denoised.Height));

        Outcome folder = Run("denoise noisy scan.png scan.png --out clean --json -");
        Assert.Equal((0, ""), (folder.ExitCode, folder.Error));
        Assert.Equal(
            ["scan-denoised.png", "scan-denoised-2.png"],
            JsonElement.Parse(folder.Output).GetProperty("files").EnumerateArray().Select(file => Path.GetFileName(file.GetProperty("denoised").GetString())));
        Assert.Equal(denoised.Pixels, Png.Read(runs.In("clean/scan-denoised.png")).Pixels);
        Assert.Equal(denoised.Pixels, Png.Read(runs.In("clean/scan-denoised-2.png")).Pixels);
    }

    [Fact]
    public void Of_many_pictures_what_is_lost_is_told_of_the_first()
    {
        var picture = new RasterImage(5, 6, 3);
        picture.Pixels[0] = 200;
        string[] files = [.. Enumerable.Range(0, 5).Select(i => $"red-{i}.png")];
        foreach (string file in files)
            Png.Write(runs.In(file), picture);
        string[] notes = Run($"denoise noisy {string.Join(' ', files)} --out red").Error.Split('\n');
        Assert.Equal(
            [.. files[..3].Select(file => $"note: {file}: has colours, read as grey as the model takes it"), "note: and 2 more of this kind, of the other pictures"],
            notes);
    }

    /// <summary>In the folder, the next training on it would take them for examples.</summary>
    [Fact]
    public void A_folder_is_denoised_and_stays_as_it_was()
    {
        string[] before = [runs.In("scans/one.png"), runs.In("scans/two-denoised-2.png"), runs.In("scans/two.png")];
        Directory.CreateDirectory(runs.In("scans/empty"));
        foreach (string file in before)
            Png.Write(file, new RasterImage(5, 6));

        Outcome outcome = Run("denoise noisy scans");

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Equal(before, Directory.GetFiles(runs.In("scans")).Order(StringComparer.Ordinal));
        Assert.Equal(
            ["one-denoised.png", "two-denoised.png"],
            Directory.GetFiles(runs.In("noisy/denoised")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.EndsWith("scans/empty: the folder holds no pictures", Run("denoise noisy scans/empty").Error.TrimEnd(), StringComparison.Ordinal);
        Directory.CreateDirectory(runs.In("classes/one"));
        Png.Write(runs.In("classes/one/a.png"), new RasterImage(5, 6));
        Assert.Contains("classes/one does: name such folders, one or several", Run("denoise noisy classes").Error, StringComparison.Ordinal);
        Directory.Delete(runs.In("noisy/denoised"), recursive: true);
    }

    [Theory]
    [InlineData("denoise hash", 1, "denoise: hash was trained without a corruption")]
    [InlineData("denoise noisy --count 0", 2, "--count 0: must be a whole number from 1 to 1000")]
    [InlineData("denoise noisy --out picture.jpg", 2, "--out picture.jpg: the name of the file has to end with .png")]
    [InlineData("denoise noisy good.png bad.png", 1, "bad.png: is no picture that can be read")]
    [InlineData("denoise noisy good.png nowhere.png", 1, "nowhere.png: cannot be read")]
    [InlineData("denoise noisy good.png large.png", 1, "large.png: 9×7 pixels, and the model takes 6×5")]
    [InlineData("denoise beats good.png", 1, "good.png: beats was trained on rows of numbers and takes no image file")]
    public void A_mistake_is_one_line_that_names_it_and_leaves_nothing_behind(string line, int code, string said)
    {
        Png.Write(runs.In("good.png"), new RasterImage(5, 6));
        Png.Write(runs.In("large.png"), new RasterImage(7, 9));
        File.WriteAllText(runs.In("bad.png"), "no picture");
        string[] before = runs.Snapshot();
        Outcome outcome = Run(line);
        Assert.Equal(code, outcome.ExitCode);
        Assert.StartsWith($"gpuvae: {said}", outcome.ErrorLine, StringComparison.Ordinal);
        Assert.Empty(outcome.Output);
        Assert.Equal(before, runs.Snapshot());
    }

    private static double Figure(Outcome outcome, string name) => double.Parse(
        Regex.Match(outcome.Output, $@"(?m)^{name} +([0-9.]+)( %)?$").Groups[1].Value, CultureInfo.InvariantCulture);

    private Outcome Run(string line) => Runner.Run(runs.Folder, [.. line.Split(' '), "--device", "cpu"]);
}
