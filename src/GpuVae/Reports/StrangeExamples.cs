using GpuVae.Data;
using GpuVae.Detection;
using GpuVae.Evaluation;
using GpuVae.Kernels;

namespace GpuVae.Reports;

/// <summary>The strangest of the examples that were scored, the strangest first, with what makes them so.</summary>
/// <param name="Places">Which of all each is.</param>
/// <param name="Examples">Those, as the model takes them.</param>
internal sealed record StrangeExamples(int[] Places, ImageSet Examples)
{
    private const int Most = 20;

    /// <summary>The most numbers of all pictures, before they are compressed.</summary>
    private const int MostPixels = 1_200_000;

    /// <summary>Of rows: each column's part, and what is normal there.</summary>
    public IReadOnlyList<AnomalyExplanation> Explanations { get; private init; } = [];

    /// <summary>Of pictures: (n, D), as pictures show them, the examples and behind them what the model makes of each.</summary>
    public float[] Pictures { get; private init; } = [];

    /// <summary>Of pictures: (n, H·W), 0 … 1 of <see cref="Hottest"/>, smoothed as heat maps are.</summary>
    public float[] Heat { get; private init; } = [];

    /// <summary>The heat of the lightest colour, in nats.</summary>
    public double Hottest { get; private init; }

    /// <summary>Finds them.</summary>
    /// <param name="device">Where the model is.</param>
    /// <param name="trained">The run.</param>
    /// <param name="detection">Scores of the examples.</param>
    /// <param name="examples">As the model takes them.</param>
    /// <param name="share">The part of the page that is this run's, in 0 … 1.</param>
    public static StrangeExamples Of(IDevice device, TrainedModel trained, RunDetection detection, ImageSet examples, double share)
    {
        int most = examples.Height == 1 ? Most : (int)Math.Clamp(MostPixels * share / (3L * examples.Dimensions), 1, Most);
        int[] places = [.. Enumerable.Range(0, examples.Count).OrderByDescending(i => detection.Scores[i]).Take(most)];
        var strangest = new StrangeExamples(places, examples.Take(places));
        if (examples.Height > 1)
            return strangest.WithHeat(device, trained);
        if (detection.Detector is AnomalyDetector detector)
            return strangest.Explained(detector);
        // Without a memory, and with a threshold of its own, a detector reads no data and divides the loss of the reconstruction.
        using var plain = AnomalyDetector.FromRun(
            trained.Folder.FullPath,
            new AnomalyOptions { Weights = trained.Weights, MemoryRows = 0, Threshold = ThresholdRule.Fixed(0) });
        return strangest.Explained(plain);
    }

    private StrangeExamples Explained(AnomalyDetector detector) => this with
    {
        Explanations = [.. Enumerable.Range(0, Places.Length).Select(i => detector.ExplainPrepared(Examples, i))],
    };

    private StrangeExamples WithHeat(IDevice device, TrainedModel trained)
    {
        var scorer = new PixelScorer(device, trained.Model, trained.Encoding, trained.Configuration.Seed);
        PixelScores scores = scorer.Score(Examples);
        int pixels = Examples.Height * Examples.Width;
        float[] heat = [.. scores.Heat];
        for (int i = 0; i < Places.Length; i++)
            HeatSmoothing.Apply(heat.AsSpan(i * pixels, pixels), Examples.Height, Examples.Width);
        double hottest = heat.Where(float.IsFinite).DefaultIfEmpty().Max();
        hottest = hottest > 0 ? hottest : 1;
        return this with
        {
            // Both at once, so that both have the same white.
            Pictures = trained.Pipeline.ToPictures([.. scores.Inputs, .. scores.Expected], Examples.Dimensions),
            Heat = Array.ConvertAll(heat, value => (float)(value / hottest)),
            Hottest = hottest,
        };
    }
}
