namespace GpuVae.Kernels.Gpu.Cuda;

/// <summary>Steps that a device does by itself, as many as a launch asks for.</summary>
internal interface ILaunchedSteps : IDisposable
{
    /// <summary>The launches that a step was.</summary>
    int Phases { get; }

    /// <summary>Does so many.</summary>
    void Launch(int steps);
}

/// <summary>
/// A recording that becomes one persistent kernel. The first replay calls the operations, which compiles kernels and makes
/// scratch memory grow; before the second their launches are kept and made phases of that kernel. Where they cannot be, it is a graph.
/// </summary>
/// <param name="launches">Those of the device.</param>
/// <param name="operations">Calls the operations.</param>
/// <param name="make">Makes the kernel.</param>
/// <param name="countLaunches">Launches of the device so far.</param>
/// <param name="countLaunch">Counts one more.</param>
/// <param name="otherwise">What replays them where there is no such kernel.</param>
internal sealed class PersistentRecording(
    KeptLaunches launches, Action operations, Func<IReadOnlyList<KeptLaunch>, ILaunchedSteps> make,
    Func<long> countLaunches, Action countLaunch, GraphRecording otherwise) : IRecording
{
    private ILaunchedSteps? _steps;
    private string? _refusal;
    private bool _isWarm;

    /// <inheritdoc/>
    public string Description => this switch
    {
        { _steps: not null } => $"as one persistent kernel of {_steps.Phases} phases",
        { _refusal: not null } => $"{otherwise.Description}, because a persistent kernel was not made: {_refusal}",
        _ => "launch by launch until the second replay",
    };

    /// <inheritdoc/>
    public bool ReplaysAtOnce => _steps is not null;

    /// <inheritdoc/>
    public void Replay() => Replay(1);

    /// <inheritdoc/>
    public void Replay(int times)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(times);
        int left = times;
        if (left > 0 && !_isWarm)
        {
            Warm();
            left--;
        }
        if (left == 0)
            return;
        if (_steps is null && _refusal is null)
            Make();
        if (_steps is not null)
        {
            countLaunch();
            _steps.Launch(left);
            return;
        }
        for (; left > 0; left--)
            otherwise.Replay();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _steps?.Dispose();
        _steps = null;
        otherwise.Dispose();
    }

    private void Warm()
    {
        (long counted, long made) = (countLaunches(), launches.Made);
        operations();
        _isWarm = true;
        // A launch that went another way could not be kept: it would be made while the others are not.
        if (launches.Made - made != countLaunches() - counted)
            _refusal = "some launches are of kernels that the device has not loaded";
    }

    private void Make()
    {
        try
        {
            _steps = make(launches.Keep(operations));
        }
        catch (Exception exception) when (exception is DeviceException or NotSupportedException)
        {
            _refusal = exception.Message;
        }
    }
}
