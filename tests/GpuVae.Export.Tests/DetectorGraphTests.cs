using GpuVae.Data;
using GpuVae.Detection;
using Xunit;

namespace GpuVae.Export.Tests;

/// <summary>Detectors of every kind in ONNX Runtime, beside what <see cref="AnomalyDetector"/> says of the same rows.</summary>
public sealed class DetectorGraphTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static readonly string[] _names = ["heat", "colour", "torque", "mode", "noise"];

    public static TheoryData<string, bool, double, int> Words => new()
    {
        { "mean", true, 0, CodeMemory.MostRows },
        { "mean", false, 0.1, CodeMemory.MostRows },
        { "median", true, 0.1, 40 },
        { "median", false, 0, 0 },
        { "mean", true, 0, 0 },
    };

    [Theory]
    [MemberData(nameof(Words))]
    public void Tables_of_numbers_words_and_missing_cells(string missing, bool masks, double contamination, int memoryRows)
    {
        AnomalyOptions options = Options(contamination, memoryRows);
        options = options with { Configuration = options.Configuration with { Missing = missing, MaskMissing = masks } };
        using AnomalyDetector detector = AnomalyDetector.Train(Table(150), options, cancellation: Token);
        Dictionary<string, ColumnValue>[] rows = [.. Enumerable.Range(0, 30).Select(row => Row(new Random(100 + row)))];
        rows[3]["mode"] = ColumnValue.Missing;
        rows[4]["colour"] = "lilac";
        rows[5]["colour"] = ColumnValue.Missing; // impossible: training had none
        rows[6]["heat"] = double.NaN;
        rows[7]["noise"] = double.NegativeInfinity;
        rows[8]["torque"] = 1e30;
        rows[9]["heat"] = 40;
        DetectorResults results = new DetectorRun(detector).Score(rows);
        for (int row = 0; row < rows.Length; row++)
            results.RequireSame(row, detector, detector.Explain(rows[row]));
        Assert.Equal((memoryRows > 0, contamination == 0), (detector.MemoryRows > 0, detector.Model.Memory is not { Spreads.Length: 0 }));
    }

    [Theory]
    [InlineData("standard", "gaussian", 0, 2048)]
    [InlineData("standard", "gaussian", 0.1, 2048)]
    [InlineData("log", "gaussian", 0, 2048)]
    [InlineData("none", "bernoulli", 0, 2048)]
    [InlineData("standard", "laplace", 0, 0)]
    [InlineData("standard", "gaussian", 0.1, 0)]
    [InlineData("none", "bernoulli", 0, 0)]
    public void Series_and_tables_without_names(string scale, string likelihood, double contamination, int memoryRows)
    {
        AnomalyOptions options = Options(contamination, memoryRows);
        options = options with { Configuration = options.Configuration with { Scale = scale, Likelihood = likelihood } };
        float unit = likelihood == "bernoulli" ? 1f / 3 : 1;
        using AnomalyDetector detector = AnomalyDetector.Train(Waves(120, seed: 1, unit), null, options, cancellation: Token);
        float[][] rows = Waves(40, seed: 2, unit);
        rows[3][4] = float.NaN;
        rows[4][0] = float.PositiveInfinity;
        rows[5][7] = 30;
        rows[6][7] = -1;
        rows[7][2] = 1e30f;
        DetectorResults results = new DetectorRun(detector).Score(rows);
        for (int row = 0; row < rows.Length; row++)
            results.RequireSame(row, detector, detector.Explain(rows[row]));
        Assert.Contains(true, results.Verdicts);
        Assert.Contains(false, results.Verdicts);
    }

    [Theory]
    [InlineData("bernoulli", "none", "conv 4 3/2 norm batch, dense 8", 0)]
    [InlineData("logistic", "none", "dense 8", 0)]
    [InlineData("gaussian", "none", "conv 4 3/2", 0)]
    [InlineData("beta-binomial", "none", "dense 8", 0)]
    [InlineData("beta-binomial", "none", "conv 4 3/2", 0)]
    [InlineData("logistic-mixture", "none", "dense 8", 0)]
    [InlineData("logistic-mixture", "none", "conv 4 3/2", 0)]
    [InlineData("bernoulli", "threshold", "dense 8", 0)]
    [InlineData("gaussian", "none", "conv 4 3/2", 50)]
    public void Pictures(string likelihood, string binarize, string network, int memoryRows)
    {
        AnomalyOptions options = Options(0, memoryRows);
        options = options with
        {
            Configuration = options.Configuration with { Network = network, Hidden = [], Likelihood = likelihood, Binarize = binarize },
        };
        using AnomalyDetector detector = AnomalyDetector.Train(new ImageSet(Pixels(100, seed: 1), null, 6, 7, 2), options, cancellation: Token);
        byte[] pixels = Pixels(20, seed: 2);
        Array.Fill(pixels, (byte)255, 3 * 84, 84);
        DetectorResults results = new DetectorRun(detector).Score(pixels);
        for (int row = 0; row < 20; row++)
            results.RequireSame(row, detector, detector.Explain(pixels.AsSpan(row * 84, 84)), white: 255);
        Assert.Equal([20, 6, 7, 2], results.ContributionShape);
        Assert.Contains(true, results.Verdicts);
    }

    [Fact]
    public void Codes_of_bits_and_a_threshold_that_was_given()
    {
        AnomalyOptions options = Options(0, 500) with { Threshold = ThresholdRule.Fixed(0.5) };
        options = options with { Configuration = options.Configuration with { Code = "binary" } };
        AnomalyDetector detector = AnomalyDetector.Train(Waves(300, seed: 1), null, options, cancellation: Token);
        float[][] rows = Waves(40, seed: 3);
        var run = new DetectorRun(detector);
        DetectorResults results = run.Score(rows);
        for (int row = 0; row < rows.Length; row++)
            results.RequireSame(row, detector, detector.Explain(rows[row]));
        Assert.Equal(("0.5", "given"), (run.Metadata["threshold"], run.Metadata["threshold_rule"]));
        Assert.Throws<ArgumentException>(() => OnnxExport.Write(detector, "nowhere", new OnnxExportOptions { Threshold = 3 }));
        detector.Dispose();
        Assert.Throws<ObjectDisposedException>(() => OnnxExport.Write(detector, "nowhere"));
    }

    [Fact]
    public void The_metadata_names_columns_words_threshold_and_rule()
    {
        using AnomalyDetector detector = AnomalyDetector.Train(Table(80), Options(0.1, 2048), cancellation: Token);
        var run = new DetectorRun(detector);
        Assert.Equal("""["heat","colour","torque","mode","noise"]""", run.Metadata["columns"]);
        Assert.Equal("""["heat","torque","noise"]""", run.Metadata["number_columns"]);
        Assert.Equal("""["colour","mode"]""", run.Metadata["word_columns"]);
        Assert.Equal("""[["grün","red"],["eco","fast",""]]""", run.Metadata["words"]);
        Assert.Equal(detector.Threshold, double.Parse(run.Metadata["threshold"], System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal("a share of 0.1 of the training rows taken for anomalies", run.Metadata["threshold_rule"]);
        Assert.Equal("anomaly detector", run.Metadata["kind"]);
    }

    private static AnomalyOptions Options(double contamination, int memoryRows)
    {
        var options = new AnomalyOptions
        {
            Epochs = 15,
            MemoryRows = memoryRows,
            Threshold = contamination > 0 ? ThresholdRule.Contamination(contamination) : ThresholdRule.Quantile(0.9),
        };
        return options with
        {
            Configuration = options.Configuration with
            {
                Hidden = [12],
                Latent = 3,
                Batch = 16,
                Device = "cpu",
                Missing = "mean",
                MaskMissing = true,
            },
        };
    }

    private static ImageSet Table(int count)
    {
        string[][] levels = [["red", "grün"], ["eco", "fast"]];
        double[] cells = new double[count * 5];
        for (int row = 0; row < count; row++)
        {
            Dictionary<string, ColumnValue> named = Row(new Random(row));
            for (int column = 0; column < 5; column++)
            {
                ColumnValue cell = named[_names[column]];
                cells[(row * 5) + column] = column % 2 == 0 ? cell.Number : Array.IndexOf(levels[column / 2], cell.Text);
            }
            if (row % 11 == 4)
                cells[row * 5] = double.NaN;
            if (row % 13 == 6)
                cells[(row * 5) + 3] = double.NaN;
        }
        return new ImageSet(cells, null, 1, 5) { ColumnNames = _names, Levels = [null, levels[0], null, levels[1], null] };
    }

    private static Dictionary<string, ColumnValue> Row(Random random)
    {
        double load = random.NextDouble();
        bool isFast = load > 0.5;
        return new Dictionary<string, ColumnValue>
        {
            ["heat"] = 20 + (10 * load) + random.NextDouble(),
            ["colour"] = random.Next(2) == 0 ? "red" : "grün",
            ["torque"] = (0.3 * load) + (0.02 * random.NextDouble()),
            ["mode"] = isFast ? "fast" : "eco",
            ["noise"] = random.NextDouble(),
        };
    }

    private static float[][] Waves(int count, int seed, float unit = 1)
    {
        var random = new Random(seed);
        return
        [
            .. Enumerable.Range(0, count).Select(_ =>
            {
                double phase = 6 * random.NextDouble();
                return Enumerable.Range(0, 9).Select(i => unit * (float)(1.5 + Math.Sin(phase + (0.7 * i)) + (0.1 * random.NextDouble()))).ToArray();
            }),
        ];
    }

    private static byte[] Pixels(int count, int seed)
    {
        var random = new Random(seed);
        byte[] pixels = new byte[count * 84];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)(i % 14 < 7 == (i / 84 % 2 == 0) ? random.Next(200, 256) : random.Next(60));
        return pixels;
    }
}
