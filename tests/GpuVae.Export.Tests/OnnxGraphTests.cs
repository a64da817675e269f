using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Runs;
using Microsoft.ML.OnnxRuntime;
using Xunit;

namespace GpuVae.Export.Tests;

/// <summary>Every code, likelihood and layer in ONNX Runtime, beside the library.</summary>
public sealed class OnnxGraphTests
{
    private const int Rows = 7;

    private static readonly Category[] _categories = [new(1, ["a", "b"]), new(4, ["red", "green", ""])];

    // Pictures of 7×10 in grey or colour, so that nothing divides.
    private static readonly Dictionary<string, RunConfiguration> _pictures = new()
    {
        ["dense"] = Ae() with { Hidden = [9], Latent = 3, Likelihood = "bernoulli" },
        ["dense, no hidden layer"] = Ae() with { Hidden = [], Latent = 3 },
        ["conv"] = Ae() with { Network = "conv 4 3/2, conv 6 3/2, dense 8", Latent = 3 },
        ["conv pad"] = Ae() with { Network = "conv 4 3/2 pad 1, conv 5 4/3 pad 0", Decoder = "2x3x5, up 4 3*2 pad 1+1, dense 30, 7x10xC", Latent = 3 },
        ["conv that leaves pixels over"] = Ae() with { Network = "conv 4 2/3 pad 0, conv 5 1/2", Decoder = "2x3x5, up 4 2*4 to 7x10, conv C 3", Latent = 3 },
        ["code"] = Ae() with { Network = "conv 4 3/2 relu, conv 2 3/2 tanh, code", Latent = 12 },
        ["norm batch"] = Ae() with { Network = "conv 4 3/2 norm batch, dense 8 norm batch", Latent = 3 },
        ["norm group"] = Ae() with { Network = "conv 4 3/2 norm group, dense 16 norm group tanh", Latent = 3 },
        ["norm layer"] = Ae() with { Network = "conv 4 3/2 norm layer, dense 8 norm layer", Latent = 3 },
        ["pool"] = Ae() with { Network = "conv 4 3, pool 2, conv 5 3, pool average 3/2", Latent = 3 },
        ["upsample"] = Ae() with { Network = "conv 4 3/2", Decoder = "4x5x4, upsample 2 to 7x10, conv C 3", Latent = 3 },
        ["upsample, larger edge"] = Ae() with { Network = "conv 4 3/2", Decoder = "3x4x4, upsample 2 to 7x10, conv C 3", Latent = 3 },
        ["upsample exact"] = Ae() with { Network = "dense 5", Decoder = "7x5x4, upsample 2, pool 2/1, conv C 3, dense 20, 7x10xC", Latent = 3 },
        ["res"] = Ae() with { Network = "conv 4 3/2, res norm batch, res 5", Latent = 3 },
        ["dropout"] = Ae() with { Network = "conv 4 3/2, dropout 0.3, dense 8, dropout 0.2", Latent = 3 },
        ["vae"] = RunConfiguration.FromPreset("vae") with { Hidden = [9], Latent = 3 },
        ["vae full"] = RunConfiguration.FromPreset("vae") with { Hidden = [9], Latent = 3, Code = "full" },
        ["vae full 1"] = RunConfiguration.FromPreset("vae") with { Hidden = [9], Latent = 1, Code = "full" },
        ["binary"] = Ae() with { Hidden = [9], Latent = 5, Code = "binary", Likelihood = "bernoulli" },
        ["laplace"] = Ae() with { Hidden = [9], Latent = 3, Likelihood = "laplace", Sigma = 0.4 },
        ["gaussian, learned"] = Ae() with { Hidden = [9], Latent = 3, Likelihood = "gaussian", Sigma = 0.3, SigmaIsLearned = true },
        ["logistic"] = Ae() with { Hidden = [9], Latent = 3, Likelihood = "logistic", Sigma = 0.05 },
        ["logistic, learned"] = Ae() with { Network = "conv 4 3/2", Latent = 3, Likelihood = "logistic", SigmaIsLearned = true },
        ["beta-binomial"] = Ae() with { Hidden = [9], Latent = 3, Likelihood = "beta-binomial" },
        ["logistic-mixture map"] = Ae() with { Network = "conv 4 3/2", Latent = 3, Likelihood = "logistic-mixture" },
        ["beta-binomial map"] = Ae() with { Network = "conv 4 3/2", Latent = 3, Likelihood = "beta-binomial" },
        ["binarize threshold"] = Ae() with { Hidden = [9], Latent = 3, Likelihood = "bernoulli", Binarize = "threshold" },
        ["binarize dynamic"] = Ae() with { Hidden = [9], Latent = 3, Likelihood = "bernoulli", Binarize = "dynamic" },
        ["scaled pixels"] = Ae() with { Hidden = [9], Latent = 3, Scale = "min-max", ScaleOffsets = [20], ScaleFactors = [0.01] },
    };

