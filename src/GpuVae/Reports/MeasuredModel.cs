using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;

namespace GpuVae.Reports;

/// <summary>What a report has of a run's weights: how its codes are drawn, its decoder, and with test data figures and a map.</summary>
internal sealed class MeasuredModel
{
    /// <summary>Places of a unit in its traversal.</summary>
    public const int TraversalSteps = 11;

    /// <summary>Test examples that figures are measured on, at most.</summary>
    private const int MostMeasured = 10_000;

    /// <summary>The model in one line.</summary>
    public required string Description { get; init; }

    /// <summary>Learned numbers.</summary>
    public required long Parameters { get; init; }

    /// <summary>An example.</summary>
    public required (int Height, int Width, int Channels) Shape { get; init; }

    /// <summary>Which weights: <c>best</c> or <c>last</c>.</summary>
    public required string Weights { get; init; }

    /// <summary>The epoch that they are of; null where the file does not say.</summary>
    public required int? Epoch { get; init; }

    /// <summary>What computed the report.</summary>
    public required string Device { get; init; }

    /// <summary>Whether a draw from N(0, I) has a picture.</summary>
    public required bool HasPrior { get; init; }

    /// <summary>The decoder for the page; null where <see cref="WhyNoDecoder"/> says why.</summary>
    public required DecoderScript? Decoder { get; init; }

    /// <summary>Why there is no decoder, or nothing.</summary>
    public required string WhyNoDecoder { get; init; }

    /// <summary>What stands between the numbers of a file and those of the model.</summary>
    public required Pipeline Pipeline { get; init; }

    /// <summary>On what it was measured: <c>all 10,000 test images</c>; null without data, as are the following.</summary>
    public string? MeasuredOn { get; private set; }

    /// <summary>The evaluation on test data.</summary>
    public EvaluationReport? Figures { get; private set; }

    /// <summary>The map of codes.</summary>
    public LatentMap? Map { get; private set; }

    /// <summary>(k), where the others stay while one unit moves: 0 under a prior, else the mean of all codes.</summary>
    public float[] Centre { get; private set; } = [];

    /// <summary>(k), what σ is: 1 under a prior, else the deviation of all codes.</summary>
    public float[] Deviation { get; private set; } = [];

    /// <summary>(k, <see cref="TraversalSteps"/>), the quantiles 0.05 … 0.95 of each unit.</summary>
    public float[][] Quantiles { get; private set; } = [];

    /// <summary>(pictured, D), pictures of the codes of examples; null where the page decodes them itself.</summary>
    public float[]? Reconstructions { get; private set; }

    /// <summary>Measures a model.</summary>
    /// <param name="device">Where it is.</param>
    /// <param name="trained">The model.</param>
    /// <param name="test">Examples that training has not seen; null for none.</param>
    /// <param name="share">The part of the page that is this run's, in 0 … 1.</param>
    /// <param name="isServed">Whether a program serves the page and decodes for it.</param>
    public static MeasuredModel Of(IDevice device, TrainedModel trained, ImageSet? test, double share, bool isServed)
    {
        Autoencoder model = trained.Model;
        DecoderScript? decoder = null;
        string why = "";
        if (!isServed)
        {
            using Lock.Scope turn = DeviceTurn.Of(device).EnterScope();
            decoder = DecoderScript.Of(device, model, share, out why);
        }
        RunConfiguration configuration = trained.Configuration;
        var measured = new MeasuredModel
        {
            Description = $"{configuration.DescribeModel(model.Image)}, {configuration.Objective}{trained.Objective.Description}{model.Similarity?.Description}",
            Parameters = model.Parameters.Count,
            Shape = (trained.Height, trained.Width, trained.Channels),
            Weights = trained.Weights == WeightsChoice.Best ? "best" : "last",
            Epoch = trained.Epoch,
            Device = $"{device.Name}: {device.Description}",
            HasPrior = trained.HasPrior,
            Decoder = decoder,
            WhyNoDecoder = why,
            Pipeline = trained.Pipeline,
        };
        measured.Place(model.Units, codes: []);
        if (test is { Count: > 0 })
            measured.Measure(device, trained, test, share, needsPictures: decoder is null && !isServed);
        return measured;
    }

    private void Measure(IDevice device, TrainedModel trained, ImageSet test, double share, bool needsPictures)
    {
        int[] possible = Possible(test);
        test = possible.Length == test.Count ? test : test.Take(possible);
        if (test.Count == 0)
            return;
        ImageSet examples = test.Count <= MostMeasured ? test : test.Take(LatentMap.EvenPlaces(MostMeasured, test.Count));
        string name = test.Height > 1 ? "image" : "row";
        MeasuredOn = FormattableString.Invariant(examples.Count == test.Count
            ? (FormattableString)$"all {test.Count:N0} test {name}s"
            : $"{examples.Count:N0} of {test.Count:N0} test {name}s, evenly");
        ulong seed = trained.Configuration.Seed;
        Figures = EvaluationReport.Measure(device, trained, examples, seed, samples: 0);
        using var codec = new Codec(device, trained.Model, trained.Encoding, seed);
        Map = LatentMap.Of(codec, trained.Model.Units, test, share);
        Map = Map with { Places = Array.ConvertAll(Map.Places, place => possible[place]) };
        Place(trained.Model.Units, Map.Codes);
        if (needsPictures)
            Reconstructions = codec.Decode(Map.Codes.AsSpan(0, Map.Pictured * trained.Model.Units));
    }

    /// <summary>Where examples are that have a code: a number that is not finite has none.</summary>
    private static int[] Possible(ImageSet examples)
    {
        int[] all = [.. Enumerable.Range(0, examples.Count)];
        return examples.Values is not float[] values || values.AsSpan().IndexOfAnyExceptInRange(float.MinValue, float.MaxValue) < 0
            ? all
            : Array.FindAll(all, i => Array.TrueForAll(values[(i * examples.Dimensions)..((i + 1) * examples.Dimensions)], float.IsFinite));
    }

    /// <summary>Finds where units are and how far they go: of the prior, or of codes that no prior has shaped.</summary>
    private void Place(int units, float[] codes)
    {
        if (HasPrior || codes.Length == 0)
        {
            float[] normal = CodeGrids.NormalQuantiles(TraversalSteps);
            (Centre, Deviation) = (new float[units], [.. Enumerable.Repeat(1f, units)]);
            Quantiles = [.. Enumerable.Repeat(normal, units)];
            return;
        }
        double[] variances = CodeUse.VariancesOf(codes, units);
        IEnumerable<float> Of(int unit) => Enumerable.Range(0, codes.Length / units).Select(i => codes[(i * units) + unit]);
        Centre = [.. Enumerable.Range(0, units).Select(unit => Of(unit).Average())];
        Deviation = Array.ConvertAll(variances, variance => variance > 0 ? (float)Math.Sqrt(variance) : 1f);
        Quantiles = [.. Enumerable.Range(0, units).Select(unit => CodeGrids.Quantiles(Of(unit), TraversalSteps))];
    }
}
