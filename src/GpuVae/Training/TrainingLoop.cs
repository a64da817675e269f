using System.Diagnostics;
using System.Globalization;
using GpuVae.Data;
using GpuVae.Distributed;
using GpuVae.Evaluation;
using GpuVae.Imaging;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;

namespace GpuVae.Training;

/// <summary>The course of a run: train, measure, save and show, epoch by epoch.</summary>
internal sealed partial class TrainingLoop : IDisposable
{
    private const int ReportsPerEpoch = 8;

    private readonly RunConfiguration _configuration;
    private readonly IDevice _device;
    private readonly RankGroup? _ranks;
    private readonly TrainingSetup _setup;
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
    private readonly RunPictures _pictures;
    private readonly PictureBudget _pictureBudget;
    private readonly CheckpointManager _checkpoints;
    private readonly EpochComparison _comparison;
    private readonly MeasuredCode _codeUse;
    private readonly TimeSpan? _maxTime;
    private readonly Stopwatch _sinceStart = new();
    private readonly List<EpochMetrics> _epochs = [];
    private readonly List<string> _files = [];
    private TrainingPosition? _start;
    private string? _resumed;
    private double _seconds; // of training since the last measurement, or since the resumption
    private long _images;    // in this time

    /// <summary>Builds the model and puts everything on the device.</summary>
    public TrainingLoop(
        RunConfiguration configuration, Dataset data, IDevice device, RunFolder folder, ITrainingObserver observer,
        TimeSpan? maxTime, RankGroup? ranks)
    {
        _maxTime = maxTime;
        _configuration = configuration;
        _device = device;
        _folder = folder;
        _observer = observer;
        _ranks = ranks;
        _split = data.Split;
        _setup = Build(configuration, data);
        (_train, _test, _values, _objective) = (_setup.Train, _setup.Test, _setup.Values, _setup.Objective);
        (_model, _trainer, _evaluator) = (_setup.Model, _setup.Trainer, _setup.Evaluator);
        TrainerSettings settings = configuration.TrainerSettings;
        MetricsFile.RequireFree(_evaluator.Terms);
        _comparison = new EpochComparison(
            _objective, _evaluator.Terms, _model.Likelihood.Constant(_model.Dimensions), _trainer.StepsPerEpoch,
            _model.LossConstant - _model.Likelihood.Constant(_model.Dimensions));
        _codeUse = new MeasuredCode(device, _model, _test, settings.Encoding, configuration.Seed);
        double pictureShare = Registry.PictureShares.Find(configuration.Pictures);
        bool isDrawn = pictureShare >= 0 && ImageBackend.IsAvailable;
        if (pictureShare >= 0 && !isDrawn)
            Notes.Add("no pictures: they are drawn by the package GpuVae.Imaging, which this program does not refer to");
        _pictures = new RunPictures(
            isDrawn ? ImageBackend.Current : null, folder, new Pictures(device, _model, _test, configuration.Seed, settings.Encoding), _model, _test,
            configuration.CreatePipeline(), configuration.KeepPictures);
        _pictureBudget = new PictureBudget(pictureShare);
        if (ranks?.Size > 1 && _model.Parameters.States.Count > 0)
        {
            int slice = BatchSlice.Of(Math.Min(configuration.Batch, _train.Count), 0, ranks.Size).Count;
            Notes.Add($"batch norm takes the mean and variance of each rank's part of a batch, {slice} examples, and not of all");
        }
        _checkpoints = new CheckpointManager(
            configuration, _train, folder, _trainer, new Checkpoint(device, _model.Parameters),
            TrainingAdvice.AgainstDivergence(_values));
    }

    /// <summary>What a person should know of the folder, told before the first step.</summary>
    public IList<string> Notes { get; } = [];

    /// <inheritdoc/>
    public void Dispose()
    {
        _pictures.Dispose();
        _codeUse.Dispose();
        _setup.Dispose();
    }

    /// <summary>Puts everything back as it was at a checkpoint; null for a run that was stopped before its first.</summary>
    public void ResumeFrom(LastCheckpoint? last)
    {
        TrainingPosition? position = last?.File.Position;
        // A run that gets more epochs may have been measured after one only because it was the last.
        int lastEpoch = LastWholeEpoch(position);
        _epochs.AddRange(MetricsFile.Repair(_folder.MetricsPath, lastEpoch, _configuration.Measures));
        // The last line may be missing after a kill: that epoch is measured again.
        if (MetricsFile.Gaps(_folder.MetricsPath, _epochs, lastEpoch - 1, _configuration.Measures) is string gaps)
            Notes.Add(gaps);
        if (BestWeights.Resume(_folder, _configuration) is string damage)
            Notes.Add(damage);
        _pictures.DeleteExcept(_configuration.Measures);
        if (last is null || position is null)
        {
            _resumed = "from the beginning, since it was stopped before its first checkpoint";
            return;
        }
        if (position.StepInEpoch > _trainer.StepsPerEpoch
            || position.GlobalStep != ((position.Epoch - 1L) * _trainer.StepsPerEpoch) + position.StepInEpoch)
        {
            throw new UserException(
                $"{_folder.CheckpointPath}: epoch {position.Epoch}, step {position.StepInEpoch} is no place in a run of "
                + $"{_trainer.StepsPerEpoch} steps an epoch; give the data set of before with --data");
        }
        last.File.Restore(_device, _model.Parameters);
        last.ReplaceDamaged(_folder);
        _checkpoints.ResumeFrom(position);
        _start = position;
        string note = last.Note is null ? "" : $": {last.Note}";
        if (last.File.Configuration.GpuvaeVersion is string writer && writer != RunConfiguration.Version)
            note += $"; GpuVae {QuotedText.Quote(writer)} began it, and the last digits of {RunConfiguration.Version} may differ";
        _resumed = string.Create(
            CultureInfo.InvariantCulture,
            $"after epoch {position.Epoch}, step {position.StepInEpoch} of {_trainer.StepsPerEpoch}{note}");
    }

