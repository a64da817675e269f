using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Browser.Tests;

/// <summary>The decoder in the page gives what <c>gpuvae decode</c> gives.</summary>
[Collection(Pages.Name)]
public sealed class DecoderTests(Chromium chromium, ReportedRuns runs)
{
    private const string Convolutions = "conv 4 3/2, conv 8 3/2 norm batch, dense 16";

    /// <summary>Half a step of a byte for the page's rounding, and one for weights in half precision.</summary>
    private const double Tolerance = 1.0 / 255;

    /// <summary>Kinds of models: a name, and its options.</summary>
    public static TheoryData<string, string> Models => new()
    {
        { "relu", "--hidden 16" },
        { "deep", "--hidden 16,12,8 --activation tanh" },
        { "linear", "--hidden none" },
        { "leaky", "--hidden 16 --activation leaky-relu" },
        { "elu", "--hidden 16 --activation elu" },
        { "gelu", "--hidden 16 --activation gelu" },
        { "silu", "--hidden 16 --activation silu" },
        { "softplus", "--hidden 16 --activation softplus" },
        { "sigmoid", "--hidden 16 --activation sigmoid" },
        { "gaussian", "--hidden 16 --preset ae" },
        { "laplace", "--hidden 16 --likelihood laplace" },
        { "logistic", "--hidden 16 --likelihood logistic --sigma learned" },
        { "beta-binomial", "--hidden 16 --likelihood beta-binomial" },
        { "logistic-mixture map", "--network 'conv 4 3/2' --likelihood logistic-mixture" },
        { "beta-binomial map", "--network 'conv 4 3/2' --likelihood beta-binomial" },
        { "scaled", "--hidden 16 --likelihood gaussian --scale standard" },
        { "binary", "--hidden 16 --preset hash" },
        { "full", "--hidden 16 --code full" },
        { "convolutions", $"--network '{Convolutions}'" },
        { "padded", "--network 'conv 4 3/2 pad 1, conv 8 4/2 pad 1' --decoder '3x3x8, up 4 4*2 pad 1, up C 3*2 pad 1+1'" },
        { "pooled", "--network 'conv 4 3, pool 2, conv 8 3, pool average 2, res, dense 12' --decoder '3x3x8, upsample 2, res, conv 4 3 norm group, upsample 2, conv C 3'" },
        { "layer norm", "--network 'conv 4 3/2 norm layer, dense 12 norm batch, dropout 0.1'" },
        { "code map", "--preset ae --network 'conv 4 3/2, conv 2 3/2, code' --latent 18" },
    };

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Its_pixels_are_those_of_decode(string name, string options)
    {
        string[] latent = options.Contains("--latent", StringComparison.Ordinal) ? [] : ["--latent", "3"];
        string report = runs.Report(
            name, ["--data", runs.In("tiny"), "--epochs", "30", "--batch", "16", "--learning-rate", "5e-3", .. latent, .. Words(options)]);
        await RequireSame(report, name);
    }

    [Fact]
    public async Task Its_pixels_are_those_of_decode_for_the_default_model()
    {
        Assert.InRange(await RequireSame(runs.Digits(), "digits"), 0, 5);
    }

    [Fact]
    public async Task Its_pixels_are_those_of_decode_for_the_convolutional_preset()
    {
        Directory.CreateDirectory(runs.In("large"));
        File.WriteAllBytes(runs.In("large/train-images-idx3-ubyte"), IdxFiles.BuildImages(32, 64, 64));
        File.WriteAllBytes(runs.In("large/t10k-images-idx3-ubyte"), IdxFiles.BuildImages(8, 64, 64, first: 5));
        string report = runs.Report("conv-vae-64", "--preset", "conv-vae-64", "--data", runs.In("large"), "--epochs", "1", "--batch", "16");
        Assert.InRange(await RequireSame(report, "conv-vae-64"), 0, 30);
    }

