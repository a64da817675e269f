using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace GpuVae.CommandLine;

/// <summary>
/// Stdout and stderr while the program runs. A full disk, a terminal that is gone or a stream that was closed ends
/// nothing: the verb goes on, and the exit code says that its words were lost. A pipe whose reader has seen enough
/// loses nothing that anybody wants.
/// </summary>
internal static class StandardStreams
{
    private const int OutputNumber = 1;
    private const int ErrorNumber = 2;

    // The flag of files that a program opens for itself alone, as Linux shows it.
    private const int ClosedOnExec = 0x80000;

    /// <summary>Runs the program with streams that take every text.</summary>
    /// <param name="program">Gives the exit code.</param>
    /// <returns>Its exit code; where it would say that all went well and text was lost, that something failed.</returns>
    public static int Guard(Func<int> program)
    {
        TextWriter? output = Own(OutputNumber, () => Console.Out), error = Own(ErrorNumber, () => Console.Error);
        var guarded = (Output: new LastingWriter(output ?? Closed), Error: new LastingWriter(error ?? Closed));
        Console.SetOut(guarded.Output);
        Console.SetError(guarded.Error);
        try
        {
            return Finish(program(), guarded.Output, guarded.Error);
        }
        finally
        {
            Console.SetOut(output ?? TextWriter.Null);
            Console.SetError(error ?? TextWriter.Null);
        }
    }

    /// <summary>The exit code after text may have been lost, which is said where that can still be said.</summary>
    internal static int Finish(int code, LastingWriter output, LastingWriter error)
    {
        if (output.Failure is Exception lost)
        {
            error.WriteLine(
                $"gpuvae: stdout: cannot be written: {lost.Message.ReplaceLineEndings(" ")}; what was to be printed there is " +
                "lost, and files are as they should be; send it to a place that takes it");
        }

        return code == ExitCode.Done && (output.Failure ?? error.Failure) is not null ? ExitCode.Failed : code;
    }

    private static TextWriter Closed => new StreamWriter(new ClosedStream()) { AutoFlush = true };

    /// <summary>The stream that this program was given; null where it was given none.</summary>
    private static TextWriter? Own(int number, Func<TextWriter> open)
    {
        try
        {
            return IsTaken(number) ? null : IsTerminalOfMpirun ? WithoutConsole(number) : open();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static bool IsTerminalOfMpirun =>
        Terminal.IsPassedOn && !Console.IsOutputRedirected && !OperatingSystem.IsWindows();

    /// <summary>
    /// The same stream as the console's, which tells a terminal before the first text, of whichever stream, how it shall send keys: behind
    /// mpirun that would stand at the beginning of what is passed on.
    /// </summary>
    private static TextWriter WithoutConsole(int number)
    {
        var stream = new FileStream(new SafeFileHandle(number, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        return TextWriter.Synchronized(new StreamWriter(stream, Console.OutputEncoding) { AutoFlush = true });
    }

    /// <summary>
    /// Whether a file of the runtime's own has the number of a stream that was closed when the program began. Text would
    /// go into it. What a program inherits never has the flag, as it would have been closed.
    /// </summary>
    private static bool IsTaken(int number)
    {
        string facts = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fdinfo/{number}");
        if (!OperatingSystem.IsLinux() || !File.Exists(facts))
        {
            return false;
        }

        string? flags = File.ReadLines(facts).FirstOrDefault(line => line.StartsWith("flags:", StringComparison.Ordinal));
        return flags is not null && (Convert.ToInt32(flags["flags:".Length..].Trim(), 8) & ClosedOnExec) != 0;
    }

    /// <summary>Refuses every byte.</summary>
    private sealed class ClosedStream : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new IOException("it is closed");
    }
}
