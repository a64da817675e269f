namespace GpuVae.Kernels;

/// <summary>
/// Operations that are asked for again and again with the same views, as the steps of a training are; made by
/// <see cref="IDevice.Record"/>. A device that can launches them all at once.
/// </summary>
public interface IRecording : IDisposable
{
    /// <summary>How replays run, for a person: as one launch, or call by call and why.</summary>
    string Description { get; }

    /// <summary>The operations, as if they were called now.</summary>
    void Replay();

    /// <summary>Whether <see cref="Replay(int)"/> is one launch from here on, however many times it is.</summary>
    bool ReplaysAtOnce => false;

    /// <summary>The operations as if they were called so many times, one after the other.</summary>
    /// <param name="times">How often, not negative.</param>
    void Replay(int times)
    {
        for (; times > 0; times--)
            Replay();
    }
}

/// <summary>A recording that calls its operations each time.</summary>
/// <param name="operations">What to call.</param>
internal sealed class RepeatedCalls(Action operations) : IRecording
{
    /// <inheritdoc/>
    public string Description => "operation by operation";

    /// <inheritdoc/>
    public void Replay() => operations();

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
