using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using GpuVae.Imaging;
using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary>The verbs between images, codes and numbers: encode, decode, project, evaluate.</summary>
public sealed class CodeVerbTests(TrainedRuns runs) : IClassFixture<TrainedRuns>
{
    [Fact]
    public void Encode_writes_a_row_for_each_image_with_its_label()
    {
        Outcome outcome = Run("encode vae --sigma --out codes.csv");
        Assert.Equal("written to codes.csv", outcome.Output);
        string[] lines = File.ReadAllLines(runs.In("codes.csv"));
        Assert.Equal("example,label,z0,z1,z2,sigma0,sigma1,sigma2", lines[0]);
        Assert.Equal(12, lines.Length - 1);
        for (int i = 1; i < lines.Length; i++)
        {
            string[] cells = lines[i].Split(',');
            double[] numbers =
                [.. cells[2..].Select(cell => double.Parse(cell, CultureInfo.InvariantCulture))];
            Assert.All(numbers, number => Assert.True(double.IsFinite(number)));
            Assert.All(numbers[3..], sigma => Assert.True(sigma > 0));
            Assert.Equal([$"{i - 1}", $"{(i - 1) % 10}"], cells[..2]);
        }
    }

    [Fact]
    public void Encode_writes_numpy_arrays_with_labels_beside()
    {
        Outcome outcome = Run("encode ae --limit 5 --out codes-ae.npy");
        Assert.Equal("written to codes-ae.npy\nwritten to codes-ae-labels.npy", outcome.Output);
        Assert.Contains("'shape': (5, 2)", Header("codes-ae.npy"), StringComparison.Ordinal);
        Assert.Contains("'<i4'", Header("codes-ae-labels.npy"), StringComparison.Ordinal);
        byte[] labels = File.ReadAllBytes(runs.In("codes-ae-labels.npy"))[^20..];
        Assert.Equal([0, 1, 2, 3, 4], Enumerable.Range(0, 5).Select(
            i => BinaryPrimitives.ReadInt32LittleEndian(labels.AsSpan(4 * i))));
    }

    [Theory]
    [InlineData("csv", "")]
    [InlineData("npy", "")]
    [InlineData("csv", " --sigma")]
    [InlineData("npy", " --sigma")]
    public void What_was_encoded_decodes_to_the_reconstructions(string extension, string sigma)
    {
        string name = $"{Guid.NewGuid():N}";
        Run($"encode vae --limit 10{sigma} --out {name}.{extension}");
        Outcome outcome = Run($"decode {name}.{extension} vae --out {name}.png");
        Assert.Equal($"written to {name}.png", outcome.Output);
        Run($"reconstruct vae --count 10 --out {name}-2.png");

        // Ten images stand 4 in a row here and below the originals there; they are 54×45 pixels with gaps of 2.
        RasterImage decoded = Png.Read(runs.In($"{name}.png"));
        RasterImage reconstructed = Png.Read(runs.In($"{name}-2.png"));
        for (int image = 0; image < 10; image++)
        {
            for (int y = 0; y < 54; y++)
            {
                int from = (((image / 4 * 56) + 2 + y) * decoded.Width) + (image % 4 * 47) + 2;
                int to = ((56 + 2 + y) * reconstructed.Width) + (image * 47) + 2;
                Assert.Equal(
                    reconstructed.Pixels.AsSpan(to, 45).ToArray(), decoded.Pixels.AsSpan(from, 45).ToArray());
            }
        }
    }

    [Fact]
    public void Decode_writes_pictures_as_numbers()
    {
        Run("encode ae --limit 3 --out three.csv");
        Run("decode three.csv ae --out pictures.npy");
        Assert.Contains("'descr': '<f4'", Header("pictures.npy"), StringComparison.Ordinal);
        Assert.Contains("'shape': (3, 6, 5)", Header("pictures.npy"), StringComparison.Ordinal);
    }

    [Fact]
    public void Project_says_what_its_axes_are()
    {
        Outcome components = Run("project vae --out components.png");
        Assert.Matches(
            @"^principal component 1 \(\d+\.\d % of the variance\); principal component 2 \(\d+\.\d % of the variance\)",
            components.Output);
        Outcome units = Run("project ae --set train --limit 6 --out units.png");
        Assert.StartsWith("unit 0; unit 1", units.Output, StringComparison.Ordinal);
        Assert.All(
            (string[])["components.png", "units.png"], name => Assert.Equal(900, Png.Read(runs.In(name)).Width));
    }

