using System.Runtime.InteropServices;

namespace GpuVae.CommandLine;

/// <summary>Ctrl-C and SIGTERM as the end of a verb that serves until then.</summary>
internal sealed class StopSignal : IDisposable
{
    private readonly ManualResetEventSlim _stop = new();
    private readonly PosixSignalRegistration[] _registrations;

    /// <summary>From now on they do not end the program.</summary>
    public StopSignal() =>
        _registrations = [.. ((PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM]).Select(signal => PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            _stop.Set();
        }))];

    /// <summary>Returns when one has come.</summary>
    public void Wait() => _stop.Wait();

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        _stop.Dispose();
    }
}
