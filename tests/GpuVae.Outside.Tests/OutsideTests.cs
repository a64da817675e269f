using System.Globalization;
using System.Text.Json;
using GpuVae.CommandLine;
using GpuVae.Data;
using GpuVae.Detection;
using GpuVae.Evaluation;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;
using Xunit;

namespace GpuVae.Outside.Tests;

/// <summary>
/// One choice of each kind from an assembly that is no friend: the console knows its name, trains with it, saves and resumes.
/// </summary>
public sealed class OutsideTests : IDisposable
{
    private static readonly Lazy<bool> _added = new(() =>
    {
        Registry.Layers.Add("running-center", () => new RunningCenter(), "centered by a running mean, and scaled");
        Registry.Layers.Add(
            "norms",
            () => new Sequential(
                new BatchNorm(), new ActivationLayer(Activation.Relu), new Dropout(0.2), new GroupNorm(1)),
            "normalised, with dropout");
        Registry.Codes.Add("scaled", settings => new ScaledCode(settings.Units), "scaled numbers that are kept small");
        Registry.Likelihoods.Add(
            "cauchy", new LikelihoodChoice(false, _ => new CauchyLikelihood()), "a pixel's median with a Cauchy distribution");
        Registry.Corruptions.Add(
            "dim", new CorruptionChoice(1, amount => new DimCorruption(amount)), "the image darkened");
        Registry.Objectives.Add("half", _ => new HalfReconstruction(), "half of the reconstruction loss");
        Registry.Initializers.Add("small-normal", new SmallNormalInitializer(), "all from N(0, 0.05²)");
        DataFormats.Add(new SpacedNumbersFormat());
        return true;
    });

    private readonly string _folder = Directory.CreateTempSubdirectory("gpuvae-outside-").FullName;

    public OutsideTests() => Assert.True(_added.Value);

    public static TheoryData<string> Devices => ["cpu", "ilgpu-cpu"];

