using System.Diagnostics;
using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Files;
using GpuVae.Imaging;
using GpuVae.Kernels;
using GpuVae.Models;

namespace GpuVae.Training;

/// <summary>A run from a configuration to files: train, measure, show and save, epoch by epoch.</summary>
public sealed class TrainingRun : IDisposable
{
    private const int ReportsPerEpoch = 8;

    private readonly RunConfiguration _configuration;
    private readonly IBackend _backend;
    private readonly ImageSet _train;
    private readonly ImageSet _test;
    private readonly string _split;
    private readonly ValueCheck _values;
    private readonly RunFolder _folder;
    private readonly ITrainingObserver _observer;
    private readonly IObjective _objective;
    private readonly Autoencoder _model;
    private readonly Trainer _trainer;
    private readonly Evaluator _evaluator;
    private readonly Pictures _pictures;
    private readonly Stopwatch _sinceStart = new();
    private readonly List<EpochMetrics> _epochs = [];
    private readonly List<string> _files = [];
    private string? _checkpoint;

    private TrainingRun(
        RunConfiguration configuration, Dataset data, IBackend backend, RunFolder folder, ITrainingObserver observer)
    {
        _configuration = configuration;
        _backend = backend;
        _folder = folder;
        _observer = observer;
        (_, _train, _test) = TrainingSets.Select(configuration, data);
        _split = data.Split;
        _values = ValueCheck.Of(_train);
        _values.Require(data.Name, configuration.Likelihood, configuration.Binarize);
        int batch = Math.Min(configuration.Batch, _train.Count);
        _objective = configuration.CreateObjective((_train.Count + batch - 1) / batch);

        int capacity = Math.Max(batch, Math.Min(TrainedModel.EvaluationBatch, _test.Count));
        _model = Build(configuration, backend, _train.Dimensions, capacity, (long)batch * _objective.Samples);
        FirstValues.Set(configuration, backend, _model, _train);
        TrainerSettings settings = configuration.TrainerSettings;
        _trainer = new Trainer(backend, _model, _objective, _train, settings);
        _evaluator = new Evaluator(backend, _model, _test, configuration.Seed, settings.Encoding, _objective);
        _pictures = new Pictures(backend, _model, _test, configuration.Seed, settings.Encoding);
    }

    /// <summary>Trains, and writes everything but <c>config.json</c> into a run folder.</summary>
    /// <param name="configuration">What to train.</param>
    /// <param name="data">Images to train with and to measure by.</param>
    /// <param name="backend">Where.</param>
    /// <param name="folder">A folder that <see cref="RunFolder.Create"/> has made: it holds the configuration.</param>
    /// <param name="observer">Is told how it goes.</param>
    /// <param name="cancellation">
    /// Ends the training after the step at hand; the epoch so far is measured and saved like a whole one.
    /// </param>
    /// <exception cref="UserException">The configuration cannot be trained, or a file cannot be written.</exception>
    /// <exception cref="DivergedException">
    /// A loss or a parameter stopped being finite; the last good checkpoint stays.
    /// </exception>
    public static RunResult Execute(
        RunConfiguration configuration, Dataset data, IBackend backend, string folder, ITrainingObserver observer,
        CancellationToken cancellation)
    {
        configuration.Validate();
        using var run = new TrainingRun(configuration, data, backend, RunFolder.Open(folder), observer);
        return run.Execute(cancellation);
    }

    /// <summary>The model that a configuration describes, with parameters of zero.</summary>
    /// <param name="configuration">The choices.</param>
    /// <param name="backend">Where the model runs.</param>
    /// <param name="dimensions">D, pixels of an image.</param>
    /// <param name="capacity">Images of the largest batch.</param>
    /// <param name="draws">Most draws of a batch; fewer than <paramref name="capacity"/> count as that.</param>
    /// <exception cref="UserException">It would be too large.</exception>
    public static Autoencoder Build(
        RunConfiguration configuration, IBackend backend, int dimensions, int capacity, long draws = 0)
    {
        if (draws * dimensions > int.MaxValue)
        {
            throw new UserException(
                $"--batch, --samples: {draws} draws of {dimensions} pixels are more than {int.MaxValue} numbers; "
                + "make one of them smaller");
        }
        int drawCapacity = Math.Max(capacity, (int)draws);
        return new(
            backend, dimensions, capacity,
            configuration.CorruptionChoice.Create(
                backend, new NoiseSettings(configuration.Noise, dimensions, capacity)),
            new NetworkSettings(
                configuration.Hidden, Choices.Find("--activation", configuration.Activation, Choices.Activations)),
            Choices.Find("--code", configuration.Code, Choices.Codes).Create(
                backend, new CodeSettings(configuration.Latent, capacity, drawCapacity, configuration.CodeNoise)),
            configuration.CreateLikelihood(), drawCapacity);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _pictures.Dispose();
        _evaluator.Dispose();
        _trainer.Dispose();
        _model.Dispose();
    }

