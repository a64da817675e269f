using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using GpuVae.Imaging;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary>The verbs compress and decompress.</summary>
public sealed class CompressVerbTests : IClassFixture<CompressingRuns>
{
    private readonly CompressingRuns _runs;

    /// <summary>Takes the runs.</summary>
    public CompressVerbTests(CompressingRuns runs) => _runs = runs;

    [Fact]
    public void Compress_says_what_the_file_takes()
    {
        Outcome outcome = Run("compress bytes --block-size 5 --out said.gvz --json said.json");
        string[] expected =
        [
            "bytes on 12 test images of tiny, in 3 blocks", "file +[\\d,]+  bytes", "  model +", "  images +", "    first ones +", "−ELBO +",
            "uncompressed +360  a byte for each pixel", "written to said.gvz",
        ];
        Assert.All(expected, line => Assert.Matches($"(?m)^{line}", outcome.Output));
        using var json = JsonDocument.Parse(File.ReadAllText(_runs.In("said.json")));
        JsonElement root = json.RootElement;
        Assert.Equal(new FileInfo(_runs.In("said.gvz")).Length, root.GetProperty("file_bytes").GetInt64());
        Assert.Equal((12, 30, 3), (Number("images"), Number("dimensions"), Number("blocks")));
        Assert.Equal(
            8.0 * (Number("file_bytes") - Number("model_bytes")) / (12 * 30), root.GetProperty("bits_per_dimension").GetDouble(), 9);

        int Number(string name) => root.GetProperty(name).GetInt32();
    }

