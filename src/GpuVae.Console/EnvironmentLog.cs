using System.Diagnostics;
using GpuVae.Runs;
using GpuVae.Training;

namespace GpuVae.CommandLine;

/// <summary>
/// Keeps where and how long a run was trained, in <c>environment.json</c>: when it begins, in case that it is killed, and when it
/// ends. A run that has nothing left to do stays as it was.
/// </summary>
/// <param name="run">The run.</param>
/// <param name="environment">Where it is trained.</param>
internal sealed class EnvironmentLog(RunFolder run, RunEnvironment environment) : ITrainingObserver
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private bool _hasBegun;

    /// <inheritdoc/>
    public void Started(TrainingStart start)
    {
        // Before the first step, whose time is measured, where there is one for certain.
        if (start.Resumed is null)
        {
            Begin();
        }
    }

    /// <inheritdoc/>
    public void Progress(TrainingProgress progress) => Begin();

    /// <inheritdoc/>
    public void EpochEnded(EpochMetrics metrics) => Begin();

    /// <summary>Ends it.</summary>
    /// <returns>The files that were written for it.</returns>
    /// <exception cref="UserException">One cannot be written.</exception>
    public IReadOnlyList<string> End()
    {
        if (!_hasBegun)
        {
            return [];
        }

        environment.Write(run, _clock.Elapsed);
        return [run.EnvironmentPath];
    }

    private void Begin()
    {
        if (!_hasBegun)
        {
            environment.Write(run);
            _hasBegun = true;
        }
    }
}
