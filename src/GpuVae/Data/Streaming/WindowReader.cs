using GpuVae.Kernels;

namespace GpuVae.Data;

/// <summary>Reads the windows of streamed examples, the next one in the background while one is in use.</summary>
/// <param name="stream">What is read.</param>
/// <param name="order">What the windows are.</param>
internal sealed class WindowReader(StreamedBytes stream, WindowOrder order) : IDisposable
{
    private readonly byte[] _window = HostArray.Allocate<byte>(Math.Min(order.Rows, stream.Count) * stream.Length);
    private Task _reading = Task.CompletedTask;
    private int _read = -1; // the window that is there when _reading has ended

    /// <summary>Forgets what was read, which the order no longer says.</summary>
    public void Forget()
    {
        WaitQuietly();
        _read = -1;
    }

    /// <summary>The bytes of a window, to be used before the next call.</summary>
    /// <param name="window">From 0.</param>
    /// <exception cref="DataException">They cannot be read.</exception>
    public ReadOnlySpan<byte> Read(int window)
    {
        if (_read != window)
            ReadAhead(window);
        try
        {
            _reading.GetAwaiter().GetResult();
        }
        catch
        {
            _read = -1;
            throw;
        }
        return _window;
    }

    /// <summary>Begins to read a window that will be asked for.</summary>
    /// <param name="window">From 0; nothing is read where there is none.</param>
    public void ReadAhead(int window)
    {
        WaitQuietly();
        if (window >= order.Windows)
            return;
        (int First, int Count, int Place)[] ranges = [.. order.Ranges(window)];
        _read = window;
        _reading = Task.Run(() =>
        {
            foreach ((int first, int count, int place) in ranges)
                stream.Read(first, _window.AsSpan(place * stream.Length, count * stream.Length));
        });
    }

    /// <inheritdoc/>
    public void Dispose() => WaitQuietly();

    // What was read then is wanted no more, and so is the reason why it could not be.
    private void WaitQuietly() => Task.WaitAny(_reading);
}
