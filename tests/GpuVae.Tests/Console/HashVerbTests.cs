using System.Globalization;
using System.Text.RegularExpressions;
using GpuVae.Imaging;
using SkiaSharp;
using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary>Codes and search, on tiny images of 6×5 pixels with codes of five bits.</summary>
public sealed class HashVerbTests(UsedRuns runs) : IClassFixture<UsedRuns>
{
    [Fact]
    public void Codes_are_written_and_measured_beside_random_hyperplanes()
    {
        Outcome outcome = Run("hash hash --nearest 3 --out train.npy");
        Assert.Equal(0, outcome.ExitCode);
        Assert.Matches(@"(?m)^codes of 5 bits: [0-9.]+ % of the activations", outcome.Output);
        Assert.Matches(@"(?m)^a search of 24 codes of 5 bits takes [0-9.]+ ms", outcome.Output);
        Assert.Matches(@"(?m)^learned codes +[01]\.[0-9]{4}$", outcome.Output);
        Assert.Matches(@"(?m)^random hyperplanes +[01]\.[0-9]{4}$", outcome.Output);
        // What is no better than chance is said, and nothing of what is.
        double Precision(string name) => double.Parse(
            Regex.Match(outcome.Output, $@"(?m)^{name} +([0-9.]+)$").Groups[1].Value, CultureInfo.InvariantCulture);
        string note = Precision("learned codes") > Precision("random hyperplanes")
            ? ""
            : "note: the learned codes find no more images of the same label than random hyperplanes do: train longer with --epochs, ";
        Assert.Equal(note.Length == 0, outcome.Error.Length == 0);
        Assert.StartsWith(note, outcome.Error, StringComparison.Ordinal);
        Match curve = Regex.Match(outcome.Output, @"(?m)^precision over recall written to (hash/images/hash.*\.png)$");
        Assert.Equal(900, Png.Read(runs.In(curve.Groups[1].Value)).Width);

        // 24 words of 8 bytes, each with nothing above its fifth bit.
        byte[] words = File.ReadAllBytes(runs.In("train.npy"))[^(24 * 8)..];
        for (int i = 0; i < 24; i++)
            Assert.InRange(BitConverter.ToUInt64(words, 8 * i), 0UL, 31UL);
    }

    [Fact]
    public void A_table_of_codes_has_the_labels_and_the_bits_of_the_array()
    {
        Assert.Equal(0, Run("hash hash --codes test --out codes.csv").ExitCode);
        Assert.Equal(0, Run("hash hash --codes test --out codes.npy").ExitCode);
        string[] lines = File.ReadAllLines(runs.In("codes.csv"));
        Assert.Equal("example,label,bit_0,bit_1,bit_2,bit_3,bit_4", lines[0]);
        Assert.Equal(13, lines.Length);
        byte[] words = File.ReadAllBytes(runs.In("codes.npy"))[^(12 * 8)..];
        for (int i = 0; i < 12; i++)
        {
            string[] fields = lines[i + 1].Split(',');
            Assert.Equal([$"{i}", $"{i % 10}"], fields[..2]);
            ulong word = BitConverter.ToUInt64(words, 8 * i);
            Assert.Equal(word, fields[2..].Select((bit, j) => ulong.Parse(bit) << j).Aggregate((a, b) => a | b));
        }
    }

    [Fact]
    public void A_search_draws_queries_from_the_test_images_and_from_files()
    {
        Png.Write(runs.In("query.png"), new RasterImage(5, 6));
        Outcome outcome = Run("search hash 0 3 query.png --count 4 --out found.png");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Matches(@"(?m)^test image 0 +0 +[0-4] of 4 with its label +[0-5]", outcome.Output);
        Assert.Matches(@"(?m)^test image 3 +3 +[0-4] of 4 with its label", outcome.Output);
        Assert.Matches(@"(?m)^query.png +– +4 +[0-5]", outcome.Output);
        Assert.Matches(@"(?m)^a search of 24 codes of 5 bits takes [0-9.]+ ms", outcome.Output);

        // Five images a row, enlarged ninefold, ten pixels between them; a white frame around the query.
        using SKBitmap picture = SKBitmap.Decode(runs.In("found.png"));
        Assert.Equal((3 * 64) + 10, picture.Height);
        // The names of the queries stand to the right of their rows.
        for (int row = 0; row < 3; row++)
        {
            Assert.Contains(
                Enumerable.Range((5 * 55) + 10, picture.Width - (5 * 55) - 10),
                x => Enumerable.Range(10 + (64 * row), 54).Any(y => picture.GetPixel(x, y).Red > 150));
        }
        Assert.Equal(new SKColor(255, 255, 255), picture.GetPixel(7, 30));
        SKColor[] frames = [.. Enumerable.Range(1, 4).Select(column => picture.GetPixel((column * 55) + 7, 30))];
        Assert.All(frames, frame => Assert.Contains(frame, (SKColor[])[new(0, 158, 115), new(213, 94, 0)]));
        Assert.Equal(new SKColor(56, 56, 56), picture.GetPixel(55 + 7, (2 * 64) + 30));
    }

    [Theory]
    [InlineData("hash vae", 1, "hash: the code of vae is diagonal, which has no bits")]
    [InlineData("hash hash --out codes.txt", 2, "--out codes.txt: the name of the file has to end with .npy or .csv")]
    [InlineData("hash hash --codes both", 2, "--codes both: unknown; choose from train, test")]
    [InlineData("hash hash --nearest 25", 2, "--nearest 25: must be a whole number from 1 to 24")]
    [InlineData("hash hash --data beats.csv", 1, "beats.csv: ")]
    [InlineData("search hash", 2, "search: name the run and then 1 to 100 queries")]
    [InlineData("search hash 12", 2, "QUERY 12: must be a whole number from 0 to 11")]
    [InlineData("search hash -1", 2, "QUERY -1: must be a whole number from 0 to 11")]
    [InlineData("search hash nowhere.png", 1, "nowhere.png: cannot be read")]
    [InlineData("search hash beats.csv", 1, "beats.csv: is no picture that can be read")]
    [InlineData("search hash large.png", 1, "large.png: 9×7 pixels, and the model takes 6×5; resize the picture")]
    [InlineData("search hash 1 --count 0", 2, "--count 0: must be a whole number from 1 to 100")]
    [InlineData("search vae 1", 1, "search: the code of vae is diagonal")]
    public void A_mistake_is_one_line_that_names_it_and_leaves_nothing_behind(string line, int code, string said)
    {
        if (!File.Exists(runs.In("large.png")))
            Png.Write(runs.In("large.png"), new RasterImage(7, 9));
        string[] before = runs.Snapshot();
        Outcome outcome = Run(line);
        Assert.Equal(code, outcome.ExitCode);
        Assert.StartsWith($"gpuvae: {said}", outcome.ErrorLine, StringComparison.Ordinal);
        Assert.Empty(outcome.Output);
        Assert.Equal(before, runs.Snapshot());
    }

    private Outcome Run(string line) => Runner.Run(runs.Folder, [.. line.Split(' '), "--device", "cpu"]);
}
