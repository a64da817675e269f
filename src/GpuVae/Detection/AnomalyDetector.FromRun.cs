using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Files;
using GpuVae.Kernels;
using GpuVae.Runs;

namespace GpuVae.Detection;

/// <content>A run's model as a detector: what it remembers, its threshold, and what normal scores are.</content>
public sealed partial class AnomalyDetector
{
    /// <summary>
    /// Whether the detector computes with the network and the weights of a run: a file beside a run that was trained on since, or that
    /// was copied there, does not.
    /// </summary>
    /// <param name="device">Where the run's model is.</param>
    /// <param name="trained">The run.</param>
    public bool HasWeightsOf(IDevice device, TrainedModel trained)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(trained);
        var own = _model.CopyParameters().ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        NamedTensor[] others = ParameterTensors.Copy(device, trained.Model.Parameters);
        return own.Count == others.Length && Array.TrueForAll(
            others,
            other => own.TryGetValue(other.Name, out NamedTensor? tensor) && tensor.Shape.SequenceEqual(other.Shape)
                && tensor.Values.AsSpan().SequenceEqual(other.Values));
    }

    /// <summary>
    /// A detector of a run's model, whatever its code, likelihood and network, with a threshold from the scores of the
    /// rows that it was
    /// trained on.
    /// </summary>
    /// <param name="runFolder">A folder that training has written.</param>
    /// <param name="options">The rule of the threshold, and which weights; null for the defaults.</param>
    /// <param name="data">
    /// The data of the run; null to read them from where they lay. Nothing is read where the rule is
    /// <see cref="ThresholdKind.Fixed"/>: then there is no calibration.
    /// </param>
    /// <exception cref="UserException">The run or its data cannot be read, or the data are others.</exception>
    public static AnomalyDetector FromRun(string runFolder, AnomalyOptions? options = null, Dataset? data = null)
    {
        ArgumentNullException.ThrowIfNull(runFolder);
        options ??= new AnomalyOptions();
        RunConfiguration configuration;
        Shape shape;
        NamedTensor[] parameters;
        using (IDevice device = Device.Open("cpu"))
        using (var trained = TrainedModel.Open(runFolder, device, capacity: 1, weights: options.Weights))
        {
            configuration = trained.Configuration;
            shape = new Shape(trained.Height, trained.Width, trained.Channels);
            parameters = ParameterTensors.Copy(device, trained.Model.Parameters);
            data ??= options.Threshold.Kind == ThresholdKind.Fixed ? null : ReadData(configuration, runFolder);
            if (data is not null)
            {
                trained.RequireShape(data.Train, data.Name);
                data = TrainingSets.Select(configuration, data);
            }
        }
        // A file that is shipped says nothing of where its maker's data lay.
        configuration = configuration with { Data = Path.GetFileName(Path.TrimEndingDirectorySeparator(configuration.Data)), DataPath = null, Cache = null };
        var model = new DetectorModel(configuration, shape, parameters);
        try
        {
            int[]? remembered = null;
            if (data is not null && (options.MemoryRows ?? (shape.Height == 1 ? CodeMemory.MostRows : 0)) is var rows and >= 2)
                (model, remembered) = Remembering(model, data.Train, rows, options.Threshold);
            return Judged(model, options.Threshold, data, remembered);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>
    /// A model that remembers some of the training rows, drawn at random, and which of them each row is: (N), −1 for none.
    /// </summary>
    private static (DetectorModel Model, int[] Remembered) Remembering(
        DetectorModel model, ImageSet train, int most, ThresholdRule rule)
    {
        using var plain = new AnomalyDetector(model, new DetectorState(double.PositiveInfinity, rule, null, 0, null, 0, null));
        var order = new int[train.Count];
        Philox.FillPermutation(new RandomSource(model.Configuration.Seed, RandomPurpose.MemoryRows), 0, order);
        int dimensions = model.Shape.Size;
        var rows = new float[Math.Min(most, order.Length) * dimensions];
        var remembered = new int[order.Length];
        Array.Fill(remembered, -1);
        int count = 0;
        foreach (int row in order)
        {
            if (count * dimensions == rows.Length)
                break;
            Span<float> x = rows.AsSpan(count * dimensions, dimensions);
            train.CopyTo(row, x);
            if (plain._transform.Encode(x) < 0)
                remembered[row] = count++;
        }
        if (count < 2)
            throw new UserException($"{count} of {order.Length} training rows can be scored, and a detector compares at least two");
        bool areAllNormal = rule.Kind != ThresholdKind.Contamination || rule.Value == 0;
        return (model.Remembering(rows[..(count * dimensions)], areAllNormal), remembered);
    }

    /// <summary>A detector whose threshold and calibration come from the rows of a data set.</summary>
    private static AnomalyDetector Judged(DetectorModel model, ThresholdRule rule, Dataset? data, int[]? remembered)
    {
        if (data is null)
            return new AnomalyDetector(model, new DetectorState(rule.Apply([]), rule, null, 0, null, 0, null));
        var scorer = new AnomalyDetector(model, new DetectorState(double.PositiveInfinity, rule, null, 0, null, 0, null));
        double[] training = scorer.ScorePrepared(data.Train, remembered), heldOut = [];
        // A test part that was trained on says nothing of new rows.
        if (!model.Configuration.TrainOnAll && data.Test.Count > 0)
            heldOut = scorer.ScorePrepared(data.Test);
        double threshold = rule.Apply(training);
        double? Flagged(double[] scores) => scores.Length == 0
            ? null
            : (double)scores.Count(score => DetectionQuality.IsAnomaly(score, threshold)) / scores.Length;
        (float Least, float Most)[] range = data.Train.Values is null ? [] : TableWarnings.Ranges(data.Train);
        ScoreCalibration? calibration = ScoreCalibration.Of(heldOut, isHeldOut: true) ?? ScoreCalibration.Of(training, isHeldOut: false);
        return new AnomalyDetector(model, new DetectorState(
            threshold, rule, calibration, training.Length, Flagged(training), heldOut.Length, Flagged(heldOut))
        {
            Range = [.. range.Select(column => column.Least), .. range.Select(column => column.Most)],
        });
    }

    private static Dataset ReadData(RunConfiguration configuration, string runFolder)
    {
        string path = configuration.DataPath is string full && Path.Exists(full) ? full : configuration.Data;
        Dataset data;
        try
        {
            data = Datasets.Open(configuration.ToDataSettings() with { Data = path });
        }
        catch (UserException exception)
        {
            throw new UserException(
                $"{exception.Message}; the threshold comes from the scores of the rows that {runFolder} was trained on: give them, or a fixed threshold",
                exception);
        }
        string? before = configuration.DataFingerprint;
        if (before is not null && configuration.GpuvaeVersion == RunConfiguration.Version
            && DataFingerprint.Compute(TrainingSets.Select(configuration, data)) != before)
        {
            throw new UserException($"{path}: not the data that {runFolder} was trained on; give the data of before, or a fixed threshold");
        }
        return data;
    }
}
