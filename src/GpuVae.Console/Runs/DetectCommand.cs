using System.CommandLine;
using GpuVae.Data;
using GpuVae.Detection;
using GpuVae.Evaluation;
using GpuVae.Files;
using GpuVae.Imaging;
using GpuVae.Kernels;

namespace GpuVae.CommandLine;

/// <summary><c>gpuvae detect</c>: scores examples by how little a trained model expects them.</summary>
internal sealed class DetectCommand : RunVerb
{
    private const int MostPlaces = 10;
    private const double LargestDefect = 0.3;

    private static readonly string[] _results = ["score", "anomaly"];

    private readonly DetectOptions _options;

    /// <summary>The verb.</summary>
    public DetectCommand()
        : this(new DetectOptions())
    {
    }

    private DetectCommand(DetectOptions options)
        : base(
            "detect",
            "Finds examples that a trained model does not expect.",
            "Scores each example by the model's loss, in nats, and calls those above a threshold anomalies; the threshold " +
            "comes from the scores of the training examples, or is given. Of rows of numbers the run's detector says how far they are " +
            "from training rows like them, and what each column has of that. Train on normal examples alone: train " +
            "--train-labels CLASS. Where the examples have labels, it prints how well scores and threshold part the " +
            "classes. Writes the scores to a CSV file, the figures to a JSON file, a histogram as PNG, and of " +
            "pictures heat maps, which show where the strangest are strange; masks in MVTec's ground_truth are compared with those.",
            RunNeeds.Data | RunNeeds.Seed,
            Output("FILE", "CSV file for the scores. Default: a new detect.csv in the run's folder."),
            [.. options.Groups, new OptionGroup("Figures", [new JsonOption()])]) =>
        _options = options;