    /// <summary>Numbers under their likelihood's mean, and categories under a softmax.</summary>
    [Fact]
    public async Task Rows_of_numbers_and_words_are_decoded_as_the_model_does()
    {
        string report = runs.Report(
            "table", "--data", runs.In("table.csv"), "--label-column", "label", "--categorical", "c", "--hidden", "8", "--latent", "2",
            "--epochs", "20", "--scale", "min-max");
        await using OpenedPage page = await chromium.Open(report);
        double[] decoded = await page.Page.EvaluateAsync<double[]>("() => [...gpuvae.decode([0.5, -1])]");
        File.WriteAllText(runs.In("code.csv"), "z0,z1\n0.5,-1\n");
        ReportedRuns.Run("decode", runs.In("code.csv"), runs.In("table"), "--device", "cpu", "--out", runs.In("row.csv"));
        string[] header = File.ReadAllLines(runs.In("row.csv"))[0].Split(','), cells = File.ReadAllLines(runs.In("row.csv"))[1].Split(',');
        JsonElement scaling = JsonDocument.Parse(File.ReadAllText(runs.In("table/config.json"))).RootElement;
        double offset = scaling.GetProperty("scale_offsets")[0].GetDouble(), factor = scaling.GetProperty("scale_factors")[0].GetDouble();
        string[] numbers = ["a", "b", "d"];
        for (int i = 0; i < numbers.Length; i++)
        {
            double expected = double.Parse(cells[Array.IndexOf(header, numbers[i])], CultureInfo.InvariantCulture);
            Assert.Equal(expected, (decoded[i] / factor) + offset, 0.02 / factor);
        }
        Assert.Equal(1, decoded[3..].Sum(), 1e-5);

        // Under the picture stands the row that decode writes.
        await page.Page.EvaluateAsync("() => gpuvae.setCode([0.5, -1])");
        IReadOnlyList<string> names = await page.Page.Locator("#decoded-row th").AllInnerTextsAsync();
        IReadOnlyList<string> shown = await page.Page.Locator("#decoded-row td").AllInnerTextsAsync();
        Assert.Equal(["a", "b", "c", "d"], names);
        Assert.Equal(cells[Array.IndexOf(header, "c")], shown[2]);
        foreach (string number in numbers)
        {
            double expected = double.Parse(cells[Array.IndexOf(header, number)], CultureInfo.InvariantCulture);
            string cell = shown[names.ToList().IndexOf(number)].Replace('−', '-').Replace(",", "", StringComparison.Ordinal);
            Assert.Equal(expected, double.Parse(cell, CultureInfo.InvariantCulture), 0.02 / factor);
        }
        page.RequireNoFault();
    }

    /// <summary>
    /// Compares pictures of codes around those that there are, and gives the time of a frame in milliseconds: the least of 51, which is what the
    /// script takes where no other program has the processor.
    /// </summary>
    private async Task<double> RequireSame(string report, string run)
    {
        await using OpenedPage page = await chromium.Open(report);
        page.RequireNoFault();
        string codes = runs.In($"{run}-codes.npy"), pictures = runs.In($"{run}-pictures.npy");
        ReportedRuns.Run("encode", runs.In(run), "--device", "cpu", "--limit", "8", "--out", codes);
        ReportedRuns.Run("decode", codes, runs.In(run), "--device", "cpu", "--out", pictures);
        (double[] z, int count) = Read(codes);
        (double[] expected, _) = Read(pictures);
        int units = z.Length / count, size = expected.Length / count;
        double largest = 0;
        for (int i = 0; i < count; i++)
        {
            double[] code = z[(i * units)..((i + 1) * units)];
            double[] pixels = await page.Page.EvaluateAsync<double[]>("code => [...gpuvae.pixels(code)]", code);
            Assert.Equal(size, pixels.Length);
            double white = expected.Max() <= 1.5 ? 1 : 255;
            for (int p = 0; p < size; p++)
                largest = Math.Max(largest, Math.Abs(Math.Clamp(expected[(i * size) + p] / white, 0, 1) - (pixels[p] / 255)));
        }
        TestContext.Current.TestOutputHelper?.WriteLine(FormattableString.Invariant($"{run}: largest difference {largest * 255:F3} of 255"));
        Assert.InRange(largest, 0, Tolerance);
        double[] frames = await page.Page.EvaluateAsync<double[]>(
            "code => { const one = () => { const begin = performance.now(); gpuvae.pixels(code); return performance.now() - begin; }; for (let i = 0; i < 20; i++) one(); return Array.from({ length: 51 }, one).sort((a, b) => a - b); }",
            z[..units]);
        TestContext.Current.TestOutputHelper?.WriteLine(FormattableString.Invariant(
            $"{run}: a frame takes {frames[0]:F2} ms at least, {frames[25]:F2} in the middle, {frames[50]:F2} at most"));
        return frames[0];
    }

    /// <summary>Words of a line, with what stands in apostrophes as one.</summary>
    private static IEnumerable<string> Words(string line) => line.Split('\'')
        .SelectMany((part, i) => i % 2 == 1 ? [part] : part.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static (double[] Values, int Count) Read(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        int start = 10 + BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8));
        string header = System.Text.Encoding.ASCII.GetString(bytes, 10, start - 10);
        int count = int.Parse(header[(header.IndexOf('(', StringComparison.Ordinal) + 1)..header.IndexOf(',', header.IndexOf('(', StringComparison.Ordinal))], CultureInfo.InvariantCulture);
        return header.Contains("f8", StringComparison.Ordinal)
            ? (MemoryMarshal.Cast<byte, double>(bytes.AsSpan(start)).ToArray(), count)
            : ([.. MemoryMarshal.Cast<byte, float>(bytes.AsSpan(start)).ToArray().Select(value => (double)value)], count);
    }
}
