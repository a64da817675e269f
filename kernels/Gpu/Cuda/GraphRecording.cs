namespace GpuVae.Kernels.Gpu.Cuda;

/// <summary>A stream that can keep launches instead of running them.</summary>
internal interface ICapturingStream
{
    /// <summary>Launches from here on are kept.</summary>
    /// <exception cref="DeviceException">The device refuses.</exception>
    void BeginCapture();

    /// <summary>Launches run again; those that were kept become a graph.</summary>
    /// <exception cref="DeviceException">Something was asked for in between that cannot be kept.</exception>
    ILaunchGraph EndCapture();

    /// <summary>Launches run again; those that were kept are dropped.</summary>
    void AbandonCapture();
}

/// <summary>Launches that are made all at once, in the order in which they were kept.</summary>
internal interface ILaunchGraph : IDisposable
{
    /// <summary>How many they are.</summary>
    long Launches { get; }

    /// <summary>Makes them.</summary>
    void Launch();
}

/// <summary>
/// A recording on a stream that can capture. The first replay calls the operations: kernels are compiled and scratch
/// memory grows. The second captures what they launch, and from then on a replay is one launch of that graph. Where
/// the capture fails, each replay calls the operations, and <see cref="Description"/> says why.
/// </summary>
/// <param name="stream">Where the operations launch.</param>
/// <param name="operations">Calls them.</param>
/// <param name="countLaunches">Launches of the device so far; a graph with fewer than were counted is not used.</param>
internal sealed class GraphRecording(ICapturingStream stream, Action operations, Func<long> countLaunches) : IRecording
{
    private ILaunchGraph? _graph;
    private string? _refusal;
    private bool _isWarm;

    /// <inheritdoc/>
    public string Description => this switch
    {
        { _graph: not null } => $"as one graph of {_graph.Launches} launches",
        { _refusal: not null } => $"launch by launch, because capturing them failed: {_refusal}",
        _ => "launch by launch until the second replay",
    };

    /// <inheritdoc/>
    public void Replay()
    {
        if (_graph is null && _isWarm && _refusal is null)
            Capture();
        if (_graph is not null)
            _graph.Launch();
        else
            operations();
        _isWarm = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _graph?.Dispose();
        _graph = null;
    }

    private void Capture()
    {
        try
        {
            stream.BeginCapture();
        }
        catch (DeviceException exception)
        {
            _refusal = exception.Message;
            return;
        }
        long before = countLaunches();
        try
        {
            operations();
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Nothing has run yet. A mistake of the operations' own will come again when they are called.
            _refusal = exception.Message;
            stream.AbandonCapture();
            return;
        }
        long counted = countLaunches() - before;
        ILaunchGraph captured;
        try
        {
            captured = stream.EndCapture();
        }
        catch (DeviceException exception)
        {
            _refusal = exception.Message;
            return;
        }
        if (captured.Launches >= counted)
        {
            _graph = captured;
            return;
        }
        _refusal = $"{counted - captured.Launches} of {counted} launches went to another stream";
        captured.Dispose();
    }
}
