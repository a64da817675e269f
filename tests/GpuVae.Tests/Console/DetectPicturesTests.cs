using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using GpuVae.Imaging;
using SkiaSharp;
using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary>Where in pictures <c>detect</c> is surprised, on a set of 8×8 pixels in MVTec's layout: some have a white corner.</summary>
public sealed class DetectPicturesTests(DetectPicturesTests.Trained trained) : IClassFixture<DetectPicturesTests.Trained>, IDisposable
{
    private const int Side = 8;

    private readonly Workplace _workplace = trained.Copy();

    [Fact]
    public void Defects_are_found_by_the_classes_of_the_training_part_and_by_masks()
    {
        string output = Run("detect", "run");
        Assert.Contains("positive class: anomaly", output, StringComparison.Ordinal);
        Assert.Contains("by the masks of ground_truth with 5 defects", output, StringComparison.Ordinal);
        Assert.InRange(Figure(output, "ROC AUC of pixels"), 0.99, 1);
        Assert.InRange(Figure(output, "PRO up to 0.3 false positives"), 0.95, 1);
        using var figures = JsonDocument.Parse(File.ReadAllText(_workplace.In("run/detect.json")));
        Assert.Equal(5, figures.RootElement.GetProperty("defects").GetInt32());
        Assert.Equal(Figure(output, "ROC AUC of pixels"), figures.RootElement.GetProperty("pixel_roc_auc").GetDouble(), 1e-4);
        Assert.Equal(Figure(output, "ROC AUC"), figures.RootElement.GetProperty("roc_auc").GetDouble(), 1e-4);
        Assert.InRange(figures.RootElement.GetProperty("smoothed_pro").GetDouble(), 0.95, 1);

        Assert.Contains("the 10 strangest of 10", string.Join(' ', output.Split()), StringComparison.Ordinal);
        string[] maps = [.. Directory.GetFiles(_workplace.In("run/detect-heat"), "*.png").Select(Path.GetFileName).Order(StringComparer.Ordinal)!];
        Assert.Equal(10, maps.Length);
        Assert.StartsWith("0001-test_corner_", maps[0], StringComparison.Ordinal);
        Assert.EndsWith(".png", maps[0], StringComparison.Ordinal);
        RasterImage overview = Png.Read(_workplace.In("run/images/detect-heat.png"));
        // Three rows of ten pictures, seven times as large, and gaps of two pixels.
        Assert.Equal((3 * ((7 * Side) + 2)) + 2, overview.Height);
        Assert.True(overview.Width > 10 * ((7 * Side) + 2), $"{overview.Width}");
    }

    [Fact]
    public void The_hottest_pixels_lie_where_the_defect_is_and_their_numbers_add_up_to_the_score()
    {
        Run("detect", "run", "--heat-maps", "2", "--out", "scores.csv", "--score", "reconstruction");
        string folder = _workplace.In("scores-heat");
        string[] maps = [.. Directory.GetFiles(folder, "*.png").Order(StringComparer.Ordinal)];
        Assert.Equal(2, maps.Length);
        using var picture = SKBitmap.Decode(maps[0]);
        // Pixels are 28 times as large; the third panel shows the heat, and the corner of 3×3 pixels is at the top left.
        int left = 14 + (2 * (224 + 10)), top = 14 + (2 * 24);
        SKColor inside = picture.GetPixel(left + 42, top + 42), outside = picture.GetPixel(left + 182, top + 182);
        Assert.True(inside.Red > 100 && outside.Red < 60, $"{inside}, {outside}");
        // The outline of the mask lies between the third and the fourth pixel.
        Assert.Equal(new SKColor(0x56, 0xb4, 0xe9), picture.GetPixel(left + (3 * 28), top + 14));

        byte[] bytes = File.ReadAllBytes(Path.Combine(folder, "heat.npy"));
        float[] heat = [.. MemoryMarshal.Cast<byte, float>(bytes.AsSpan()[^(2 * Side * Side * 4)..])];
        double[] scores = [.. File.ReadLines(_workplace.In("scores.csv")).Skip(1)
            .Select(line => double.Parse(line.Split(',')[2], CultureInfo.InvariantCulture)).OrderDescending()];
        // But for the constant of a gaussian of σ = 1.
        double constant = 0.5 * Side * Side * Math.Log(2 * Math.PI);
        Assert.Equal(scores[0] - constant, heat[..(Side * Side)].Sum(pixel => (double)pixel), 1e-3);
        Assert.Equal(scores[1] - constant, heat[(Side * Side)..].Sum(pixel => (double)pixel), 1e-3);
    }