    private static readonly Dictionary<string, RunConfiguration> _tables = new()
    {
        ["numbers"] = Ae() with { Hidden = [9], Latent = 2 },
        ["scaled"] = Scaled(Ae() with { Hidden = [9], Latent = 2 }, 6),
        ["log"] = Scaled(Ae() with { Hidden = [9], Latent = 2 }, 6) with { Scale = "log" },
        ["laplace, learned"] = Scaled(Ae() with { Hidden = [9], Latent = 2, Likelihood = "laplace", SigmaIsLearned = true, Sigma = 0.5 }, 6),
        ["filled"] = Scaled(Ae() with { Hidden = [9], Latent = 2 }, 6) with { Missing = "mean", FillValues = [1, 2, 3, 4, 5, 6] },
        ["bernoulli"] = RunConfiguration.FromPreset("vae") with { Hidden = [9], Latent = 2, Likelihood = "bernoulli" },
        ["words"] = Scaled(Ae() with { Hidden = [9], Latent = 2, Likelihood = "gaussian", Categories = _categories }, 4),
        ["words, marked"] = Scaled(Ae() with { Hidden = [9], Latent = 2, Likelihood = "laplace", Categories = _categories }, 4) with
        {
            Missing = "median",
            MaskMissing = true,
            FillValues = [1, 0, 3, 4, 0, 6],
            MaskedColumns = [2, 5],
        },
        ["words of the vae"] = Scaled(RunConfiguration.FromPreset("vae") with { Hidden = [9], Latent = 2, Likelihood = "gaussian", SigmaIsLearned = true, Categories = _categories, Code = "full" }, 4),
        ["normed"] = Scaled(Ae() with { Network = "dense 8 norm batch gelu, dense 6 norm layer silu", Latent = 2 }, 6),
    };

    public static TheoryData<string> Pictures => [.. _pictures.Keys];

    public static TheoryData<string> Tables => [.. _tables.Keys];

    public static TheoryData<string> Activations => [.. Registry.Layers.Select(layer => layer.Name)];

    [Theory]
    [MemberData(nameof(Pictures))]
    public void Pictures_of_bytes_give_what_the_library_gives(string name)
    {
        foreach (int channels in (int[])[1, 3])
        {
            var shape = new Shape(7, 10, channels);
            using var exported = new ExportedModel(_pictures[name], shape, takesBytes: true, threshold: 0);
            byte[] pixels = new byte[Rows * shape.Size];
            new Random(1).NextBytes(pixels);
            var images = new ImageSet(pixels, null, 7, 10, channels);
            using var input = OrtValue.CreateTensorValueFromMemory(pixels, [Rows, 7, 10, channels]);
            double white = exported.Source.Pipeline.Scaling.Offsets.Count == 0 ? 255 : 1;
            RequireSame(exported, images, [("pixels", input)], means => Array.ConvertAll(exported.Source.Pipeline.Invert(means, shape.Size), x => white * x));
            RequireParts(exported, shape.Size, [Rows, 7, 10, channels]);
        }
    }

