using System.Diagnostics;
using GpuVae.Data;
using GpuVae.Distributed;
using GpuVae.Evaluation;
using GpuVae.Models;
using GpuVae.Runs;

namespace GpuVae.Training;

/// <content>One epoch: its steps, what is measured after it, saved and drawn, and why a run ends with it.</content>
internal sealed partial class TrainingLoop
{
    /// <summary>The steps of an epoch that are left, and its end.</summary>
    /// <returns>Why the run ends with it, or null to go on with the next.</returns>
    private RunEnding? Train(int epoch, CancellationToken cancellation)
    {
        int steps = _trainer.StepsPerEpoch;
        int interval = (steps + ReportsPerEpoch - 1) / ReportsPerEpoch;
        int before = _trainer.StepInEpoch == 0 ? 0 : _trainer.ReadLoss().Images;
        var clock = Stopwatch.StartNew();
        TrainingLoss loss = _trainer.StepInEpoch == steps ? ReadLoss(epoch) : default;
        while (_trainer.StepInEpoch < steps)
        {
            // No launch goes beyond a step that something is due after.
            Step(epoch, (int)Math.Min(interval - (_trainer.StepInEpoch % interval), _checkpoints.StepsUntilDue));
            bool ended = _trainer.StepInEpoch == steps;
            RunEnding? stopped = ended ? null : ReasonToStop(cancellation);
            bool isDue = !ended && (stopped is not null || _checkpoints.IsDue);
            if (!ended && !isDue && _trainer.StepInEpoch % interval != 0)
                continue;
            loss = ReadLoss(epoch);
            Report(epoch, loss, (loss.Images - before) / clock.Elapsed.TotalSeconds);
            if (!isDue)
                continue;
            clock.Stop();
            _checkpoints.Save(epoch);
            clock.Start();
            if (stopped is not null)
                return stopped;
        }
        _seconds += clock.Elapsed.TotalSeconds;
        _images += loss.Images - before;
        return End(epoch, loss.Mean, cancellation);
    }

    /// <summary>Steps; where another rank fails in one, or its images cannot be read, what was learned before it is saved.</summary>
    private void Step(int epoch, int most)
    {
        try
        {
            _trainer.Step(most);
        }
        catch (Exception exception) when (exception is RankFailedException or DataException)
        {
            _checkpoints.Save(epoch);
            throw;
        }
    }

    /// <summary>
    /// The checkpoint first, then the pictures, then the line of metrics: where a kill leaves that line out, the end of
    /// the epoch is gone through again.
    /// </summary>
    private RunEnding? End(int epoch, double trainLoss, CancellationToken cancellation)
    {
        EpochMetrics? metrics = _configuration.Measures(epoch) ? Measure(epoch, trainLoss) : null;
        bool isBest = metrics is not null
            && !_epochs.Exists(other => _comparison.LossOf(other) <= _comparison.LossOf(metrics));
        if (metrics is not null)
            _epochs.Add(metrics);
        RunEnding? ending = EndingAfter(epoch) ?? ReasonToStop(cancellation);
        if (ending is not null || _checkpoints.IsDueAfter(isMeasured: metrics is not null))
            _checkpoints.Save(epoch);
        if (metrics is null)
            return ending;

        if (isBest)
            _checkpoints.SaveBest(epoch);
        if (_pictureBudget.Allows(_sinceStart.Elapsed, isLast: ending is not null))
        {
            var clock = Stopwatch.StartNew();
            _files.AddRange(_pictures.Write(epoch, _objective.UsesPrior));
            _pictures.WriteLossesNow(_epochs);
            _pictureBudget.Spend(clock.Elapsed);
        }
        _folder.Append(metrics);
        if (!_files.Contains(_folder.MetricsPath))
            _files.Add(_folder.MetricsPath);
        _observer.EpochEnded(metrics);
        (_seconds, _images) = (0, 0);
        return ending;
    }

