using System.Runtime.InteropServices;
using GpuVae.Files;

namespace GpuVae.CommandLine;

/// <summary>
/// What Ctrl-C, SIGTERM and SIGHUP, a terminal that is closed, do to a verb that trains. While there is nothing to save
/// yet, as in a download, the first one ends the program. From <see cref="BeginSaving"/> on it is a cancellation, so
/// that the step in hand ends and the run is saved; a second one ends the program at once: the files of a run are never
/// half written, so that is safe too.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private const string ShowCursor = "\e[?25h";
    private const string ClearLine = "\r\e[2K";

    private readonly Lock _state = new();
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly Action<int> _exit;
    private bool _saves;
    private bool _isOver;

    /// <summary>Starts to listen. What a program was told to ignore, as <c>nohup</c> does, stays ignored.</summary>
    public Interruption()
        : this(Exit) =>
        _registrations =
        [
            .. ((PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP]).Select(
                signal => PosixSignalRegistration.Create(signal, context => context.Cancel = Receive(context.Signal))),
        ];

    /// <summary>The same without signals, for who calls <see cref="Receive"/>.</summary>
    /// <param name="exit">Ends the program with an exit code.</param>
    internal Interruption(Action<int> exit)
    {
        _exit = exit;
        _registrations = [];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>128 and the number of the first signal, as shells count.</summary>
    public int ExitCode { get; private set; } = CommandLine.ExitCode.Interrupted;

    /// <summary>From now on there is a run, and who has <see cref="Token"/> saves it.</summary>
    public void BeginSaving()
    {
        lock (_state)
        {
            _saves = true;
        }
    }

    /// <summary>Stops to listen: signals do what they do to any program.</summary>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        lock (_state)
        {
            _isOver = true;
            _source.Dispose();
        }
    }

    /// <summary>Takes a signal.</summary>
    /// <returns>Whether it is dealt with; else it does what it does to any program.</returns>
    internal bool Receive(PosixSignal signal)
    {
        lock (_state)
        {
            if (_isOver)
            {
                return false;
            }

            if (_source.IsCancellationRequested)
            {
                if (signal != PosixSignal.SIGHUP && Terminal.IsInteractive)
                {
                    Console.Out.WriteLine(ShowCursor);
                }

                // A terminal that is closed says so more than once: by its shell, and by itself.
                return signal == PosixSignal.SIGHUP;
            }

            ExitCode = CommandLine.ExitCode.Of(signal);
            if (!_saves)
            {
                _exit(ExitCode);
            }

            _source.Cancel();
            return true;
        }
    }

    private static void Exit(int code)
    {
        if (Terminal.IsErrorInteractive)
        {
            Console.Error.Write(ClearLine);
        }

        // Such as pictures that were being decoded into a cache.
        AtomicFile.DropUnfinished();
        // Where one process that mpirun started has told of a mistake, mpirun ends the others so.
        if (!Failure.IsSaidByAnother)
        {
            Failure.WriteLine("interrupted before training began; nothing was written");
        }

        Environment.Exit(code);
    }
}