    [Theory]
    [MemberData(nameof(Tables))]
    public void Rows_of_a_table_give_what_the_library_gives(string name)
    {
        RunConfiguration configuration = _tables[name];
        bool hasWords = configuration.Categories.Length > 0;
        bool isUnit = configuration.Likelihood == "bernoulli";
        int width = hasWords ? 4 + 3 + 4 + (2 * configuration.MaskedColumns.Length) : 6;
        using var exported = new ExportedModel(configuration, new Shape(1, width, 1), threshold: 10);
        var random = new Random(2);
        double[] table = new double[Rows * 6];
        for (int i = 0; i < table.Length; i++)
            table[i] = isUnit ? random.NextDouble() : configuration.Scale == "log" ? Math.Exp(random.NextDouble()) : (5 * random.NextDouble()) - 1;
        string[][] words = [["b", "green"], ["a", "red"], ["other", "blue"], ["b", ""], ["", "red"], ["a", ""], ["a", "green"]];
        // Broken cells: missing, infinite, outside of what has a probability.
        table[(1 * 6) + 2] = double.NaN;
        table[(5 * 6) + 0] = double.PositiveInfinity;
        table[(6 * 6) + 5] = isUnit ? 1.5 : 1e300;
        if (configuration.Scale == "log")
            table[(3 * 6) + 3] = 0;
        int[] numbers = hasWords ? [0, 2, 3, 5] : [0, 1, 2, 3, 4, 5];
        ImageSet rows = hasWords ? WithWords(table, words) : new ImageSet(table, null, 1, 6);

        double[] cells = [.. Enumerable.Range(0, Rows).SelectMany(row => numbers.Select(column => table[(row * 6) + column]))];
        using var input = OrtValue.CreateTensorValueFromMemory(cells, [Rows, numbers.Length]);
        using OrtValue texts = Strings(words);
        (string, OrtValue)[] inputs = hasWords ? [("numbers", input), ("words", texts)] : [("numbers", input)];
        RequireSame(exported, rows, inputs, means =>
        {
            double[] whole = exported.Source.Pipeline.Invert(means, width);
            return [.. Enumerable.Range(0, Rows).SelectMany(row => numbers.Select(column => whole[(row * 6) + column]))];
        });
        RequireParts(exported, width, [Rows, width]);
    }

    [Theory]
    [MemberData(nameof(Activations))]
    public void Every_activation_gives_what_the_library_gives(string name)
    {
        RunConfiguration configuration = Ae() with { Hidden = [9, 8], Latent = 3, Activation = name };
        using var exported = new ExportedModel(configuration, new Shape(1, 6, 1));
        RequireParts(exported, 6, [Rows, 6]);
    }

    [Fact]
    public void Broken_cells_are_named_and_make_the_row_an_anomaly()
    {
        using var exported = new ExportedModel(_tables["scaled"], new Shape(1, 6, 1), threshold: 1e6);
        double[] table = new double[18];
        table[8] = double.NaN;
        using var input = OrtValue.CreateTensorValueFromMemory(table, [3, 6]);
        Dictionary<string, GraphResult> results = exported.Run("model.onnx", ("numbers", input));
        Assert.Equal([0, 1, 0], results["anomaly"].Numbers);
        Assert.Equal(double.PositiveInfinity, results["score"].Numbers[1]);
        Assert.Equal(8, Assert.Single(Enumerable.Range(0, 18), i => double.IsInfinity(results["contributions"].Numbers[i])));
        Assert.All(Enumerable.Range(0, 2), i => Assert.True(double.IsNaN(results["code"].Numbers[2 + i])));
        Assert.All(Enumerable.Range(0, 2), i => Assert.True(double.IsFinite(results["code"].Numbers[i])));
    }

    private static RunConfiguration Ae() => RunConfiguration.FromPreset("ae");

    private static RunConfiguration Scaled(RunConfiguration configuration, int columns) => configuration with
    {
        Scale = "standard",
        ScaleOffsets = [.. Enumerable.Range(0, columns).Select(column => 0.5 * column)],
        ScaleFactors = [.. Enumerable.Range(0, columns).Select(column => 1 / (1.0 + column))],
    };

    private static ImageSet WithWords(double[] table, string[][] words)
    {
        string[][] levels = [["b", "a", "other"], ["green", "red", "blue"]];
        double[] values = [.. table];
        for (int row = 0; row < Rows; row++)
        {
            for (int i = 0; i < 2; i++)
            {
                int level = Array.IndexOf(levels[i], words[row][i]);
                values[(row * 6) + _categories[i].Column] = level < 0 ? double.NaN : level;
            }
        }
        return new ImageSet(values, null, 1, 6) { Levels = [null, levels[0], null, null, levels[1], null] };
    }