    private RunResult Execute(CancellationToken cancellation)
    {
        _observer.Started(new TrainingStart(
            _backend.Name, _backend.Description, Describe(), _model.Parameters.Count, _train.Count, _test.Count,
            _trainer.StepsPerEpoch)
        {
            Split = _split,
            Values = $"{_train.DescribeShape()}, {_values.Describe()}; {_values.Likelihood} likelihood fits",
        });
        _files.Add(_folder.ConfigurationPath);
        _sinceStart.Start();

        bool interrupted = false, isSaved = false;
        double seconds = 0;
        long images = 0;
        for (int epoch = 1; epoch <= _configuration.Epochs && !interrupted; epoch++)
        {
            // Nothing is left to do where everything is saved already; an epoch that is begun has at least one step.
            if (isSaved && cancellation.IsCancellationRequested)
            {
                interrupted = true;
                break;
            }
            (TrainingLoss loss, double secondsOfEpoch) = Train(epoch, cancellation);
            seconds += secondsOfEpoch;
            images += loss.Images;
            interrupted = _trainer.StepInEpoch < _trainer.StepsPerEpoch;
            isSaved = interrupted || epoch == _configuration.Epochs || epoch % _configuration.EvaluateEvery == 0;
            if (!isSaved)
                continue;
            EpochMetrics metrics = Measure(epoch, loss.Mean, seconds, images);
            Save(metrics);
            Show(epoch);
            _observer.EpochEnded(metrics);
            (seconds, images) = (0, 0);
        }

        LossPlot.Write(_folder.LossPlotPath, _epochs);
        _files.Add(_folder.LossPlotPath);
        return new RunResult(_epochs, interrupted, _evaluator.MeanSquaredError(), _trainer.StepExecution, _files);
    }

    /// <summary>The steps of an epoch, and what they took.</summary>
    private (TrainingLoss Loss, double Seconds) Train(int epoch, CancellationToken cancellation)
    {
        int interval = (_trainer.StepsPerEpoch + ReportsPerEpoch - 1) / ReportsPerEpoch;
        TrainingLoss loss = default;
        double seconds = 0;
        var clock = Stopwatch.StartNew();
        _trainer.BeginEpoch(epoch);
        for (bool ended = false; !ended;)
        {
            _trainer.Step();
            ended = _trainer.StepInEpoch == _trainer.StepsPerEpoch || cancellation.IsCancellationRequested;
            if (!ended && _trainer.StepInEpoch % interval != 0)
                continue;
            loss = _trainer.ReadLoss();
            seconds = clock.Elapsed.TotalSeconds;
            if (loss.NonFiniteStep is int step)
                throw new DivergedException("the training loss", epoch, step, _checkpoint);
            Report(epoch, loss, seconds);
        }
        return (loss, seconds);
    }

    private void Report(int epoch, TrainingLoss loss, double seconds)
    {
        int steps = _trainer.StepsPerEpoch;
        double done = (double)_trainer.GlobalStep / ((long)_configuration.Epochs * steps);
        _observer.Progress(new TrainingProgress(
            epoch, _configuration.Epochs, _trainer.StepInEpoch, steps, loss.Mean, loss.Images / seconds,
            _sinceStart.Elapsed * ((1 - done) / done)));
    }

    /// <summary>Where the model stands.</summary>
    /// <param name="epoch">The epoch that just ended.</param>
    /// <param name="trainLoss">Its loss.</param>
    /// <param name="seconds">Training since the last measurement.</param>
    /// <param name="images">Images trained on since then.</param>
    private EpochMetrics Measure(int epoch, double trainLoss, double seconds, long images)
    {
        LossParts test = _evaluator.Loss();
        // The constant belongs to the loss, whatever an objective makes of its terms.
        double constant = _model.Likelihood.Constant(_model.Dimensions);
        double testLoss = constant + _objective.Loss(
            test.Reconstruction - constant, test.Divergence, test.Own,
            _objective.DivergenceWeight(_trainer.GlobalStep));
        if (!double.IsFinite(testLoss))
            throw new DivergedException("the test loss", epoch, _trainer.StepInEpoch, _checkpoint);
        return new EpochMetrics(
            epoch, trainLoss, testLoss, test.Reconstruction, test.Divergence, seconds, images / seconds);
    }

    /// <summary>The checkpoint first, so that a line of metrics always has one.</summary>
    private void Save(EpochMetrics metrics)
    {
        var checkpoint = new Checkpoint(_backend, _model.Parameters);
        if (checkpoint.NonFiniteTensor is string tensor)
            throw new DivergedException(tensor, metrics.Epoch, _trainer.StepInEpoch, _checkpoint);
        checkpoint.Write(
            _folder.CheckpointPath, _configuration, _train, metrics.Epoch, _trainer.StepInEpoch, _trainer.GlobalStep);
        _folder.Append(metrics);
        _epochs.Add(metrics);
        if (_checkpoint is null)
            _files.AddRange([_folder.MetricsPath, _folder.CheckpointPath]);
        _checkpoint = _folder.CheckpointPath;
    }

    private void Show(int epoch)
    {
        Write(
            "reconstruction", epoch, _pictures.Reconstructions(), _pictures.Versions.Count, _pictures.Columns,
            _pictures.Versions);
        if (!_objective.UsesPrior)
            return;
        Write("samples", epoch, _pictures.Samples(), Pictures.SamplesSide, Pictures.SamplesSide);
        if (_model.Units == 2)
            Write("manifold", epoch, _pictures.Manifold(), Pictures.ManifoldSide, Pictures.ManifoldSide);
    }

    private void Write(
        string kind, int epoch, float[] images, int rows, int columns, IReadOnlyList<string>? versions = null)
    {
        string path = _folder.ImagePath(kind, epoch);
        ExamplePicture.Write(path, images, rows, columns, (_test.Height, _test.Width, _test.Channels), versions);
        _files.Add(path);
    }

    private string Describe()
    {
        RunConfiguration c = _configuration;
        IEnumerable<int> widths = [_train.Dimensions, .. c.Hidden, c.Latent, .. c.Hidden.Reverse(), _train.Dimensions];
        return $"{string.Join('-', widths)} {c.Activation}, {c.Code} code, {c.Likelihood} likelihood, "
            + $"{c.Objective}{_objective.Description}";
    }
}
