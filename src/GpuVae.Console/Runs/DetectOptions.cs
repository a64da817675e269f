using System.CommandLine;
using System.Globalization;
using GpuVae.Detection;
using GpuVae.Evaluation;
using GpuVae.Kernels;

namespace GpuVae.CommandLine;

/// <summary>The options of <c>detect</c>: what a score is, above which threshold it counts, and what is positive.</summary>
internal sealed class DetectOptions
{
    /// <summary>Everything that the run was not trained on.</summary>
    public const string Anomaly = "anomaly";

    /// <summary>What the run was trained on.</summary>
    public const string Normal = "normal";

    /// <summary>Draws of each code where nobody says how many.</summary>
    public const int DefaultSamples = 64;

    private const double DefaultDeviations = 1;
    private const string Memory = "memory";
    private const string All = "all";
    private const string None = "none";
    private const int DefaultHeatMaps = 20;

    private static readonly Dictionary<string, PatchKind> _defectKinds = new()
    {
        ["cut-paste"] = PatchKind.CutPaste,
        ["noise-patch"] = PatchKind.Noise,
    };

    private static readonly Dictionary<string, AnomalyScore> _scores = new()
    {
        ["reconstruction"] = AnomalyScore.Reconstruction,
        ["elbo"] = AnomalyScore.Elbo,
        ["iwae"] = AnomalyScore.Iwae,
    };

    private readonly Option<string?> _score = OptionValue.Text(
        "--score", $"{Memory}|{string.Join('|', _scores.Keys)}",
        "What says that an example is strange: the distance from training rows like it that the run's detector remembers, the loss " +
        "of its reconstruction from its mean code, or a bound on its likelihood by one draw of the code at a time (elbo) or by all " +
        $"at once (iwae). Default: elbo for a run that was trained towards a prior, {Memory} for other runs of rows of numbers, " +
        "else reconstruction.");

    private readonly Option<int?> _samples = OptionValue.Whole(
        "--samples",
        $"Draws of each code for elbo and iwae; more take more time and no more memory. Default: {DefaultSamples}.");

    private readonly Option<double?> _deviations = OptionValue.Real(
        "--threshold-std",
        "An example is an anomaly whose score is above the mean of the training scores by so many of their standard " +
        $"deviations. Default: {ReportText.Text($"{DefaultDeviations}")}, for {Memory} the quantile 0.99.");

    private readonly Option<double?> _quantile = OptionValue.Real(
        "--threshold-quantile", "The same, above this quantile of the training scores, such as 0.99.");

    private readonly Option<double?> _threshold = OptionValue.Real(
        "--threshold", "The same, above this score: in nats, for memory without a unit. The training data is not needed then.");

    private readonly Option<string?> _positive = OptionValue.Text(
        "--positive", $"{Anomaly}|{Normal}|CLASS,…",
        $"Which class precision and recall speak of: {Anomaly} for every class that the run was not trained on, {Normal} " +
        $"for those that it was, or classes by their names. Default: {Anomaly}, where the run was trained with " +
        "--train-labels.");

    private readonly Option<string?> _heatMaps = OptionValue.Text(
        "--heat-maps", $"N|{All}|{None}",
        "Of pictures: how many of the strangest get a picture of where the model is surprised, in a folder beside the scores. " +
        $"Default: {DefaultHeatMaps}.");

    private readonly Option<string?> _defects = OptionValue.Text(
        "--defects", string.Join('|', _defectKinds.Keys),
        "Puts a defect into every second picture, and measures how well it is found, and where: a rectangle of the picture at another " +
        "place, or of noise.");

    /// <summary>The rule of the threshold for scores that have none of their own kept, where nobody says which.</summary>
    public static ThresholdRule DefaultRule { get; } = ThresholdRule.MeanPlusDeviations(DefaultDeviations);

    /// <summary>The options, for the help.</summary>
    public IReadOnlyList<OptionGroup> Groups =>
    [
        new("Score", [_score, _samples]),
        new("Threshold", [_deviations, _quantile, _threshold]),
        new("Measurement", [_positive]),
        new("Pictures", [_heatMaps, _defects]),
    ];

    /// <summary>What defects are put into the pictures; null for none.</summary>
    /// <param name="line">The command line.</param>
    /// <param name="hasPlaces">Whether the examples are pictures.</param>
    /// <exception cref="UsageException">There are no such defects, or the examples are rows, or <c>--positive</c> says otherwise.</exception>
    public PatchKind? Defects(ParseResult line, bool hasPlaces)
    {
        if (line.GetValue(_defects) is not string typed)
        {
            return null;
        }

        if (!_defectKinds.TryGetValue(typed, out PatchKind kind))
        {
            throw new UsageException($"{_defects.Name} {typed}: unknown; choose from {string.Join(", ", _defectKinds.Keys)}");
        }

        if (!hasPlaces)
        {
            throw new UsageException($"{_defects.Name} {typed}: the run is of rows of numbers, which have no places; leave it out");
        }

        return Positive(line) is null
            ? kind
            : throw new UsageException($"{_defects.Name} and {_positive.Name}: the pictures with a defect are positive; give one of them");
    }