    private string[] Choices =>
    [
        "--data", Data(), "--activation", "running-center", "--code", "scaled", "--likelihood", "cauchy",
        "--corruption", "dim", "--noise", "0.5", "--objective", "half", "--initializer", "small-normal",
        "--hidden", "9,7", "--latent", "3", "--batch", "16", "--learning-rate", "0.01",
    ];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Devices))]
    public void Run_of_own_choices_trains_saves_and_resumes_to_the_same_bits(string device)
    {
        string whole = Path.Combine(_folder, "whole"), parts = Path.Combine(_folder, "parts");
        Run(["train", .. Choices, "--device", device, "--epochs", "3", "--out", whole]);
        Run(["train", .. Choices, "--device", device, "--epochs", "1", "--out", parts]);
        Run(["train", "--resume", parts, "--device", device, "--epochs", "3"]);
        Assert.Equal(Read(whole, "checkpoint.safetensors"), Read(parts, "checkpoint.safetensors"));

        JsonElement[] metrics = Metrics(whole);
        Assert.Equal(3, metrics.Length);
        Assert.True(Number(metrics[2], "train_loss") < Number(metrics[0], "train_loss"));
        // Half of the reconstruction, and a hundredth of the code's own term.
        Assert.Equal(
            Number(metrics[2], "test_loss"),
            (0.5 * Number(metrics[2], "reconstruction")) + (0.5 * 10 * Math.Log(Math.PI))
                + (0.01 * Number(metrics[2], "activity")),
            1e-4);
        Assert.Equal(
            Number(metrics[2], "reconstruction"), Number(metrics[2], "whole") + (10 * Math.Log(Math.PI)), 1e-4);

        string header = Header(whole);
        foreach (string tensor in (string[])
        [
            "code.scale", "encoder.1.scale", "encoder.1.running_mean", "optimizer.first_moment.code.scale",
            "decoder.3.running_mean",
        ])
        {
            Assert.Contains($"\"{tensor}\"", header, StringComparison.Ordinal);
        }
        Assert.DoesNotContain("optimizer.first_moment.encoder.1.running_mean", header, StringComparison.Ordinal);
        Assert.Contains("\"activation\": \"running-center\"", Text(whole, "config.json"), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void Running_estimates_and_dropout_go_on_where_a_run_was_stopped(string device)
    {
        string whole = Path.Combine(_folder, "whole"), parts = Path.Combine(_folder, "parts");
        string[] train =
        [
            "train", "--data", Data(), "--preset", "vae", "--activation", "norms", "--hidden", "9", "--latent", "3",
            "--device", device,
        ];
        Run([.. train, "--batch", "53", "--epochs", "3", "--out", whole]);
        Run([.. train, "--batch", "53", "--epochs", "1", "--out", parts]);
        Run(["train", "--resume", parts, "--device", device, "--epochs", "3"]);
        Assert.Equal(Read(whole, "checkpoint.safetensors"), Read(parts, "checkpoint.safetensors"));
        foreach (string tensor in (string[])["weight", "bias", "running_mean", "running_var"])
        {
            Assert.Contains($"\"encoder.1.0.{tensor}\"", Header(whole), StringComparison.Ordinal);
            Assert.Contains($"\"encoder.1.0.{tensor}\"", Header(whole, "best.safetensors"), StringComparison.Ordinal);
        }
        Assert.Contains("\"encoder.1.2.weight\"", Header(whole), StringComparison.Ordinal);
        Run(["evaluate", whole, "--json", Path.Combine(_folder, "figures.json")]);
        using JsonDocument figures = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, "figures.json")));
        Assert.Equal(Number(Metrics(whole)[2], "reconstruction"), Find(figures.RootElement, "reconstruction"), 1e-5);
        (int code, string text) = Execute(
            [.. train, "--batch", "1", "--epochs", "1", "--out", Path.Combine(_folder, "one")]);
        Assert.NotEqual(0, code);
        Assert.Contains("encoder.1.0: batch norm of one image", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Trained_run_is_evaluated_and_encoded_with_the_state_that_was_saved()
    {
        string run = Path.Combine(_folder, "run"), codes = Path.Combine(_folder, "codes.csv");
        Run(["train", .. Choices, "--device", "cpu", "--epochs", "2", "--out", run]);
        Run(["evaluate", run, "--json", Path.Combine(_folder, "figures.json")]);
        Run(["encode", run, "--out", codes]);
        Assert.True(File.ReadLines(codes).Count() > 10);
        using JsonDocument figures = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, "figures.json")));
        Assert.Equal(
            Number(Metrics(run)[1], "reconstruction"), Find(figures.RootElement, "reconstruction"), 1e-6);
    }

    /// <summary>A likelihood that does not say what each number has of its loss: they share it by their squared errors.</summary>
    [Fact]
    public void Detector_of_own_choices_scores_and_divides_the_loss_among_the_columns()
    {
        string run = Path.Combine(_folder, "run"), file = Path.Combine(_folder, "own.gpuvae");
        Run(["train", .. Choices, "--device", "cpu", "--epochs", "2", "--out", run]);
        using var made = AnomalyDetector.FromRun(run, new AnomalyOptions { MemoryRows = 0 });
        made.Save(file);
        using var detector = AnomalyDetector.Load(file);
        ImageSet rows = Datasets.Open(detector.Configuration.ToDataSettings() with { Data = Data() }).Test;
        using IDevice device = Device.Open("cpu");
        using var trained = TrainedModel.Open(run, device, capacity: 8);
        double[] expected = new AnomalyScorer(
            device, trained.Model, trained.Encoding, detector.Configuration.Seed, AnomalyScore.Reconstruction, 1).Score(rows);
        double[] scores = detector.ScoreMany(rows, TestContext.Current.CancellationToken);
        for (int i = 0; i < rows.Count; i++)
        {
            ReadOnlySpan<float> row = rows.Values.AsSpan(i * rows.Dimensions, rows.Dimensions);
            Assert.Equal(expected[i], scores[i], Math.Abs(expected[i]) * 1e-5);
            AnomalyExplanation explained = detector.Explain(row);
            Assert.Equal(scores[i], explained.Verdict.Score);
            Assert.Equal(scores[i], explained.Columns.Sum(column => column.Contribution), Math.Abs(scores[i]) * 1e-5);
        }
    }

    [Fact]
    public void Heat_under_an_own_likelihood_adds_up_to_the_score_as_the_squared_error_is_spread()
    {
        using IDevice device = Device.Open("cpu");
        const int Pictures = 5;
        float[] values = new float[Pictures * 4 * 3];
        Philox.FillUniform(new RandomSource(5, RandomPurpose.Prior), 0, values);
        var pictures = new ImageSet(values, null, 4, 3);
        using var model = new Autoencoder(
            device, pictures.Shape, 3, new NoCorruption(), NetworkSettings.Dense([9], () => new RunningCenter()), new ScaledCode(3),
            new CauchyLikelihood());
        model.Parameters.Initialize(seed: 3, new SmallNormalInitializer());
        PixelScores heat = new PixelScorer(device, model, PixelEncoding.Scaled, seed: 1).Score(pictures);
        double[] whole = new AnomalyScorer(device, model, PixelEncoding.Scaled, 1, AnomalyScore.Reconstruction, 1).Score(pictures);
        for (int i = 0; i < Pictures; i++)
        {
            double[] errors = [.. Enumerable.Range(i * 12, 12).Select(j => Math.Pow(values[j] - (double)heat.Expected[j], 2))];
            for (int j = 0; j < 12; j++)
                Assert.Equal(whole[i] * errors[j] / errors.Sum(), heat.Heat[(i * 12) + j], 1e-4);
        }
    }

    [Fact]
    public void Help_shows_what_was_added_and_a_wrong_name_is_answered_with_it()
    {
        string help = string.Join(' ', Run(["train", "--help"]).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        foreach (string name in (string[])["running-center", "scaled", "cauchy", "dim", "half", "small-normal"])
            Assert.Contains($" {name} = ", help, StringComparison.Ordinal);
        Assert.Contains("; a file of numbers between spaces.", help, StringComparison.Ordinal);
        // With one name more the names no longer fit beside the option; the text under it has them all.
        Assert.Contains(" --activation NAME What follows", help, StringComparison.Ordinal);
        (int code, string text) = Execute(["train", "--code", "skaled"]);
        Assert.Equal(2, code);
        Assert.Matches("choose from point, diagonal, full, binary, (.*, )?scaled", text);
    }

    [Fact]
    public void Gradients_of_own_layer_code_and_likelihood_agree_with_finite_differences()
    {
        // In float32, so by the change of the loss along the gradient: L(θ + t∇L) − L(θ − t∇L) = 2t ‖∇L‖².
        using IDevice device = Device.Open("cpu");
        const int Rows = 8;
        using var model = new Autoencoder(
            device, Shape.Vector(10), Rows, new NoCorruption(), NetworkSettings.Dense([9], () => new RunningCenter()),
            new ScaledCode(3), new CauchyLikelihood());
        model.Parameters.Initialize(seed: 3, new SmallNormalInitializer());
        float[] start = Read(device, model.Parameters.Values);
        for (int i = 0; i < start.Length; i++)
            start[i] *= 5;
        View<float> x = device.Allocate<float>(Rows * 10).AsMatrix(Rows, 10);
        var images = new float[Rows * 10];
        Philox.FillUniform(new RandomSource(5, RandomPurpose.Prior), 0, images);
        device.Upload<float>(images, x);
        View<int> counters = device.Allocate<int>(Counter.Count).AsVector();
        View<float> schedule = device.Allocate<float>(Schedule.Columns).AsMatrix(1, Schedule.Columns);
        var noise = new RandomSource(1, RandomPurpose.EvaluationCode);

        double Loss(float[] values)
        {
            device.Upload<float>(values, model.Parameters.Values);
            ForwardPass pass = model.Forward(x, counters, noise);
            double[] means = [.. pass.Terms.All.Select(term => Read(device, pass.Losses(term)).Average(loss => (double)loss))];
            return pass.Terms.Values(means).Sum(divergenceWeight: 0);
        }

        device.Upload<float>(start, model.Parameters.Values);
        model.Backward(model.Forward(x, counters, noise), schedule, counters);
        float[] gradient = Read(device, model.Parameters.Gradients);
        double square = gradient.Sum(value => (double)value * value);
        double step = 2e-3 / Math.Sqrt(square);
        float[] Moved(double t) => [.. start.Zip(gradient, (value, slope) => (float)(value + (t * slope)))];
        double change = (Loss(Moved(step)) - Loss(Moved(-step))) / (2 * step);
        Assert.Equal(square, change, 0.01 * square);
    }

    private static float[] Read(IDevice device, View<float> view)
    {
        var values = new float[view.Length];
        device.Download<float>(view, values);
        return values;
    }

    private static byte[] Read(string run, string file) => File.ReadAllBytes(Path.Combine(run, file));

    private static string Text(string run, string file) => File.ReadAllText(Path.Combine(run, file));

    private static JsonElement[] Metrics(string run) =>
        [.. File.ReadLines(Path.Combine(run, "metrics.jsonl")).Select(line => JsonSerializer.Deserialize<JsonElement>(line))];

    private static double Number(JsonElement line, string name) => line.GetProperty(name).GetDouble();

    /// <summary>The first number of that name anywhere in a document.</summary>
    private static double Find(JsonElement element, string name)
    {
        foreach (JsonProperty property in element.EnumerateObject())
        {
            if (property.Name == name && property.Value.ValueKind == JsonValueKind.Number)
                return property.Value.GetDouble();
            if (property.Value.ValueKind == JsonValueKind.Object && Find(property.Value, name) is double found && !double.IsNaN(found))
                return found;
        }
        return double.NaN;
    }

    /// <summary>The header of a safetensors file: eight bytes of length, then JSON.</summary>
    private static string Header(string run, string name = "checkpoint.safetensors")
    {
        byte[] file = Read(run, name);
        return System.Text.Encoding.UTF8.GetString(file, 8, (int)BitConverter.ToInt64(file));
    }

    private static string Run(string[] arguments)
    {
        (int code, string text) = Execute(arguments);
        Assert.True(code == 0, $"{string.Join(' ', arguments)}: exit code {code}: {text}");
        return text;
    }

    /// <summary>The console's program in this process: what the choices were added to.</summary>
    private static (int Code, string Text) Execute(string[] arguments)
    {
        using var text = new StringWriter();
        (TextWriter output, TextWriter error) = (Console.Out, Console.Error);
        Console.SetOut(text);
        Console.SetError(text);
        try
        {
            return (GpuVaeProgram.Run(arguments), text.ToString());
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(error);
        }
    }

    private string Data()
    {
        string path = Path.Combine(_folder, "rows.spaced");
        if (File.Exists(path))
            return path;
        var values = new float[200 * 2];
        Philox.FillUniform(new RandomSource(9, RandomPurpose.Prior), 0, values);
        File.WriteAllLines(path, values.Chunk(2).Select(pair => string.Join(' ', Enumerable.Range(0, 10).Select(
            i => ((pair[0] * i / 10) + (pair[1] * (10 - i) / 10)).ToString("F4", CultureInfo.InvariantCulture)))));
        return path;
    }
}
