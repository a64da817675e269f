using System.Diagnostics;
using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Files;
using GpuVae.Kernels;
using GpuVae.Runs;
using GpuVae.Training;

namespace GpuVae.Detection;

/// <content>Where detectors come from.</content>
public sealed partial class AnomalyDetector
{
    private const string RowsName = "rows";

    /// <summary>Trains a detector on a data set: its training part, while its test part calibrates the scores.</summary>
    /// <param name="data">Normal examples, as <see cref="Datasets.Open(DataSettings, IProgress{DownloadProgress}?)"/>
    /// gives them.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="progress">Is told where the training stands; null for nobody.</param>
    /// <param name="cancellation">Ends the training after the step at hand.</param>
    /// <exception cref="UserException">The configuration does not fit the data.</exception>
    /// <exception cref="DivergedException">The loss stopped being finite.</exception>
    /// <exception cref="OperationCanceledException">The training was ended.</exception>
    public static AnomalyDetector Train(
        Dataset data, AnomalyOptions? options = null, IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        options ??= new AnomalyOptions();
        using Activity? activity = DetectorTelemetry.Activities.StartActivity("train");
        activity?.SetTag("gpuvae.rows", data.Train.Count);
        RunConfiguration configuration = (options.Configuration with
        {
            Scale = data.Pipeline.Scaling.Method,
            Missing = Registry.MissingCells.First(entry => entry.Value == data.Pipeline.Missing).Name,
            MaskMissing = data.Pipeline.MasksMissing,
        }).For(data, choosesLikelihood: true);
        configuration = options.Epochs is int epochs
            ? configuration with { Epochs = epochs, EvaluateEvery = Math.Max(configuration.EvaluateEvery, epochs / 10) }
            : configuration.WithEnoughSteps(data.Train.Count);
        configuration = configuration with { Pictures = "last", DataPath = null };
        string folder = Path.Combine(options.WorkFolder ?? Path.GetTempPath(), $"gpuvae-{Guid.NewGuid():N}");
        try
        {
            using IDevice device = Device.Open(configuration.Device, Registry.Precisions.Find(configuration.Precision));
            RunFolder run = RunFolder.Create(folder, configuration.Preset, data.Name, configuration.WriteJson);
            RunResult result = TrainingRun.Execute(
                configuration, data, device, run.FullPath, new Observer(progress), cancellation);
            if (result.Ending == RunEnding.Interrupted)
                throw new OperationCanceledException(cancellation);
            return FromRun(folder, options, data);
        }
        finally
        {
            Delete(folder);
        }
    }

    /// <summary>
    /// Trains a detector on rows as they were read: a part of them is held out to calibrate the scores, and the
    /// pipeline is found from the
    /// others.
    /// </summary>
    /// <param name="rows">Normal rows or pictures.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="progress">Is told where the training stands; null for nobody.</param>
    /// <param name="cancellation">Ends the training after the step at hand.</param>
    /// <exception cref="UserException">The rows are fewer than two, have missing cells or do not fit the
    /// configuration.</exception>
    /// <exception cref="DivergedException">The loss stopped being finite.</exception>
    /// <exception cref="OperationCanceledException">The training was ended.</exception>
    public static AnomalyDetector Train(
        ImageSet rows, AnomalyOptions? options = null, IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        options ??= new AnomalyOptions();
        options = options with { Configuration = options.Configuration with { Data = RowsName } };
        return Train(Datasets.Make(options.Configuration.ToDataSettings(), rows, test: null), options, progress, cancellation);
    }

