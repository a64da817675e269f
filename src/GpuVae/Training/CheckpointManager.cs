using System.Diagnostics;
using System.Globalization;
using GpuVae.Data;
using GpuVae.Runs;

namespace GpuVae.Training;

/// <summary>When a run is saved, and what of it.</summary>
/// <param name="configuration">What is trained.</param>
/// <param name="images">On what.</param>
/// <param name="folder">Where it is saved.</param>
/// <param name="trainer">Knows the step.</param>
/// <param name="checkpoint">What is saved.</param>
/// <param name="remedy">What to try where a parameter is not finite.</param>
internal sealed class CheckpointManager(
    RunConfiguration configuration, ImageSet images, RunFolder folder, Trainer trainer, Checkpoint checkpoint,
    string remedy)
{
    private readonly CheckpointInterval _interval = CheckpointInterval.Parse(configuration.CheckpointEvery);
    private readonly Stopwatch _sinceSaved = Stopwatch.StartNew();
    private readonly List<string> _files = [];
    private TrainingPosition? _saved;

    /// <summary>Where the last checkpoint stands; null where there is none.</summary>
    public TrainingPosition? Position => _saved;

    /// <summary>What was written.</summary>
    public IReadOnlyList<string> Files => _files;

    /// <summary>Whether the step that was just done is one to save after, in the middle of an epoch.</summary>
    public bool IsDue =>
        (_interval.Steps is long steps && trainer.GlobalStep % steps == 0) || _sinceSaved.Elapsed >= _interval.Time;

    /// <summary>Steps until there is one of these because of their number.</summary>
    public long StepsUntilDue => _interval.Steps is long steps ? steps - (trainer.GlobalStep % steps) : long.MaxValue;

    /// <summary>What a person may fall back on, for the end of a sentence.</summary>
    public string LastSaved => _saved is null
        ? "no checkpoint was written so far"
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{folder.CheckpointPath} holds epoch {_saved.Epoch}")
            + (_saved.StepInEpoch < trainer.StepsPerEpoch ? $", step {_saved.StepInEpoch}" : "");

    /// <summary>Whether the epoch that was just done is one to save after.</summary>
    public bool IsDueAfter(bool isMeasured) => _interval == default ? isMeasured : IsDue;

    /// <summary>The position that the files in the folder are of.</summary>
    public void ResumeFrom(TrainingPosition position) => _saved = position;

    /// <summary>Writes a checkpoint, where there is none of this position yet.</summary>
    /// <exception cref="DivergedException">A parameter or moment is not finite; the last checkpoint stays.</exception>
    /// <exception cref="UserException">It cannot be written; the last checkpoint stays.</exception>
    public void Save(int epoch)
    {
        if (_saved?.GlobalStep == trainer.GlobalStep)
            return;
        TrainingPosition position = Capture(epoch, trainer.DownloadLosses());
        if (File.Exists(folder.CheckpointPath))
            Add(folder.PreviousCheckpointPath);
        checkpoint.Write(folder.CheckpointPath, folder.PreviousCheckpointPath, configuration, images, position);
        Add(folder.CheckpointPath);
        _saved = position;
        _sinceSaved.Restart();
    }

    /// <summary>
    /// Writes the parameters as the best so far. Where the epoch is measured only as the last, the best of before stays
    /// beside them, in case the run gets more epochs.
    /// </summary>
    /// <exception cref="DivergedException">A parameter or moment is not finite.</exception>
    /// <exception cref="UserException">It cannot be written.</exception>
    public void SaveBest(int epoch)
    {
        // After a kill the file may be this epoch's already, and what is beside it is to stay.
        string? previous = !configuration.MeasuresRegularly(epoch)
            && BestWeights.Epoch(folder.BestPath) is int before && before != epoch ? folder.PreviousBestPath : null;
        checkpoint.WriteParameters(folder.BestPath, configuration, images, Capture(epoch, []), previous);
        Add(folder.BestPath);
        if (previous is not null)
            Add(previous);
    }

    private TrainingPosition Capture(int epoch, float[] losses)
    {
        checkpoint.Capture();
        return checkpoint.NonFiniteTensor is string tensor
            ? throw new DivergedException(tensor, epoch, trainer.StepInEpoch, LastSaved, remedy: remedy)
            : new TrainingPosition(epoch, trainer.StepInEpoch, trainer.GlobalStep, losses);
    }

    private void Add(string path)
    {
        if (!_files.Contains(path))
            _files.Add(path);
    }
}