    [Fact]
    public void Evaluate_prints_a_table_and_writes_json()
    {
        Outcome outcome = Runner.Run(
            runs.Folder, "evaluate", "vae", "--samples", "20", "--json", "numbers.json", "--device", "cpu");
        Assert.Equal(0, outcome.ExitCode);
        string[] expected =
        [
            "vae on 12 test images of tiny", "ELBO", "  reconstruction", "  KL divergence", "−log p\\(x\\)",
            "bits per dimension", "mean squared error", "active units", "unit  KL in nats  variance of the mean",
            "written to numbers.json",
        ];
        Assert.All(expected, start => Assert.Matches($"(?m)^{start}", outcome.Output));
        string json = File.ReadAllText(runs.In("numbers.json"));
        Assert.Contains("\"nll_samples\": 20", json, StringComparison.Ordinal);
        Assert.Contains("\"images\": 12", json, StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_of_a_point_code_has_no_bound()
    {
        Outcome outcome = Run("evaluate ae --limit 4");
        Assert.StartsWith("ae on 4 test images of tiny", outcome.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("ELBO", outcome.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("KL", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_posterior_that_has_collapsed_is_warned_of()
    {
        // Two epochs on 24 images teach the encoder nothing yet.
        Outcome outcome = Runner.Run(runs.Folder, "evaluate", "vae", "--device", "cpu");
        Assert.Equal(0, outcome.ExitCode);
        Assert.StartsWith("gpuvae: warning: the posterior has collapsed: 0 of 3 units", outcome.ErrorLine, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("encode ae --sigma", 1, "--sigma: the point code of ae is not drawn from a posterior")]
    [InlineData("encode vae --out codes.txt", 2, "--out codes.txt: the name of the file has to end with .csv or .npy")]
    [InlineData("encode vae --limit 0", 2, "--limit 0: ")]
    [InlineData("encode vae --out missing/codes.csv", 1, "missing/codes.csv: cannot be written")]
    [InlineData("decode", 2, "decode: CODES is missing")]
    [InlineData("decode nowhere.csv vae", 1, "nowhere.csv: cannot be read")]
    [InlineData("decode wide.csv vae", 1, "wide.csv: has 4 numbers a row, and a code of this run has 3 units")]
    [InlineData("decode words.csv vae", 1, "words.csv: ")]
    [InlineData("decode broken.npy vae", 1, "broken.npy: ")]
    [InlineData("decode wide.csv vae --out a.gif", 2, "--out a.gif: the name of the file has to end with .png or .csv or .npy")]
    [InlineData("project vae --set half", 2, "--set half: unknown")]
    [InlineData("evaluate ae --samples 5", 1, "--samples 5: the point code of ae is not drawn from a posterior")]
    [InlineData("evaluate vae --samples -1", 2, "--samples -1: must be a whole number from 0")]
    [InlineData("evaluate vae --json numbers.txt", 2, "--json numbers.txt: the name of the file has to end with .json")]
    [InlineData("evaluate vae --data other", 1, "other: ")]
    public void A_mistake_is_one_line_that_names_it(string line, int code, string said)
    {
        File.WriteAllText(runs.In("wide.csv"), "1,2,3,4\n5,6,7,8\n");
        File.WriteAllText(runs.In("words.csv"), "z0,z1,z2\n1,two,3\n");
        File.WriteAllText(runs.In("broken.npy"), "no array");
        Outcome outcome = Runner.Run(runs.Folder, [.. line.Split(' '), "--device", "cpu"]);
        Assert.Equal(code, outcome.ExitCode);
        Assert.StartsWith($"gpuvae: {said}", outcome.ErrorLine, StringComparison.Ordinal);
        Assert.Empty(outcome.Output);
    }

    private Outcome Run(string line)
    {
        Outcome outcome = Runner.Run(runs.Folder, [.. line.Split(' '), "--device", "cpu"]);
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        return outcome;
    }

    private string Header(string name) => Encoding.Latin1.GetString(File.ReadAllBytes(runs.In(name)).AsSpan(0, 128));
}
