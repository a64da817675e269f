using GpuVae.Data;
using GpuVae.Detection;
using GpuVae.Evaluation;
using GpuVae.Kernels;
using GpuVae.Runs;
using GpuVae.Tests.Models;
using GpuVae.Tests.Support;
using GpuVae.Tests.Training;
using Xunit;

namespace GpuVae.Tests.Detection;

/// <summary>Detectors of runs, whatever their code, likelihood and network.</summary>
public sealed class DetectorModelTests : IDisposable
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private readonly IDevice _device = Device.Open("cpu");
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Choices =>
    [
        "{\"preset\": \"ae\"}",
        "{\"preset\": \"vae\"}",
        "{\"preset\": \"vae\", \"code\": \"full\"}",
        "{\"preset\": \"hash\"}",
        "{\"preset\": \"denoise\"}",
        "{\"preset\": \"ae\", \"likelihood\": \"laplace\", \"sigma\": 0.1}",
        "{\"preset\": \"vae\", \"likelihood\": \"gaussian\", \"sigma_is_learned\": true}",
        "{\"preset\": \"vae\", \"likelihood\": \"logistic\", \"sigma_is_learned\": true}",
        "{\"preset\": \"ae\", \"likelihood\": \"logistic\", \"sigma\": 0.05}",
        "{\"preset\": \"vae\", \"likelihood\": \"beta-binomial\"}",
        "{\"preset\": \"ae\", \"likelihood\": \"beta-binomial\", \"network\": \"conv 4 3/2\"}",
        "{\"preset\": \"ae\", \"likelihood\": \"logistic-mixture\", \"network\": \"conv 4 3/2\"}",
        "{\"preset\": \"vae\", \"binarize\": \"threshold\"}",
        "{\"preset\": \"vae\", \"binarize\": \"dynamic\"}",
        "{\"preset\": \"conv-vae\", \"network\": \"conv 4 3/2 norm batch, dense 6\"}",
        "{\"preset\": \"conv-ae\", \"network\": \"conv 4 3/2 norm group, code\", \"latent\": 120}",
    ];

    [Theory]
    [MemberData(nameof(Choices))]
    public void A_detector_ranks_pictures_as_the_scorer_does_and_keeps_its_bits(string choices)
    {
        // Bytes, and one picture after another unlike the first.
        ImageSet train = Pictures(40, 1), test = Pictures(20, 2);
        RunConfiguration configuration = Read(choices) with { Batch = 8, Epochs = 2, Pictures = "last", Device = "cpu" };
        string run = _folder.File("run");
        var data = new Dataset("pictures", train, test);
        RunFolder.Create(run, configuration.Preset, data.Name, configuration.WriteJson);
        GpuVae.Training.TrainingRun.Execute(
            configuration, data, _device, run, new RecordingObserver(), TestContext.Current.CancellationToken);
        using var trained = TrainedModel.Open(run, _device, capacity: 16);
        var scorer = new AnomalyScorer(
            _device, trained.Model, trained.Encoding, configuration.Seed, AnomalyScore.Reconstruction, samples: 1);
        using var detector = AnomalyDetector.FromRun(run, data: data);
        double[] expected = scorer.Score(test), scores = detector.ScoreMany(test, Token);

        // A constant of the likelihood lies between them; of bytes one for those inside and one for black and white.
        bool isOfBytes = configuration.Likelihood == "logistic";
        double[] differences = [.. expected.Zip(scores, (one, other) => one - other)];
        if (!isOfBytes)
            Assert.All(differences, difference => Assert.Equal(differences[0], difference, Math.Abs(expected[0]) * 1e-5));
        Assert.All(scores, score => Assert.True(score >= 0 && double.IsFinite(score)));

        Assert.Equal(Sensors.Bits(scores), Sensors.Bits(Enumerable.Range(0, test.Count).Select(i => detector.Score(Picture(test, i)))));
        AnomalyExplanation explained = detector.Explain(Picture(test, 3));
        Assert.Equal(scores[3], explained.Columns.Sum(column => column.Contribution), scores[3] * 1e-5);
        Assert.Equal((detector.Height, detector.Width, detector.Channels, 12 * 10), (12, 10, 1, explained.Pixels().Length));
        Assert.Equal(scores[3], explained.Pixels().Sum(), scores[3] * 1e-5);
        Assert.InRange(explained.Columns[7].Expected.Number, 0, 255);

        string file = _folder.File("pictures.gpuvae");
        detector.Save(file);
        using var loaded = AnomalyDetector.Load(file);
        Assert.Equal(Sensors.Bits(scores), Sensors.Bits(loaded.ScoreMany(test, Token)));
        Assert.Null(loaded.Configuration.DataPath);
    }

    [Fact]
    public void Numbers_without_a_probability_are_impossible()
    {
        using var run = new TemporaryRun(_device);
        run.Execute(TemporaryRun.Small("vae") with { Binarize = "threshold" });
        using var detector = AnomalyDetector.FromRun(run.Path, data: TemporaryRun.Data);
        var row = new float[SmallModels.Dimensions];
        Assert.True(double.IsFinite(detector.Score(row)));
        row[4] = 1.5f;
        Assert.Equal((double.PositiveInfinity, "column 5"), (detector.Score(row), detector.Verdict(row).ImpossibleColumn));
        // Binarising comes after the pipeline, and leaves nothing of what was wrong.
        Assert.Equal(double.PositiveInfinity, detector.Explain(row).Columns[4].Contribution);
        using var grey = new TemporaryRun(_device);
        grey.Execute(TemporaryRun.Small("vae"));
        using var bernoulli = AnomalyDetector.FromRun(grey.Path, data: TemporaryRun.Data);
        Assert.Equal((double.PositiveInfinity, "column 5"), (bernoulli.Score(row), bernoulli.Verdict(row).ImpossibleColumn));
        using var bytes = new TemporaryRun(_device);
        bytes.Execute(TemporaryRun.Small("ae") with { Likelihood = "logistic" });
        using var logistic = AnomalyDetector.FromRun(bytes.Path, data: TemporaryRun.Data);
        row[4] = 0.5001f;
        Assert.Equal("column 5", logistic.Verdict(row).ImpossibleColumn);
        Assert.Equal(0, row[4] = 0);
        Assert.True(double.IsFinite(logistic.Score(row)));
    }

    [Fact]
    public void A_run_without_its_data_needs_a_threshold()
    {
        using var run = new TemporaryRun(_device);
        run.Execute(TemporaryRun.Small("ae") with { Data = "/nowhere/table.csv" });
        UserException fault = Assert.Throws<UserException>(() => AnomalyDetector.FromRun(run.Path));
        Assert.Contains("a fixed threshold", fault.Message, StringComparison.Ordinal);
        using var detector = AnomalyDetector.FromRun(run.Path, new AnomalyOptions { Threshold = ThresholdRule.Fixed(7.5) });
        Assert.Equal((7.5, null, 0, null), (detector.Threshold, detector.Calibration, detector.TrainingRows, detector.HeldOutShareFlagged));
        Assert.Equal(double.NaN, detector.Verdict(new float[SmallModels.Dimensions]).Probability);
        Assert.Equal("table.csv", detector.Configuration.Data);
        detector.Save(_folder.File("fixed.gpuvae"));
        using var loaded = AnomalyDetector.Load(_folder.File("fixed.gpuvae"));
        Assert.Equal((7.5, ThresholdRule.Fixed(7.5), null), (loaded.Threshold, loaded.Rule, loaded.Calibration));
        Assert.Throws<UserException>(() => AnomalyDetector.FromRun(_folder.FullPath));
    }

    public void Dispose()
    {
        _device.Dispose();
        _folder.Dispose();
    }

    private static RunConfiguration Read(string choices)
    {
        using var json = System.Text.Json.JsonDocument.Parse(choices);
        var start = RunConfiguration.FromPreset(json.RootElement.GetProperty("preset").GetString()!) with { Hidden = [9], Latent = 3 };
        using var stream = new MemoryStream();
        using (var writer = new System.Text.Json.Utf8JsonWriter(stream))
            start.WriteJson(writer);
        var all = System.Text.Json.Nodes.JsonNode.Parse(stream.ToArray())!.AsObject();
        foreach (System.Text.Json.JsonProperty choice in json.RootElement.EnumerateObject())
            all[choice.Name] = System.Text.Json.Nodes.JsonNode.Parse(choice.Value.GetRawText());
        return RunConfiguration.ReadJson(System.Text.Encoding.UTF8.GetBytes(all.ToJsonString()), "choices");
    }

    private static ImageSet Pictures(int count, int seed)
    {
        var random = new Random(seed);
        return new ImageSet(
            [.. Enumerable.Range(0, count).SelectMany(_ =>
            {
                int level = random.Next(1, 200);
                return Enumerable.Range(0, 12 * 10).Select(i => (byte)(1 + level + (i % 50)));
            })],
            null, 12, 10);
    }

    private static byte[] Picture(ImageSet images, int index) => images.Pixels!.AsSpan(index * 120, 120).ToArray();
}
