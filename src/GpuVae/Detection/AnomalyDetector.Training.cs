using System.Diagnostics;
using GpuVae.Data;
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
        configuration = configuration with { Pictures = "none", DataPath = null, Cache = null };
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
        public void Progress(TrainingProgress now) => progress?.Report(now);
    }
}