    /// <summary>Trains a detector on rows of numbers.</summary>
    /// <param name="rows">Normal rows, all of one length; NaN is a missing cell.</param>
    /// <param name="columnNames">What the columns are called; null where they have no names.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="progress">Is told where the training stands; null for nobody.</param>
    /// <param name="cancellation">Ends the training after the step at hand.</param>
    /// <exception cref="ArgumentException">The rows differ in length, or there are not as many names as columns.</exception>
    /// <exception cref="UserException">The rows are fewer than two, have missing cells or do not fit the
    /// configuration.</exception>
    /// <exception cref="DivergedException">The loss stopped being finite.</exception>
    /// <exception cref="OperationCanceledException">The training was ended.</exception>
    public static AnomalyDetector Train(
        IReadOnlyList<float[]> rows, IReadOnlyList<string>? columnNames = null, AnomalyOptions? options = null,
        IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Count == 0 || rows[0].Length == 0)
            throw new ArgumentException("There are no rows to train on.", nameof(rows));
        int columns = rows[0].Length;
        for (int i = 0; i < rows.Count; i++)
        {
            if (rows[i].Length != columns)
                throw new ArgumentException($"Row {i} has {rows[i].Length} numbers, and the first has {columns}.", nameof(rows));
        }
        if (columnNames is not null && columnNames.Count != columns)
            throw new ArgumentException($"{columnNames.Count} names for {columns} columns.", nameof(columnNames));
        var values = new float[checked(rows.Count * columns)];
        for (int i = 0; i < rows.Count; i++)
            rows[i].CopyTo(values, i * columns);
        var images = new ImageSet(values, null, 1, columns) { ColumnNames = columnNames };
        return Train(images, options, progress, cancellation);
    }

    /// <summary>Trains a detector on a file of a table, or on a folder of pictures.</summary>
    /// <param name="path">The file or folder: see <see cref="DataSettings.Data"/>.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="progress">Is told where the training stands; null for nobody.</param>
    /// <param name="cancellation">Ends the training after the step at hand.</param>
    /// <exception cref="UserException">The data cannot be read, or the configuration does not fit them.</exception>
    /// <exception cref="DivergedException">The loss stopped being finite.</exception>
    /// <exception cref="OperationCanceledException">The training was ended.</exception>
    public static AnomalyDetector Train(
        string path, AnomalyOptions? options = null, IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        options ??= new AnomalyOptions();
        options = options with { Configuration = options.Configuration with { Data = path } };
        return Train(Datasets.Open(options.Configuration.ToDataSettings()), options, progress, cancellation);
    }

    /// <summary><see cref="Train(ImageSet, AnomalyOptions?, IProgress{TrainingProgress}?, CancellationToken)"/> on a
    /// thread of the pool.</summary>
    /// <inheritdoc cref="Train(ImageSet, AnomalyOptions?, IProgress{TrainingProgress}?, CancellationToken)"/>
    public static Task<AnomalyDetector> TrainAsync(
        ImageSet rows, AnomalyOptions? options = null, IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellation = default) =>
        Task.Run(() => Train(rows, options, progress, cancellation), cancellation);

    /// <summary><see cref="Train(Dataset, AnomalyOptions?, IProgress{TrainingProgress}?, CancellationToken)"/> on a
    /// thread of the pool.</summary>
    /// <inheritdoc cref="Train(Dataset, AnomalyOptions?, IProgress{TrainingProgress}?, CancellationToken)"/>
    public static Task<AnomalyDetector> TrainAsync(
        Dataset data, AnomalyOptions? options = null, IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellation = default) =>
        Task.Run(() => Train(data, options, progress, cancellation), cancellation);

    /// <summary>
    /// <see cref="Train(IReadOnlyList{float[]}, IReadOnlyList{string}?, AnomalyOptions?, IProgress{TrainingProgress}?, CancellationToken)"/>
    /// on a thread of the pool.
    /// </summary>
    /// <inheritdoc cref="Train(IReadOnlyList{float[]}, IReadOnlyList{string}?, AnomalyOptions?, IProgress{TrainingProgress}?, CancellationToken)"/>
    public static Task<AnomalyDetector> TrainAsync(
        IReadOnlyList<float[]> rows, IReadOnlyList<string>? columnNames = null, AnomalyOptions? options = null,
        IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default) =>
        Task.Run(() => Train(rows, columnNames, options, progress, cancellation), cancellation);

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
            parameters =
            [
                .. trained.Model.Parameters.Saved.Select(saved =>
                {
                    var values = new float[saved.Value.Length];
                    saved.Download(device, values);
                    return new NamedTensor(saved.Name, saved.Shape, values);
                }),
            ];
            data ??= options.Threshold.Kind == ThresholdKind.Fixed ? null : ReadData(configuration, runFolder);
            if (data is not null)
            {
                trained.RequireShape(data.Train, data.Name);
                data = TrainingSets.Select(configuration, data);
            }
        }
        // A file that is shipped says nothing of where its maker's data lay.
        configuration = configuration with { Data = Path.GetFileName(Path.TrimEndingDirectorySeparator(configuration.Data)), DataPath = null };
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
        ScoreCalibration? calibration = ScoreCalibration.Of(heldOut, isHeldOut: true) ?? ScoreCalibration.Of(training, isHeldOut: false);
        return new AnomalyDetector(model, new DetectorState(
            threshold, rule, calibration, training.Length, Flagged(training), heldOut.Length, Flagged(heldOut))
        {
            Range = RangeOf(data.Train),
        });
    }

    /// <summary>The least and the largest finite number of each column: (2, D).</summary>
    private static float[] RangeOf(ImageSet rows)
    {
        int dimensions = rows.Dimensions;
        var range = new float[2 * dimensions];
        range.AsSpan(0, dimensions).Fill(float.MaxValue);
        range.AsSpan(dimensions).Fill(float.MinValue);
        var x = new float[dimensions];
        for (int row = 0; row < rows.Count; row++)
        {
            rows.CopyTo(row, x);
            for (int i = 0; i < dimensions; i++)
            {
                if (!float.IsFinite(x[i]))
                    continue;
                range[i] = Math.Min(range[i], x[i]);
                range[dimensions + i] = Math.Max(range[dimensions + i], x[i]);
            }
        }
        return range;
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

    private static void Delete(string folder)
    {
        try
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It lies among the temporary files, which the system tidies up.
        }
    }

    private sealed class Observer(IProgress<TrainingProgress>? progress) : ITrainingObserver
    {
        public void Started(TrainingStart start)
        {
        }

        public void Progress(TrainingProgress now) => progress?.Report(now);

        public void EpochEnded(EpochMetrics metrics)
        {
        }
    }
}