    /// <summary>How many pictures get a heat map, of so many.</summary>
    /// <param name="line">The command line.</param>
    /// <param name="hasPlaces">Whether the examples are pictures.</param>
    /// <param name="count">How many there are.</param>
    /// <exception cref="UsageException">It is no number, or the examples are rows.</exception>
    public int HeatMaps(ParseResult line, bool hasPlaces, int count)
    {
        string? typed = line.GetValue(_heatMaps);
        if (!hasPlaces)
        {
            return typed is null or None
                ? 0
                : throw new UsageException($"{_heatMaps.Name} {typed}: the run is of rows of numbers, which have no places; leave it out");
        }

        return typed switch
        {
            null => Math.Min(DefaultHeatMaps, count),
            All => count,
            None => 0,
            _ when int.TryParse(typed, NumberStyles.None, CultureInfo.InvariantCulture, out int most) => Math.Min(most, count),
            _ => throw new UsageException($"{_heatMaps.Name} {typed}: must be a whole number, {All} or {None}"),
        };
    }

    /// <summary>Whether the run's detector scores.</summary>
    /// <exception cref="UserException">The run has none.</exception>
    public bool UsesDetector(ParseResult line, TrainedModel trained)
    {
        bool hasOne = RunDetector.IsOf(trained.Configuration, trained.Height);
        string? typed = line.GetValue(_score);
        if (typed != Memory || hasOne)
        {
            return hasOne && (typed ?? Memory) == Memory;
        }

        throw new UserException(
            $"--score {Memory}: {trained.Folder.FullPath} has no detector, which is for rows of numbers and codes that are no draws; " +
            $"choose from {string.Join(", ", _scores.Keys)}");
    }

    /// <summary>The rule of the threshold for scores that have none of their own kept: what was typed, or the default.</summary>
    public ThresholdRule RuleOrDefault(ParseResult line) => Rule(line) ?? DefaultRule;

    /// <summary>The rule of the threshold that was typed; null for none.</summary>
    public ThresholdRule? Rule(ParseResult line) =>
        line.GetValue(_threshold) is double given ? ThresholdRule.Fixed(given)
        : line.GetValue(_quantile) is double quantile ? ThresholdRule.Quantile(quantile)
        : line.GetValue(_deviations) is double deviations ? ThresholdRule.MeanPlusDeviations(deviations)
        : null;

    /// <summary>The score of a run's model where nobody says which.</summary>
    public static AnomalyScore DefaultScore(TrainedModel trained) => trained.HasPrior ? AnomalyScore.Elbo : AnomalyScore.Reconstruction;

    /// <summary>Which score, and draws for it.</summary>
    /// <exception cref="UsageException">There is no such score, or not so many draws.</exception>
    /// <exception cref="UserException">The run has no such score.</exception>
    public (AnomalyScore Score, int Samples) Score(ParseResult line, TrainedModel trained)
    {
        string? typed = line.GetValue(_score);
        AnomalyScore score = DefaultScore(trained);
        if (typed is not null && !_scores.TryGetValue(typed, out score))
        {
            throw new UsageException($"--score {typed}: unknown; choose from {Memory}, {string.Join(", ", _scores.Keys)}");
        }

        if (score != AnomalyScore.Reconstruction && trained.Model.Posterior is null)
        {
            throw new UserException(
                $"--score {typed}: the code of {trained.Folder.FullPath} is {trained.Configuration.Code}, which is not " +
                "drawn; use --score reconstruction");
        }

        int samples = line.GetValue(_samples) ?? DefaultSamples;
        return samples >= 1 && samples <= ImportanceSampler.MostSamples
            ? (score, samples)
            : throw new UsageException(
                $"--samples {samples}: must be a whole number from 1 to {ImportanceSampler.MostSamples}");
    }

    /// <summary>Which classes are positive: <see cref="Anomaly"/>, <see cref="Normal"/>, names, or null.</summary>
    public string? Positive(ParseResult line) => line.GetValue(_positive);

    /// <summary>Refuses rules that contradict each other or cannot be.</summary>
    /// <exception cref="UsageException">There is more than one rule, or a number that none can have.</exception>
    public void Validate(ParseResult line)
    {
        (string Name, double? Value)[] rules =
        [
            (_deviations.Name, line.GetValue(_deviations)),
            (_quantile.Name, line.GetValue(_quantile)),
            (_threshold.Name, line.GetValue(_threshold)),
        ];
        (string Name, double? Value)[] given = [.. rules.Where(rule => rule.Value is not null)];
        if (given.Length > 1)
        {
            throw new UsageException(
                $"{given[0].Name} and {given[1].Name}: there is one threshold; give one of them");
        }

        foreach ((string name, double? value) in given)
        {
            if (!double.IsFinite(value!.Value))
            {
                throw new UsageException(ReportText.Text($"{name} {value}: must be a finite number"));
            }
        }

        if (line.GetValue(_quantile) is double quantile && quantile is < 0 or > 1)
        {
            throw new UsageException(ReportText.Text($"{_quantile.Name} {line.GetValue(_quantile)}: must be from 0 to 1, such as 0.99"));
        }
    }
}
