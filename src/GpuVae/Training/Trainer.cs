using GpuVae.Data;
using GpuVae.Distributed;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;

namespace GpuVae.Training;

/// <summary>The loss of an epoch's steps so far.</summary>
/// <param name="Images">Images in them.</param>
/// <param name="Mean">In nats per image; not finite if <paramref name="NonFiniteStep"/> is set.</param>
/// <param name="NonFiniteStep">The first step, from 1, whose loss was NaN or infinite.</param>
public readonly record struct TrainingLoss(int Images, double Mean, int? NonFiniteStep);

/// <summary>
/// Trains a model with Adam. Images, order, schedule, parameters and losses stay on the device: a step reads nothing
/// from the host, waits for nothing and allocates nothing. So it is recorded once and replayed; the smaller last batch
/// of an epoch has a recording of its own. Where several ranks train together each takes a slice of every batch.
/// </summary>
public sealed class Trainer : IDisposable
{
    private readonly IDevice _device;
    private readonly RankGroup? _ranks;
    private readonly Autoencoder _model;
    private readonly IObjective _objective;
    private readonly IObjectivePass? _objectivePass;
    private readonly LossTerms _terms;
    private readonly TrainerSettings _settings;
    private readonly EpochPlan _plan;
    private readonly WindowOrder? _windows;
    private readonly TrainingStep _step;
    private readonly int _images;
    private readonly View<float> _losses; // (steps, R), sums over each batch
    private readonly float[] _hostLosses;
    private readonly IRecording _fullStep;
    private readonly IRecording _lastStep;
    private bool _hasStepped;

    /// <summary>Uploads the images.</summary>
    /// <exception cref="UserException">
    /// The objective needs a divergence, which the model's code has not; or it has no place for the model's term; or a layer
    /// needs larger batches.
    /// </exception>
    public Trainer(
        IDevice device, Autoencoder model, IObjective objective, ImageSet images, TrainerSettings settings)
        : this(device, model, objective, images, settings, ranks: null)
    {
    }

    /// <summary>The same for one of several ranks, each of which makes its own.</summary>
    internal Trainer(
        IDevice device, Autoencoder model, IObjective objective, ImageSet images, TrainerSettings settings, RankGroup? ranks)
    {
        SettingRules.RequireDivergence(objective, model.Code);
        SettingRules.RequireTerms(objective, model);
        _device = device;
        _ranks = ranks;
        _model = model;
        _objective = objective;
        _settings = settings;
        _images = images.Count;
        int rows = Math.Min(settings.Batch, images.Count);
        _windows = WindowOrder.Of(images, settings.Batch, new RandomSource(settings.Seed, RandomPurpose.Shuffle));
        _plan = new EpochPlan(device, objective, settings, images.Count, _windows);
        if (ranks is not null)
            rows = DistributedRules.LargestSlice(ranks, objective, rows, RowsOf(_plan.Steps - 1));
        model.RequireTrainingBatch(rows);
        _objectivePass = objective.Prepare(device, model.Code, rows);
        _terms = model.TermsWith(_objectivePass);
        _step = new TrainingStep(device, model, _objectivePass, _terms.Count, images, settings, _plan, _windows, rows);
        _losses = _step.Losses;
        _hostLosses = new float[_losses.Length];
        int firstRows = RowsOf(0), lastRows = RowsOf(_plan.Steps - 1);
        _fullStep = Record(firstRows, isPersistent: settings.StepsPerLaunch > 0);
        _lastStep = lastRows == firstRows ? _fullStep : Record(lastRows, isPersistent: false);
    }

    /// <summary>Steps of an epoch, of which the last may be a smaller one.</summary>
    public int StepsPerEpoch => _plan.Steps;

    /// <summary>Steps done in this epoch.</summary>
    public int StepInEpoch { get; private set; }

    /// <summary>Steps done since the start.</summary>
    public long GlobalStep { get; private set; }

    /// <summary>How the device runs a full step, for a person.</summary>
    public string StepExecution => _fullStep.Description;

    /// <summary>Adam's α in the last step of the epoch.</summary>
    public double LastLearningRate => _plan.LearningRate(StepsPerEpoch - 1);

    /// <summary>Makes the next <see cref="Step()"/> the first of an epoch.</summary>
    /// <param name="epoch">From 1.</param>
    public void BeginEpoch(int epoch) => BeginEpoch(epoch, []);

    /// <summary>Makes the next <see cref="Step()"/> one in the middle of an epoch.</summary>
    /// <param name="epoch">From 1.</param>
    /// <param name="losses">(steps, R) what <see cref="DownloadLosses"/> gave after the steps before it.</param>
    public void BeginEpoch(int epoch, ReadOnlySpan<float> losses)
    {
        int steps = losses.Length / _losses.Columns;
        if (losses.Length % _losses.Columns != 0 || steps > StepsPerEpoch)
            throw new ArgumentException($"{losses.Length} losses in an epoch of {StepsPerEpoch} steps.", nameof(losses));
        _ranks?.Lead(new RankCommand(RankAction.BeginEpoch, epoch, steps));
        BeginEpochAt(epoch, steps);
        if (steps > 0)
            _device.Upload(losses, _losses.RowRange(0, steps));
    }

