using GpuVae.Cases;
using GpuVae.Kernels;

namespace GpuVae.Tests.Training;

/// <summary>
/// A device that writes down what a recording asks of another one, and refuses what a captured step may not do:
/// memory, copies and waiting.
/// </summary>
/// <param name="inner">Does the operations.</param>
/// <param name="replays">False: each replay calls the operations. True: the other device's recording is used.</param>
internal sealed class CallLog(IDevice inner, bool replays) : ForwardingDevice(inner), IDevice
{
    private List<string>? _current;

    /// <summary>The operations of each replay, in order, a line each: their settings and their views.</summary>
    public List<string> Replays { get; } = [];

    /// <summary>Recordings that were made and not disposed.</summary>
    public int OpenRecordings { get; private set; }

    public override void Run<TOperation>(in TOperation operation)
    {
        // The value has the settings, its operands have the place of each view.
        _current?.Add($"{operation} of {string.Join(", ", operation.Operands)}");
        Inner.Run(operation);
    }

    public IRecording Record(Action operations)
    {
        OpenRecordings++;
        return new LoggedRecording(this, operations);
    }

    public override DeviceBuffer<T> Allocate<T>(long length)
    {
        RefuseInReplay(nameof(Allocate));
        return base.Allocate<T>(length);
    }

    public override DeviceBuffer<T> Import<T>(T[] values)
    {
        RefuseInReplay(nameof(Import));
        return base.Import(values);
    }

    public override void Upload<T>(ReadOnlySpan<T> source, View<T> destination)
    {
        RefuseInReplay(nameof(Upload));
        base.Upload(source, destination);
    }

    public override void Download<T>(View<T> source, Span<T> destination)
    {
        RefuseInReplay(nameof(Download));
        base.Download(source, destination);
    }

    public override void Synchronize()
    {
        RefuseInReplay(nameof(Synchronize));
        base.Synchronize();
    }

    private void RefuseInReplay(string call)
    {
        if (_current is not null)
            throw new InvalidOperationException($"{call} inside a step.");
    }

    private sealed class LoggedRecording(CallLog owner, Action operations) : IRecording
    {
        private readonly IRecording? _inner = owner.UseInnerRecording(operations);
        private bool _isDisposed;

        public string Description => _inner?.Description ?? "logged";

        public void Replay()
        {
            owner._current = [];
            if (_inner is null)
                operations();
            else
                _inner.Replay();
            owner.Replays.Add(string.Join('\n', owner._current));
            owner._current = null;
        }

        public void Dispose()
        {
            _inner?.Dispose();
            if (!_isDisposed)
                owner.OpenRecordings--;
            _isDisposed = true;
        }
    }

    private IRecording? UseInnerRecording(Action operations) => replays ? Inner.Record(operations) : null;
}