    private RunEnding? EndingAfter(int epoch) =>
        epoch >= _configuration.Epochs ? RunEnding.Finished
        : _configuration.Patience is int patience && _comparison.BestOf(_epochs) is EpochMetrics best
            && _comparison.EpochsWithout(best, epoch) >= patience ? RunEnding.NoImprovement
        : null;

    private RunEnding? ReasonToStop(CancellationToken cancellation) =>
        cancellation.IsCancellationRequested || _ranks?.StopRequested == true ? RunEnding.Interrupted
        : _sinceStart.Elapsed >= _maxTime ? RunEnding.OutOfTime
        : null;

    private TrainingLoss ReadLoss(int epoch)
    {
        TrainingLoss loss = _trainer.ReadLoss();
        return loss.NonFiniteStep is int step ? throw Diverged(epoch, step) : loss;
    }

    /// <summary>What to say of a loss that is not finite: also the layer where that began.</summary>
    private DivergedException Diverged(int epoch, int step)
    {
        string kept = _checkpoints.LastSaved;
        TrainingPosition? position = _checkpoints.Position;
        if (position is null)
            ModelBuilder.InitializeParameters(_configuration, _device, _model, _train);
        else
            CheckpointFile.Read(_folder.CheckpointPath).Restore(_device, _model.Parameters);
        _setup.Synchronize();
        string? origin = new DivergenceSearch(_device, _model.Parameters, _trainer).Find(position, epoch, step);
        return new DivergedException(
            "the training loss", epoch, step, kept, origin, TrainingAdvice.AgainstDivergence(_values));
    }

    private void Report(int epoch, TrainingLoss loss, double imagesPerSecond)
    {
        long first = _start?.GlobalStep ?? 0;
        long left = ((long)_configuration.Epochs * _trainer.StepsPerEpoch) - _trainer.GlobalStep;
        _observer.Progress(new TrainingProgress(
            epoch, _configuration.Epochs, _trainer.StepInEpoch, _trainer.StepsPerEpoch, loss.Mean, imagesPerSecond,
            _sinceStart.Elapsed * ((double)left / (_trainer.GlobalStep - first))));
    }

    /// <summary>Where the model stands after an epoch with that loss.</summary>
    private EpochMetrics Measure(int epoch, double trainLoss)
    {
        _setup.RequireSameParameters();
        LossValues test = _evaluator.Loss();
        // The constant belongs to the loss, whatever an objective makes of its terms.
        double constant = _model.Likelihood.Constant(_model.Dimensions);
        double beta = _objective.DivergenceWeight(_trainer.GlobalStep);
        double testLoss = _model.LossConstant + _objective.Loss(test.Plus(LossTerm.Reconstruction, -constant), beta);
        if (!double.IsFinite(testLoss))
        {
            throw new DivergedException(
                "the test loss", epoch, _trainer.StepInEpoch, _checkpoints.LastSaved,
                remedy: TrainingAdvice.AgainstDivergence(_values));
        }
        CodeUse use = _codeUse.Measure(out float[] codes);
        _observer.CodesMeasured(new EpochCodes(epoch, _codeUse.Images, codes, _model.Units));
        var metrics = new EpochMetrics(
            epoch, trainLoss, testLoss, test.Reconstruction, test.Divergence, _seconds,
            _seconds > 0 ? _images / _seconds : 0)
        {
            Sigma = _model.LearnedScale(),
            LearningRate = _trainer.LastLearningRate,
            EffectiveBeta = beta,
            ActiveUnits = use.ActiveUnits,
            UnitKl = use.Divergences is { Count: <= EpochMetrics.MostUnits } divergences
                ? [.. divergences.Select(divergence => (float)divergence)]
                : null,
            GradientNorm = _trainer.ReadGradientNorm(),
            OtherTerms = test.Others(LossTerm.Reconstruction, LossTerm.Divergence),
        };
        return _model.Likelihood.IsOfBytes
            ? metrics with { BitsPerDimension = metrics.NegativeElbo / (_test.Variables * Math.Log(2)) }
            : metrics;
    }
}