    /// <inheritdoc/>
    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("gpuvae detect runs/beats", "The run's own held-out examples."),
        new("gpuvae detect runs/beats --positive normal --threshold-quantile 0.95", "Precision and recall of the normals."),
    ];

    /// <inheritdoc/>
    protected override int Execute(ParseResult line)
    {
        _options.Validate(line);
        string? path = Out(line, ".csv");
        using OpenedRun run = Open(line, isScoring: true);
        ImageSet examples = run.Data.Test;
        IReadOnlyList<string> normal = run.NormalClasses;
        SyntheticDefects? defects = null;
        GroundTruth? truth = null;
        if (_options.Defects(line, HeatMaps.IsOf(run)) is PatchKind kind)
        {
            defects = SyntheticDefects.Put(run.Device, Normal(normal, examples), kind, LargestDefect, run.Seed);
            examples = defects.Pictures;
        }
        else if (run.FindTruth() is { } found)
        {
            // Before anything takes time.
            found.Require(examples.ExampleNames!);
            truth = found;
            normal = run.NormalClassesBeside(found);
        }

        PositiveClass? positive = defects is null
            ? PositiveClass.Find(_options.Positive(line), normal, examples)
            : PositiveClass.OfDefects(defects);
        int heatMaps = _options.HeatMaps(line, HeatMaps.IsOf(run), examples.Count);

        // 1. Scores, and the threshold.
        DetectedScores detected = Score(line, run, examples);
        double[] scores = detected.Scores;
        double threshold = detected.Threshold;
        TellImpossible(scores, examples);

        // 2. What they come to.
        int above = scores.Count(value => DetectionQuality.IsAnomaly(value, threshold));
        WrappedText.WriteLine(ReportText.Text(
            $"{above:N0} of {scores.Length:N0} examples score above {threshold:F4}{detected.Unit} ({detected.Rule})"));
        var figures = new DetectFigures(detected, above);
        if (positive is not null)
        {
            DetectionQuality quality = positive.Judge(scores, threshold);
            DetectReport.Write(quality, positive);
            figures = figures with { Examples = (positive.Name, quality) };
        }
        else if (examples.Labels is not null)
        {
            WrappedText.WriteLine(
                "the run was trained on every class: name the anomalous ones with --positive to measure");
        }

        HeatMaps? heat = HeatMaps.IsOf(run) ? new HeatMaps(run, examples, MaskOf(examples, defects, truth)) : null;
        if (heat is { HasMasks: true })
        {
            (PixelQuality exact, PixelQuality smoothed) = heat.Judge();
            DetectReport.Write(exact, smoothed, defects is null
                ? "the masks of ground_truth"
                : ReportText.Text($"what was put into every second picture, up to {LargestDefect} of each side,"));
            figures = figures with { Pixels = (exact, smoothed) };
        }

        // 3. Files.
        if (path is null)
        {
            path = NewFile.Write(
                run.Trained.Folder.FullPath, "detect", ".csv", file => WriteScores(file, detected, examples));
        }
        else
        {
            WriteScores(path, detected, examples);
        }

        string histogram = NewFile.Write(
            run.Trained.Folder.ImagesPath, "detect", ".png",
            file => ScoreHistogram.Write(file, Series(scores, positive), threshold,
                detected.Unit.Length == 0 ? "score" : $"nats per {ReportText.ExampleOf(examples)}"));
        WrappedText.WriteLine($"written to {path}, {figures.Write(path)} and {histogram}");
        if (heatMaps > 0)
        {
            (string folder, string overview) = heat!.Write(detected, heatMaps, path);
            WrappedText.WriteLine(ReportText.Text(
                $"where the model is surprised: {overview}, and one by one the {heatMaps:N0} strangest of {scores.Length:N0} in {folder}") +
                (heatMaps < scores.Length ? " (--heat-maps N or all for more)" : ""));
        }

        WriteFigures(line, figures.WriteTo);
        return ExitCode.Done;
    }

    /// <summary>Those of the classes that are normal to the run, where it is known which: the others have defects of their own.</summary>
    private static ImageSet Normal(IReadOnlyList<string> classes, ImageSet examples)
    {
        int[] normal = [.. Enumerable.Range(0, examples.Count).Where(i => examples.LabelOf(i) is string label && classes.Contains(label))];
        return normal.Length == 0 ? examples : examples.Take(normal);
    }

    /// <summary>Where the defects of pictures are; null where nobody knows.</summary>
    private static Func<int, bool[]>? MaskOf(ImageSet examples, SyntheticDefects? defects, GroundTruth? truth)
    {
        if (defects is not null)
        {
            return picture => [.. defects.Mask(picture)];
        }

        return truth is null
            ? null
            : picture => truth.MaskOf(examples.ExampleNames![picture], examples.Height, examples.Width);
    }

    private DetectedScores Score(ParseResult line, OpenedRun run, ImageSet examples)
    {
        if (!_options.UsesDetector(line, run.Trained))
        {
            (AnomalyScore score, int samples) = _options.Score(line, run.Trained);
            return RunScores.Expect(run, score, samples, _options.RuleOrDefault(line), examples);
        }

        ThresholdRule? rule = _options.Rule(line);
        using AnomalyDetector detector = RunDetector.Open(run, rule, Notice.Write);
        return RunScores.Remember(detector, rule, examples, withColumns: true);
    }

    private static void TellImpossible(double[] scores, ImageSet examples)
    {
        int[] impossible = [.. Enumerable.Range(0, scores.Length).Where(i => double.IsPositiveInfinity(scores[i]))];
        if (impossible.Length == 0)
        {
            return;
        }

        string places = string.Join(", ", impossible.Take(MostPlaces).Select(i => ExampleColumns.Describe(examples, i)));
        string more = impossible.Length > MostPlaces ? ReportText.Text($" and {impossible.Length - MostPlaces:N0} more") : "";
        string subject = impossible.Length == 1 ? "1 example has" : ReportText.Text($"{impossible.Length:N0} examples have");
        Notice.Write(
            $"{subject} missing cells or numbers that the model gives no probability: anomalies by definition, with a score " +
            $"of inf: {places}{more}");
    }

    private static void WriteScores(string path, DetectedScores detected, ImageSet examples)
    {
        string[] results = [.. _results, .. detected.Headings];
        Csv.Write(
            path,
            [.. ExampleColumns.Names(examples, results), .. results],
            detected.Scores.Select(string[] (score, i) =>
            [
                .. ExampleColumns.Cells(examples, i), Number(score),
                DetectionQuality.IsAnomaly(score, detected.Threshold) ? "1" : "0", .. detected.Others(i).Select(Number),
            ]));
    }

    private static string Number(double number) => double.IsPositiveInfinity(number) ? "inf" : ReportText.Text($"{number:R}");

    private static ScoreSeries[] Series(double[] scores, PositiveClass? positive)
    {
        if (positive is null)
        {
            return [new ScoreSeries("examples", scores)];
        }

        ScoreSeries Of(string name, bool isPositive) =>
            new(name, [.. scores.Where((_, i) => positive.IsPositive[i] == isPositive)]);
        ScoreSeries[] known = positive.IsNormal
            ? [Of(positive.Name, true), Of(positive.OtherName, false)]
            : [Of(positive.OtherName, false), Of(positive.Name, true)];
        double[] others = [.. scores.Where((_, i) => positive.IsPositive[i] is null)];
        return others.Length == 0 ? known : [.. known, new ScoreSeries("no label", others)];
    }
}
