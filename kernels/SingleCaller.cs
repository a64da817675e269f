namespace GpuVae.Kernels;

/// <summary>
/// Lets one thread at a time into a device, and refuses a second one while it is inside: two would share the device's
/// scratch memory and its worker threads, and get wrong numbers or wait for ever. The thread inside may enter again, as
/// an operation that is made of others does.
/// </summary>
internal sealed class SingleCaller
{
    private int _thread; // the managed id of the one inside, 0 for none

    /// <summary>Enters.</summary>
    /// <returns>Whether the thread was outside before: then, and only then, it has to <see cref="Leave"/>.</returns>
    /// <exception cref="InvalidOperationException">Another thread is inside.</exception>
    public bool Enter()
    {
        int thread = Environment.CurrentManagedThreadId;
        // Only this thread writes its own id, so that it need not be read in any order.
        if (_thread == thread)
            return false;
        if (Interlocked.CompareExchange(ref _thread, thread, 0) != 0)
            Refuse();
        return true;
    }

    /// <summary>Lets the next one in.</summary>
    public void Leave() => Volatile.Write(ref _thread, 0);

    private static void Refuse() => throw new InvalidOperationException(
        "Another thread is inside this device, which serves one caller at a time: open a device for each thread.");
}