    [Fact]
    public void Other_data_in_the_same_layout_is_judged_by_what_its_folders_are_called()
    {
        string output = Run("detect", "run", "--data", "parts/test");
        Assert.Contains("positive class: anomaly", output, StringComparison.Ordinal);
        Assert.InRange(Figure(output, "ROC AUC"), 0.99, 1);
        Assert.Contains("with 5 defects", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cut-paste")]
    [InlineData("noise-patch")]
    public void Defects_that_are_put_in_are_measured(string kind)
    {
        string output = Run("detect", "run", "--data", "parts/train", "--defects", kind);
        Assert.Contains("positive class: defect", output, StringComparison.Ordinal);
        Assert.InRange(Figure(output, "ROC AUC of pixels"), 0.6, 1);
        Assert.Equal(40 + 1, File.ReadLines(_workplace.In("run/detect.csv")).Count());
        // The same call puts in the same ones.
        Run("detect", "run", "--data", "parts/train", "--defects", kind);
        Assert.Equal(File.ReadAllText(_workplace.In("run/detect.csv")), File.ReadAllText(_workplace.In("run/detect-2.csv")));
        // Of its own test part those that are normal.
        Run("detect", "run", "--defects", kind);
        Assert.Equal(5 + 1, File.ReadLines(_workplace.In("run/detect-3.csv")).Count());
        Outcome outcome = Runner.Run(_workplace.Folder, ["detect", "run", "--defects", kind, "--positive", "corner"]);
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains("--positive", outcome.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2", 2)]
    [InlineData("all", 10)]
    [InlineData("99", 10)]
    [InlineData("none", 0)]
    public void So_many_have_a_heat_map_as_are_asked_for(string asked, int count)
    {
        string output = Run("detect", "run", "--heat-maps", asked);
        string folder = _workplace.In("run/detect-heat");
        Assert.Equal(count, Directory.Exists(folder) ? Directory.GetFiles(folder, "*.png").Length : 0);
        Assert.Equal(count > 0, output.Contains("where the model is surprised", StringComparison.Ordinal));
        // A second call leaves the first one's alone.
        Run("detect", "run", "--heat-maps", asked);
        Assert.Equal(count > 0, Directory.Exists(_workplace.In("run/detect-2-heat")));
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("many")]
    [InlineData("1.5")]
    public void What_is_no_number_is_refused_before_anything_is_written(string asked)
    {
        Outcome outcome = Runner.Run(_workplace.Folder, ["detect", "run", "--heat-maps", asked]);
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains("--heat-maps", outcome.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_workplace.In("run/detect.csv")));
    }

    [Fact]
    public void A_mask_that_is_missing_is_named()
    {
        File.Delete(_workplace.In("parts/ground_truth/corner/3_mask.png"));
        Outcome outcome = Runner.Run(_workplace.Folder, ["detect", "run"]);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("3_mask.png: is missing", string.Concat(outcome.Error.Split('\n')), StringComparison.Ordinal);
        Assert.False(File.Exists(_workplace.In("run/detect.csv")));
    }

    public void Dispose() => _workplace.Dispose();

    private static double Figure(string output, string name) => double.Parse(
        Regex.Match(output, $@"(?m)^{Regex.Escape(name)} +([0-9.]+)").Groups[1].Value, CultureInfo.InvariantCulture);

    private string Run(params string[] arguments)
    {
        Outcome outcome = Runner.Run(_workplace.Folder, [.. arguments, "--device", "cpu"]);
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        return outcome.Output;
    }

    /// <summary>The set and a run of it, trained once; each test has a copy.</summary>
    public sealed class Trained : IDisposable
    {
        private readonly Workplace _workplace = new();

        /// <summary>Draws and trains.</summary>
        public Trained()
        {
            for (int i = 0; i < 40; i++)
                Put($"parts/train/good/{i}.png", i, isDefective: false);
            for (int i = 0; i < 5; i++)
            {
                Put($"parts/test/good/{i}.png", 100 + i, isDefective: false);
                Put($"parts/test/corner/{i}.png", 200 + i, isDefective: true);
                PutMask($"parts/ground_truth/corner/{i}_mask.png");
            }
            Outcome outcome = Runner.Run(
                _workplace.Folder,
                [
                    "train", "--data", "parts", "--preset", "ae", "--hidden", "16", "--latent", "2", "--batch", "8", "--epochs", "40",
                    "--out", "run", "--device", "cpu",
                ]);
            Assert.True(outcome.ExitCode == 0, outcome.Error);
        }

        /// <inheritdoc/>
        public void Dispose() => _workplace.Dispose();

        internal Workplace Copy()
        {
            var copy = new Workplace();
            foreach (string file in Directory.EnumerateFiles(_workplace.Folder, "*", SearchOption.AllDirectories))
            {
                string to = copy.In(Path.GetRelativePath(_workplace.Folder, file));
                Directory.CreateDirectory(Path.GetDirectoryName(to)!);
                File.Copy(file, to, overwrite: true);
            }
            // The run knows its data by where they were.
            string configuration = copy.In("run/config.json");
            File.WriteAllText(
                configuration, File.ReadAllText(configuration).Replace(_workplace.Folder, copy.Folder, StringComparison.Ordinal));
            return copy;
        }

        private void Put(string name, int seed, bool isDefective)
        {
            var random = new Random(seed);
            int slope = random.Next(8, 14);
            var picture = new RasterImage(Side, Side);
            for (int i = 0; i < picture.Pixels.Length; i++)
            {
                bool isCorner = isDefective && i % Side < 3 && i / Side < 3;
                picture.Pixels[i] = isCorner ? (byte)250 : (byte)((slope * (i / Side)) + random.Next(4));
            }
            Write(name, picture);
        }

        private void PutMask(string name)
        {
            var mask = new RasterImage(Side, Side);
            for (int i = 0; i < 9; i++)
                mask.Pixels[(i / 3 * Side) + (i % 3)] = 255;
            Write(name, mask);
        }

        private void Write(string name, RasterImage picture)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_workplace.In(name))!);
            Png.Write(_workplace.In(name), picture);
        }
    }
}
