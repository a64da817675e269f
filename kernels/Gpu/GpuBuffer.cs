using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu;

/// <summary>Device memory, zero at first, starting on a 64-byte boundary.</summary>
internal sealed class GpuBuffer<T> : DeviceBuffer<T>
    where T : unmanaged
{
    private const int Alignment = 64;

    private readonly MemoryBuffer1D<T, Stride1D.Dense> _memory;
    private readonly ArrayView<T> _elements;

    /// <summary>Takes the memory; every GPU driver aligns to more than 64 bytes, the CPU accelerator to less.</summary>
    public unsafe GpuBuffer(GpuDevice owner, AcceleratorStream stream, long length)
        : base(length)
    {
        Owner = owner;
        bool isHost = owner.Accelerator.AcceleratorType == AcceleratorType.CPU;
        // ILGPU has no buffer of zero elements that a kernel could be given.
        _memory = owner.Accelerator.Allocate1D<T>(Math.Max(length, 1) + (isHost ? Alignment / sizeof(T) : 0));
        _memory.MemSetToZero(stream);
        long skip = isHost ? (Alignment - (_memory.NativePtr % Alignment)) % Alignment / sizeof(T) : 0;
        _elements = _memory.AsContiguous().SubView(skip, Math.Max(length, 1));
    }

    /// <summary>The device whose kernels can read it.</summary>
    public GpuDevice Owner { get; }

    /// <summary>The elements.</summary>
    /// <exception cref="ObjectDisposedException">The buffer has been disposed of, or its device.</exception>
    public ArrayView<T> Memory
    {
        get
        {
            ObjectDisposedException.ThrowIf(_memory.IsDisposed, this);
            return _elements;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _memory.Dispose();
    }
}

/// <summary>
/// Room that operations use between their launches, and groups of a launch among each other; it grows to the most that
/// was asked for and stays.
/// </summary>
/// <remarks>
/// Memory that has become too small is kept to the end all the same: a graph of launches may hold its address.
/// </remarks>
/// <typeparam name="T">What is in it.</typeparam>
/// <param name="accelerator">Whose memory it is.</param>
/// <param name="zeroing">Where it is filled with zeros at first; null for anything at first.</param>
internal sealed class ScratchBuffer<T>(Accelerator accelerator, AcceleratorStream? zeroing = null) : IDisposable
    where T : unmanaged
{
    private readonly List<MemoryBuffer1D<T, Stride1D.Dense>> _buffers = [];

    /// <summary>Room for so many numbers, which hold what was left there.</summary>
    /// <exception cref="ArgumentOutOfRangeException">More than kernels can index with 32 bits.</exception>
    public ArrayView<T> Take(long length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, int.MaxValue, nameof(length));
        if (_buffers.Count == 0 || _buffers[^1].Length < length)
        {
            _buffers.Add(accelerator.Allocate1D<T>(length));
            if (zeroing is not null)
                _buffers[^1].MemSetToZero(zeroing);
        }
        return _buffers[^1].View;
    }

    /// <summary>Room for so many that lies behind as many others; nothing for none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">More than kernels can index with 32 bits.</exception>
    public ArrayView<T> TakeBehind(long others, long length) =>
        length == 0 ? ArrayView<T>.Empty : Take(others + length).SubView(others, length);

    /// <inheritdoc/>
    public void Dispose() => _buffers.ForEach(buffer => buffer.Dispose());
}
