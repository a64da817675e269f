using System.Text;

namespace GpuVae.CommandLine;

/// <summary>
/// Stdout or stderr for a program that must not end because nobody can be told: what cannot be written is lost, and
/// what comes later is tried again, as on a disk that has room again.
/// </summary>
/// <param name="inner">Where text goes.</param>
internal sealed class LastingWriter(TextWriter inner) : TextWriter
{
    private volatile Exception? _failure;

    /// <summary>Why some text was lost, the first time; null where all was written.</summary>
    public Exception? Failure => _failure;

    /// <inheritdoc/>
    public override Encoding Encoding => inner.Encoding;

    /// <inheritdoc/>
    public override void Write(char value) => Try(() => inner.Write(value));

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Try(() => inner.Write(buffer, index, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<char> buffer)
    {
        try
        {
            inner.Write(buffer);
        }
        catch (Exception exception) when (IsLoss(exception))
        {
            _failure ??= exception;
        }
    }

    /// <inheritdoc/>
    public override void Write(string? value) => Try(() => inner.Write(value));

    /// <inheritdoc/>
    public override void WriteLine() => Try(inner.WriteLine);

    /// <inheritdoc/>
    public override void WriteLine(string? value) => Try(() => inner.WriteLine(value));

    /// <inheritdoc/>
    public override void Flush() => Try(inner.Flush);

    private static bool IsLoss(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or ObjectDisposedException or NotSupportedException;

    private void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception exception) when (IsLoss(exception))
        {
            _failure ??= exception;
        }
    }
}