    /// <summary>The same, where nobody asks for the losses of the steps before.</summary>
    internal void BeginEpochAt(int epoch, int steps)
    {
        _plan.Begin(epoch, steps);
        _step.Images.Restart(FirstOf(steps));
        StepInEpoch = steps;
        GlobalStep = ((epoch - 1L) * StepsPerEpoch) + steps;
    }

    /// <summary>Says how the gradients of ranks are added from now on: <see cref="DistributedStep.SumBy"/>.</summary>
    internal void SumBy(in DeviceMeeting meeting)
    {
        foreach (IRecording recording in (IRecording[])[_fullStep, _lastStep])
            (recording as DistributedStep)?.SumBy(meeting);
    }

    /// <summary>Waits for the steps so far and copies their losses: all that an epoch's metrics need of them.</summary>
    /// <returns>(<see cref="StepInEpoch"/>, R).</returns>
    public float[] DownloadLosses()
    {
        var losses = new float[StepInEpoch * _losses.Columns];
        _device.Download<float>(_losses.RowRange(0, StepInEpoch), losses);
        return losses;
    }

    /// <summary>Trains on the next batch.</summary>
    public void Step() => Step(1);

    /// <summary>Trains on the next batches of this epoch, as many as one launch does.</summary>
    /// <param name="most">At most so many, at least one.</param>
    /// <returns>How many they were.</returns>
    public int Step(int most)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        int full = (_lastStep == _fullStep ? StepsPerEpoch : StepsPerEpoch - 1) - StepInEpoch;
        IRecording recording = full > 0 ? _fullStep : _lastStep;
        int steps = full > 0 && recording.ReplaysAtOnce ? Math.Min(Math.Min(most, _settings.StepsPerLaunch), full) : 1;
        if (_windows is not null)
            steps = Math.Min(steps, (int)((_windows.Rows - (FirstOf(StepInEpoch) % _windows.Rows)) / _settings.Batch));
        _ranks?.Lead(new RankCommand(RankAction.Step));
        if (_ranks is null)
            ShowImages();
        recording.Replay(steps);
        _hasStepped = true;
        StepInEpoch += steps;
        GlobalStep += steps;
        return steps;
    }

    /// <summary>Waits for the steps so far and asks the device for their losses.</summary>
    public TrainingLoss ReadLoss()
    {
        int termCount = _losses.Columns;
        var values = new double[termCount];
        Span<float> losses = _hostLosses.AsSpan(0, StepInEpoch * termCount);
        _device.Download(_losses.RowRange(0, StepInEpoch), losses);
        double sum = 0;
        int images = 0;
        int? nonFinite = null;
        for (int step = 0; step < StepInEpoch; step++)
        {
            for (int row = 0; row < termCount; row++)
                values[row] = losses[(step * termCount) + row];
            double loss = _objective.Loss(_terms.Values(values), _plan.DivergenceWeight(step));
            if (!double.IsFinite(loss))
                nonFinite ??= step + 1;
            sum += loss;
            images += RowsOf(step);
        }
        return new TrainingLoss(images, (sum / images) + _model.LossConstant, nonFinite);
    }

    /// <summary>
    /// Waits for the steps so far and gives the norm of the gradient in the last of them, before it was clipped; null where
    /// nothing is clipped, or no step was done.
    /// </summary>
    public double? ReadGradientNorm()
    {
        if (_settings.ClipNorm == 0 || !_hasStepped)
            return null;
        var squared = new float[1];
        _device.Download<float>(_step.SquaredNorm, squared);
        return Math.Sqrt(squared[0]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _fullStep.Dispose();
        _lastStep.Dispose();
        _objectivePass?.Dispose();
        _plan.Dispose();
        _step.Dispose();
    }

    private IRecording Record(int rows, bool isPersistent) =>
        _ranks is not null
            ? new DistributedStep(_device, _ranks, _model.Parameters, _step, rows, ShowImages, () => _losses.RowRange(StepInEpoch, 1))
        : isPersistent ? _device.RecordPersistent(() => _step.Run(rows))
        : _device.Record(() => _step.Run(rows));

    /// <summary>Has the images of the next step on the device.</summary>
    private void ShowImages() => _step.Images.Show(Math.Min(FirstOf(StepInEpoch), _images - 1));

    private long FirstOf(int step) => (long)step * _settings.Batch;

    private int RowsOf(int step) => (int)Math.Min(_settings.Batch, _images - ((long)step * _settings.Batch));
}