    private int LastWholeEpoch(TrainingPosition? position) =>
        position is null ? 0 : position.StepInEpoch < _trainer.StepsPerEpoch ? position.Epoch - 1 : position.Epoch;

    /// <summary>Trains until there is a reason to end.</summary>
    public RunResult RunToEnd(CancellationToken cancellation)
    {
        _observer.Started(new TrainingStart(
            _device.Name, _ranks is null ? _device.Description : $"{_device.Description}, {_ranks.Description}", Describe(), _model.Parameters.Count, _train.Count, _test.Count,
            _trainer.StepsPerEpoch)
        {
            Split = _split,
            Values = $"{_train.DescribeShape()}, {_values.Describe()}"
                + (_values.Likelihood == _configuration.Likelihood ? $"; {_values.Likelihood} likelihood fits" : ""),
            Augmentation = AugmentationText.Describe(_configuration.Augmentation, isSeries: _train.Height == 1),
            Resumed = _resumed,
            Notes = [.. Notes],
            Example = _train.Height == 1 ? "row" : "image",
            HasPrior = _objective.UsesPrior,
        });
        _files.Add(_folder.ConfigurationPath);
        _sinceStart.Start();

        RunEnding? ending = null;
        _setup.Synchronize();
        int epoch = _start?.Epoch ?? 1;
        _trainer.BeginEpoch(epoch, _start?.Losses ?? []);
        bool isMeasured = _epochs.Count > 0 && _epochs[^1].Epoch == epoch;
        if (LastWholeEpoch(_start) == epoch && (isMeasured || !_configuration.Measures(epoch)))
            ending = EndingAfter(epoch);
        else if (Train(epoch, cancellation) is RunEnding early)
            ending = early;
        while (ending is null)
        {
            _trainer.BeginEpoch(++epoch);
            ending = Train(epoch, cancellation);
        }

        // mpirun gives ranks that it was asked to stop little time.
        if (_epochs.Count > 0 && !(ending == RunEnding.Interrupted && _ranks is not null))
            _files.AddRange([.. _pictures.WriteLosses(_epochs), .. _pictures.WriteAnimation(_objective.UsesPrior)]);
        // Pictures of before may be gone by now.
        _files.RemoveAll(file => !File.Exists(file));
        _files.AddRange(_checkpoints.Files);
        return new RunResult(
            _epochs, ending.Value, _evaluator.MeanSquaredError(), _trainer.StepExecution, _files)
        {
            Steps = _trainer.GlobalStep - (_start?.GlobalStep ?? 0),
            Epoch = epoch,
            StepInEpoch = _trainer.StepInEpoch,
            Best = _comparison.BestOf(_epochs),
            EpochsWithoutPictures = _pictureBudget.LeftOut,
            Advice = ending is RunEnding.Finished or RunEnding.NoImprovement ? Advise() : [],
        };
    }

    /// <summary>On all ranks, or here alone.</summary>
    private TrainingSetup Build(RunConfiguration configuration, Dataset data)
    {
        if (_ranks is null)
            return new TrainingSetup(configuration, data, _device, ranks: null);
        TrainingSetup? setup = null;
        byte[] json = RunConfigurationJson.Write(configuration);
        _ranks.Lead(new RankCommand(RankAction.Configure, json.Length));
        _ranks.Broadcast<byte>(json);
        _ranks.Gather(0, _ => setup = new TrainingSetup(configuration, data, _device, _ranks));
        return setup!;
    }

    private List<string> Advise()
    {
        List<string?> advice =
        [
            TrainingAdvice.AgainstOverfitting(_configuration, _epochs, _comparison),
            TrainingAdvice.AgainstFewSteps(_configuration, _epochs, _trainer.GlobalStep),
        ];
        if (_objective.UsesPrior && _model.Posterior is not null)
        {
            advice.Add(TrainingAdvice.AgainstCollapse(
                _configuration, _codeUse.Measure(), _trainer.GlobalStep, _train.Take(MeasuredCode.Examples)));
        }
        return [.. advice.OfType<string>()];
    }

    private string Describe() => $"{_configuration.DescribeModel(_train.Shape)}, "
        + $"{_configuration.Objective}{_objective.Description}{_model.Similarity?.Description}";
}
