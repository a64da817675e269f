namespace GpuVae.Kernels.Cpu;

/// <summary>
/// One use of <see cref="ScratchMemory"/>, declared once in the file of the kernel that has it:
/// <c>private static readonly ScratchUse _sums = new();</c>.
/// </summary>
internal sealed class ScratchUse
{
    private static int _count;

    /// <summary>Its number among all uses.</summary>
    public int Index { get; } = Interlocked.Increment(ref _count) - 1;
}

/// <summary>
/// Memory that the kernels of a device keep between calls, a block for each use. It grows to the largest length asked for, so
/// that no operation allocates once it has run at its largest shape.
/// </summary>
internal sealed unsafe class ScratchMemory : IDisposable
{
    private NativeBuffer<byte>?[] _buffers = [];

    /// <summary>
    /// The block of a use: <paramref name="length"/> elements or more, aligned to 64 bytes. It holds what was last written there;
    /// zeros where it had to grow.
    /// </summary>
    public T* Take<T>(ScratchUse use, long length)
        where T : unmanaged
    {
        NativeBuffer<byte>?[] buffers = _buffers;
        long bytes = length * sizeof(T);
        if ((uint)use.Index < (uint)buffers.Length && buffers[use.Index] is { } buffer && buffer.Length >= bytes)
            return (T*)buffer.Pointer;
        return (T*)Grow(use.Index, bytes).Pointer;
    }

    public void Dispose()
    {
        foreach (NativeBuffer<byte>? buffer in _buffers)
            buffer?.Dispose();
    }

    private NativeBuffer<byte> Grow(int index, long bytes)
    {
        if (index >= _buffers.Length)
            Array.Resize(ref _buffers, index + 1);
        _buffers[index]?.Dispose();
        var buffer = new NativeBuffer<byte>(bytes);
        _buffers[index] = buffer;
        return buffer;
    }
}