    [Fact]
    public void Evaluate_says_what_a_file_would_take()
    {
        Run("compress bytes --model-apart --out apart.gvz --json apart.json");
        Outcome outcome = Run("evaluate bytes --json evaluated.json", notes: true);
        using var json = JsonDocument.Parse(File.ReadAllText(_runs.In("apart.json")));
        double bits = json.RootElement.GetProperty("bits_per_dimension").GetDouble();
        Assert.Matches(
            string.Create(CultureInfo.InvariantCulture, $@"(?m)^  compressed +{bits:F4}  {new FileInfo(_runs.In("apart.gvz")).Length} bytes for 12 images by gpuvae compress, [\d.]+ % above their −ELBO$"),
            outcome.Output);
        using var evaluated = JsonDocument.Parse(File.ReadAllText(_runs.In("evaluated.json")));
        Assert.Equal(bits, evaluated.RootElement.GetProperty("compression").GetProperty("bits_per_dimension").GetDouble(), 1e-12);
        // Grey values are no symbols of this model.
        Assert.DoesNotContain("compressed", Run("evaluate grey", notes: true).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_compressed_is_restored_in_every_format()
    {
        byte[] pixels = File.ReadAllBytes(_runs.In("tiny/t10k-images-idx3-ubyte"))[16..];
        Run("compress bytes --blocks 4 --out all.gvz");
        Assert.Equal("12 images, each with the checksum that it was written with\nwritten to all.npy", Run("decompress all.gvz").Output);
        Assert.Equal(pixels, File.ReadAllBytes(_runs.In("all.npy"))[^360..]);
        Assert.Contains("all.npy: is there already", Runner.Run(_runs.Folder, "decompress", "all.gvz").ErrorLine, StringComparison.Ordinal);
        Run("decompress all.gvz --out again-images-idx3-ubyte");
        Assert.Equal(File.ReadAllBytes(_runs.In("tiny/t10k-images-idx3-ubyte")), File.ReadAllBytes(_runs.In("again-images-idx3-ubyte")));
        Run("decompress all.gvz --blocks 1,2 --out pictures");
        Assert.Equal(
            ["03.png", "04.png", "05.png", "06.png", "07.png", "08.png"],
            Directory.GetFiles(_runs.In("pictures")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(pixels[(5 * 30)..(6 * 30)], Png.Read(_runs.In("pictures/05.png")).Pixels);
        Run("decompress all.gvz --blocks 0 --out some.csv");
        Assert.Equal(1 + 3, File.ReadAllLines(_runs.In("some.csv")).Length);
    }

    [Fact]
    public void A_file_has_the_same_bytes_without_vectors() => CheckOtherMachine("DOTNET_EnableHWIntrinsic", "0");

    [Theory]
    [Trait(LongTests.Trait, LongTests.AtLength)]
    [InlineData("DOTNET_EnableAVX2", "0")]
    [InlineData("DOTNET_EnableAVX512", "0")]
    [InlineData("DOTNET_PROCESSOR_COUNT", "1")]
    public void A_file_has_the_same_bytes_on_other_machines(string variable, string value)
    {
        LongTests.Require();
        CheckOtherMachine(variable, value);
    }

    [Theory]
    [InlineData("DOTNET_EnableHWIntrinsic", "0")]
    [InlineData("DOTNET_EnableAVX2", "0")]
    public void A_table_comes_back_with_its_names_and_has_the_same_bytes_on_other_machines(string variable, string value)
    {
        Outcome outcome = Run("compress rows --data rows.csv --precision 1e-3 --block-size 9 --out rows.gvz --json rows.json");
        Assert.Matches("(?m)^kept: 3 of 4 columns exactly, the others to the nearest 0.001: the largest rounding error is 0.0005, in column Größe, m$", outcome.Output);
        Assert.Matches("(?m)^uncompressed +520  4 bytes for each number, 1 for a word$", outcome.Output);
        using (var json = JsonDocument.Parse(File.ReadAllText(_runs.In("rows.json"))))
            Assert.Equal(3, json.RootElement.GetProperty("exact_columns").GetInt32());
        var other = new Dictionary<string, string> { [variable] = value, ["LC_ALL"] = "tr_TR.UTF-8" };
        Outcome there = Runner.Run(
            _runs.Folder, other, "compress", "rows", "--data", "rows.csv", "--precision", "1e-3", "--block-size", "9", "--out", "there.gvz", "--device", "cpu", "--threads", "1");
        Assert.Equal((0, ""), (there.ExitCode, there.Error));
        Assert.Equal(File.ReadAllBytes(_runs.In("rows.gvz")), File.ReadAllBytes(_runs.In("there.gvz")));
        Outcome restored = Runner.Run(_runs.Folder, other, "decompress", "rows.gvz", "--out", "restored.csv");
        Assert.Equal(
            [
                "40 rows, each with the checksum that it was written with",
                "restored: 3 of 4 columns exactly, the others to the nearest 0.001: the largest rounding error is 0.0005, in column Größe, m",
                "written to restored.csv",
            ],
            restored.Output.Split('\n'));
        string[] given = File.ReadAllLines(_runs.In("rows.csv")), back = File.ReadAllLines(_runs.In("restored.csv"));
        Assert.Equal(given[0], back[0]);
        for (int row = 1; row < given.Length; row++)
        {
            (string[] cells, string[] kept) = (given[row].Split(','), back[row].Split(','));
            Assert.Equal(cells[1..], kept[1..]);
            Assert.InRange(decimal.Parse(kept[0], CultureInfo.InvariantCulture) - decimal.Parse(cells[0], CultureInfo.InvariantCulture), -0.0005m, 0.0005m);
        }

        Run("decompress rows.gvz --blocks 1 --out some.csv");
        Assert.Equal([back[0], .. back[10..19]], File.ReadAllLines(_runs.In("some.csv")));
        Assert.Contains("columns of words", Runner.Run(_runs.Folder, "decompress", "rows.gvz", "--out", "rows.npy").ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public void Damage_is_named_and_the_rest_is_restored_where_that_is_asked_for()
    {
        Run("compress binary --block-size 5 --out hurt.gvz");
        byte[] bytes = File.ReadAllBytes(_runs.In("hurt.gvz"));
        bytes[^1] ^= 1;
        File.WriteAllBytes(_runs.In("hurt.gvz"), bytes);
        Outcome outcome = Runner.Run(_runs.Folder, "decompress", "hurt.gvz", "--out", "hurt.npy");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Equal(
            "gpuvae: hurt.gvz: block 2 of 3, images 10 to 11: it has another checksum than it was written with; --partial restores the others",
            outcome.ErrorLine);
        Assert.False(File.Exists(_runs.In("hurt.npy")));
        outcome = Runner.Run(_runs.Folder, "decompress", "hurt.gvz", "--out", "hurt.npy", "--partial");
        Assert.Equal(0, outcome.ExitCode);
        Assert.StartsWith("gpuvae: warning: hurt.gvz: block 2 of 3", outcome.Error, StringComparison.Ordinal);
        Assert.StartsWith("10 images of 0 and 255", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_apart_has_to_be_given()
    {
        Run("compress binary --model-apart --out apart.gvz");
        Assert.Equal(
            "gpuvae: apart.gvz: its model is not in it; give the run \"binary\" behind the file",
            Runner.Run(_runs.Folder, "decompress", "apart.gvz").ErrorLine);
        Assert.Contains("other weights", Runner.Run(_runs.Folder, "decompress", "apart.gvz", "bytes").ErrorLine, StringComparison.Ordinal);
        Run("decompress apart.gvz binary --device cpu");
        Run("compress binary --out within.gvz");
        Assert.Contains("has its model in it", Runner.Run(_runs.Folder, "decompress", "within.gvz", "binary").ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_lost_is_said_and_comes_back_the_same_on_other_machines()
    {
        Outcome outcome = Run("compress grey --lossy 200 --block-size 6 --out lossy.gvz --json lossy.json --plot lossy.png");
        string[] expected =
        [
            "grey on 12 test images of tiny, in 2 blocks", "what is kept are codes in steps: an image comes back near to what was given, and not the same",
            "  images +\\d+  \\d+\\.\\d bits an image, \\d\\.\\d+ a pixel", "uncompressed +360  a byte for each pixel", "mean squared error +0\\.\\d+  of pixels",
            "units used +\\d of 3  ", "written to lossy.gvz", "plot: lossy.png",
        ];
        Assert.All(expected, line => Assert.Matches($"(?m)^{line}", outcome.Output));
        Assert.True(Png.Read(_runs.In("lossy.png")).Width > 500);
        using var json = JsonDocument.Parse(File.ReadAllText(_runs.In("lossy.json")));
        Assert.InRange(json.RootElement.GetProperty("bits_per_example").GetDouble(), 1, 200);
        double error = json.RootElement.GetProperty("mean_squared_error").GetDouble();
        Assert.InRange(error, json.RootElement.GetProperty("code_mean_squared_error").GetDouble() * 0.9, 0.5);
        Assert.False(json.RootElement.TryGetProperty("excess", out _));
        Assert.Equal(
            ["grey", "principal components", "JPEG, all on one sheet", "WebP, all on one sheet"],
            json.RootElement.GetProperty("curves").EnumerateArray().Select(curve => curve.GetProperty("name").GetString()));

        Assert.Equal(
            ["12 images, each with the checksum that it was written with", expected[1], "written to lossy.npy"],
            Run("decompress lossy.gvz").Output.Split('\n'));
        var other = new Dictionary<string, string> { ["DOTNET_EnableHWIntrinsic"] = "0" };
        Outcome there = Runner.Run(_runs.Folder, other, "decompress", "lossy.gvz", "--out", "there.npy");
        Assert.Equal((0, ""), (there.ExitCode, there.Error));
        Assert.Equal(File.ReadAllBytes(_runs.In("lossy.npy")), File.ReadAllBytes(_runs.In("there.npy")));

        Assert.Matches("(?m)^mean squared error +\\S+  of numbers as the run scaled them$", Run("compress rows --data rows.csv --lossy mse:5 --out rows-lossy.gvz --plot rows.png").Output);
        Run("decompress rows-lossy.gvz");
        Assert.Equal(File.ReadAllLines(_runs.In("rows.csv"))[0], File.ReadAllLines(_runs.In("rows-lossy.csv"))[0]);
    }

    [Theory]
    [InlineData("compress grey --out x.gvz", "--binarize")]
    [InlineData("compress grey --out x.gvz --lossy 0.01", "for a mean squared error write --lossy mse:0.01")]
    [InlineData("compress grey --out x.gvz --lossy mse:low", "such as 80, or a mean squared error, such as mse:0.01")]
    [InlineData("compress grey --out x.gvz --lossy -3", "such as 80")]
    [InlineData("compress grey --out x.gvz --lossy mse:1e-9", "with codes that are not rounded, and 1E-09 is asked for")]
    [InlineData("compress grey --out x.gvz --lossy 2", "header and index alone take")]
    [InlineData("compress grey --out x.gvz --lossy 200 --latent-bits 8", "leave one of the two out")]
    [InlineData("compress grey --out x.gvz --plot x.png", "say with --lossy")]
    [InlineData("compress grey --out x.gvz --lossy 200 --plot x.svg", "has to end with .png")]
    [InlineData("compress grey --out x.gvz --lossy 200 --plot no/x.png", "there is no such folder")]
    [InlineData("compress binary --out x.zip", "has to end with .gvz")]
    [InlineData("compress binary --blocks 2 --block-size 3", "leave one of the two out")]
    [InlineData("decompress tiny/t10k-images-idx3-ubyte", "no file that gpuvae compress wrote")]
    [InlineData("decompress missing.gvz", "cannot be read")]
    [InlineData("compress binary --out none/such/x.gvz", "none/such/x.gvz: cannot be written: there is no such folder")]
    [InlineData("compress binary --out folder.gvz", "folder.gvz: cannot be written: it is a folder")]
    [InlineData("compress rows --data rows.csv --out x.gvz", "rows.csv: column Größe, m has real numbers; say with --precision")]
    [InlineData("compress rows --precision 0 --out x.gvz", "must be a number above 0")]
    [InlineData("compress bytes --precision 1 --out x.gvz", "leave it out")]
    [InlineData("decompress -- missing.gvz --out x.npy", "--out: stands behind --")]
    public void What_cannot_be_done_is_refused_in_a_line(string line, string words)
    {
        Outcome outcome = Runner.Run(_runs.Folder, line.Split(' '));
        Assert.NotEqual(0, outcome.ExitCode);
        Assert.Contains(words, outcome.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public void The_file_that_is_restored_is_never_written_over()
    {
        Run("compress bytes --out own.gvz");
        byte[] bytes = File.ReadAllBytes(_runs.In("own.gvz"));
        File.WriteAllBytes(_runs.In("own.npy"), bytes);
        Assert.Equal(
            "gpuvae: ./own.npy: is the file that is to be restored; give another name",
            Runner.Run(_runs.Folder, "decompress", "own.npy", "--out", "./own.npy").ErrorLine);
        Assert.Equal(bytes, File.ReadAllBytes(_runs.In("own.npy")));
    }

    [Fact]
    public void Numbers_of_a_table_come_back_as_0_and_1()
    {
        File.WriteAllText(_runs.In("table.csv"), "a,b,c\n0,1,1\n1,1,0\n0,0,1\n1,0,1\n");
        Run("train --data table.csv --hold-out 0.25 --likelihood bernoulli --hidden 3 --latent 2 --epochs 1 --batch 2 --out table --device cpu");
        Run("compress table --data table.csv --out table.gvz");
        Assert.StartsWith("4 rows of 0 and 1, each", Run("decompress table.gvz").Output, StringComparison.Ordinal);
        ReadOnlySpan<byte> values = File.ReadAllBytes(_runs.In("table.npy")).AsSpan()[^(12 * sizeof(float))..];
        Assert.Equal([0, 1, 1, 1, 1, 0, 0, 0, 1, 1, 0, 1], MemoryMarshal.Cast<byte, float>(values).ToArray());
        Run("decompress table.gvz --out again.csv");
        Assert.Equal(File.ReadAllLines(_runs.In("table.csv")), File.ReadAllLines(_runs.In("again.csv")));
        Assert.Contains("IDX files hold bytes", Runner.Run(_runs.Folder, "decompress", "table.gvz", "--out", "table-ubyte").ErrorLine, StringComparison.Ordinal);
        Run("compress table --data table.csv --limit 1 --out one.gvz");
        Assert.StartsWith("1 row of 0 and 1 with the checksum", Run("decompress one.gvz").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Ctrl_c_leaves_no_half_file()
    {
        Runner.RequireInterrupts();
        File.WriteAllBytes(_runs.In("many-images-idx3-ubyte"), IdxFiles.BuildImages(20_000, 6, 5));
        Run("compress binary --data many-images-idx3-ubyte --out many.gvz", notes: true);
        using var folder = new TemporaryFolder();
        using Runner runner = Runner.Start(folder.FullPath, "decompress", _runs.In("many.gvz"), "--out", "many.csv");
        runner.WaitFor(() => Directory.GetFiles(folder.FullPath, "*.tmp").Length > 0);
        runner.Interrupt();
        Assert.Equal(130, runner.Wait().ExitCode);
        Assert.Empty(Directory.GetFileSystemEntries(folder.FullPath));

        using Runner pictures = Runner.Start(folder.FullPath, "decompress", _runs.In("many.gvz"), "--out", "pictures");
        pictures.WaitFor(() => Directory.GetDirectories(folder.FullPath, "*.tmp").Length > 0);
        pictures.Signal("TERM");
        Assert.Equal(143, pictures.Wait().ExitCode);
        Assert.False(Directory.Exists(folder.File("pictures")));
    }

    private void CheckOtherMachine(string variable, string value)
    {
        foreach (string run in new[] { "bytes", "binary", "conv" })
        {
            Run($"compress {run} --block-size 5 --out {run}-here.gvz");
            var other = new Dictionary<string, string> { [variable] = value };
            Outcome there = Runner.Run(
                _runs.Folder, other, "compress", run, "--block-size", "5", "--out", $"{run}-there.gvz", "--device", "cpu", "--threads", "1");
            Assert.Equal((0, ""), (there.ExitCode, there.Error));
            Assert.Equal(File.ReadAllBytes(_runs.In($"{run}-here.gvz")), File.ReadAllBytes(_runs.In($"{run}-there.gvz")));
            Outcome restored = Runner.Run(_runs.Folder, other, "decompress", $"{run}-here.gvz", "--out", $"{run}-there.npy");
            Assert.Equal((0, ""), (restored.ExitCode, restored.Error));
            Run($"decompress {run}-there.gvz --out {run}-here.npy");
            Assert.Equal(File.ReadAllBytes(_runs.In($"{run}-here.npy")), File.ReadAllBytes(_runs.In($"{run}-there.npy")));
        }
    }

    private Outcome Run(string line, bool notes = false)
    {
        string[] words = line.Split(' ');
        Outcome outcome = Runner.Run(_runs.Folder, words[0] == "compress" ? [.. words, "--device", "cpu"] : words);
        Assert.True(outcome.ExitCode == 0 && (notes || line.StartsWith("train", StringComparison.Ordinal) || outcome.Error.Length == 0), outcome.Error);
        return outcome;
    }
}