    private static OrtValue Strings(string[][] words)
    {
        var value = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, [words.Length, 2]);
        for (int i = 0; i < words.Length * 2; i++)
            value.StringTensorSetElementAt(words[i / 2][i % 2].AsSpan(), i);
        return value;
    }

    /// <summary>Scores, contributions, verdicts, codes and reconstructions of the whole graph.</summary>
    private static void RequireSame(
        ExportedModel exported, ImageSet raw, (string, OrtValue)[] inputs, Func<float[], double[]> back)
    {
        Dictionary<string, GraphResult> results = exported.Run("model.onnx", inputs);
        double[] scores = exported.Scores(raw);
        RequireClose(scores, results["score"].Numbers);
        double threshold = inputs[0].Item1 == "pixels" ? 0 : 10;
        Assert.Equal(scores.Select(score => score > threshold ? 1.0 : 0), results["anomaly"].Numbers);
        int columns = results["contributions"].Numbers.Length / Rows;
        double[] sums = [.. results["contributions"].Numbers.Chunk(columns).Select(row => row.Sum())];
        RequireClose(scores, sums, 1e-5);

        ImageSet prepared = exported.Source.Pipeline.Apply("test", raw, keepsImpossible: true);
        float[] x = new float[Rows * prepared.Dimensions];
        prepared.CopyTo(0, x);
        for (int row = 0; row < Rows; row++)
            PixelEncodings.Apply(exported.Source.Encoding, new RandomSource(exported.Source.Seed, RandomPurpose.EvaluationPixels), 0, x.AsSpan(row * prepared.Dimensions, prepared.Dimensions));
        bool[] isWhole = [.. x.Chunk(prepared.Dimensions).Select(row => row.All(float.IsFinite))];
        float[] codes = exported.Computed(x, prepared.Dimensions, exported.Model.EncodeMean);
        RequireClose(Masked(codes, isWhole), results["code"].Numbers);
        double[] means = back(exported.Computed(codes, exported.Model.Units, exported.Model.DecodeMean));
        RequireClose(Masked(means, isWhole), results["reconstruction"].Numbers);
    }

    /// <summary>The graphs of encoder and decoder.</summary>
    private static void RequireParts(ExportedModel exported, int dimensions, long[] shape)
    {
        var random = new Random(4);
        float[] x = [.. Enumerable.Range(0, Rows * dimensions).Select(_ => random.NextSingle())];
        using var input = OrtValue.CreateTensorValueFromMemory(x, shape);
        Dictionary<string, GraphResult> encoded = exported.Run("encoder.onnx", ("x", input));
        float[] codes = exported.Computed(x, dimensions, exported.Model.EncodeMean);
        RequireClose(Array.ConvertAll(codes, code => (double)code), encoded["code"].Numbers);
        if (exported.Model.Posterior is { } posterior)
            RequirePosterior(posterior.Covariance, exported.Computed(x, dimensions, exported.Model.EncodePosterior), exported.Model.Units, encoded);
        using var code = OrtValue.CreateTensorValueFromMemory(codes, [Rows, exported.Model.Units]);
        Dictionary<string, GraphResult> decoded = exported.Run("decoder.onnx", ("code", code));
        Assert.Equal(shape, decoded["x"].Shape);
        float[] means = exported.Computed(codes, exported.Model.Units, exported.Model.DecodeMean);
        RequireClose(Array.ConvertAll(means, mean => (double)mean), decoded["x"].Numbers);
    }

    private static void RequirePosterior(Covariance covariance, float[] heads, int units, Dictionary<string, GraphResult> encoded)
    {
        int width = heads.Length / Rows;
        if (covariance == Covariance.Diagonal)
        {
            RequireClose([.. heads.Chunk(width).SelectMany(head => head[units..]).Select(x => (double)x)], encoded["log_variance"].Numbers);
            return;
        }
        double[] expected = new double[Rows * units * units];
        for (int row = 0; row < Rows; row++)
        {
            ReadOnlySpan<float> head = heads.AsSpan(row * width, width);
            int next = 2 * units;
            for (int i = 0; i < units; i++)
            {
                for (int j = 0; j < i; j++)
                    expected[(((row * units) + i) * units) + j] = head[next++];
                expected[(((row * units) + i) * units) + i] = Math.Exp(head[units + i]);
            }
        }
        RequireClose(expected, encoded["cholesky"].Numbers);
    }

    private static double[] Masked<T>(T[] values, bool[] isWhole)
        where T : IConvertible => [.. values.Select((value, i) => isWhole[i / (values.Length / Rows)] ? value.ToDouble(null) : double.NaN)];

    /// <summary>To 1e-4 of themselves, or of a hundredth of the largest where they are near 0.</summary>
    private static void RequireClose(double[] expected, double[] actual, double tolerance = 1e-4)
    {
        Assert.Equal(expected.Length, actual.Length);
        double largest = expected.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty(0).Max();
        for (int i = 0; i < expected.Length; i++)
        {
            if (!double.IsFinite(expected[i]))
                Assert.Equal(expected[i], actual[i]);
            else
                Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance * Math.Max(Math.Abs(expected[i]), largest / 100), $"{i}: {expected[i]:R} and {actual[i]:R}");
        }
    }
}
