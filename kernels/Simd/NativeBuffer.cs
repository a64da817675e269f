using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace GpuVae.Kernels.Simd;

/// <summary>Memory that the CPU reads and writes through a pointer.</summary>
internal abstract unsafe class HostBuffer<T>(long length) : DeviceBuffer<T>(length)
    where T : unmanaged
{
    /// <summary>The first element; null once the buffer is disposed of.</summary>
    protected T* Address { get; set; }

    /// <summary>The first element.</summary>
    public T* Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(Address is null, this);
            return Address;
        }
    }

    /// <summary>The first element of a view, or null for an empty one.</summary>
    /// <exception cref="ArgumentException">The view is of another backend's memory.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T* Of(View<T> view)
    {
        if (view.IsEmpty)
            return null;
        return view.Buffer is HostBuffer<T> buffer
            ? buffer.Pointer + view.Offset
            : throw new ArgumentException("The view belongs to another backend.", nameof(view));
    }
}

/// <summary>
/// Zeroed memory outside the garbage collector's heap, aligned to 64 bytes: a cache line, and the widest vector.
/// </summary>
/// <remarks>
/// 64 bytes more than asked for are taken, so that a kernel may load a whole vector where the last few elements
/// of a view stand; what it finds beyond the view is masked or never stored.
/// </remarks>
internal sealed unsafe class NativeBuffer<T> : HostBuffer<T>
    where T : unmanaged
{

    public NativeBuffer(long length)
        : base(length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        nuint bytes = checked((nuint)length * (nuint)sizeof(T)) + CacheLines.Bytes;

        // Parameters and their moments pass by in every step. In pages of 2 MiB their addresses need no looking up.
        bool large = bytes >= HugePages.Bytes && OperatingSystem.IsLinux();
        nuint taken = large ? (bytes + HugePages.Bytes - 1) / HugePages.Bytes * HugePages.Bytes : bytes;
        Address = (T*)NativeMemory.AlignedAlloc(taken, large ? HugePages.Bytes : CacheLines.Bytes);
        if (large)
            HugePages.Advise(Address, taken);
        NativeMemory.Clear(Address, bytes);
    }

    ~NativeBuffer() => Dispose(disposing: false);

    protected override void Dispose(bool disposing)
    {
        NativeMemory.AlignedFree(Address);
        Address = null;
    }
}

/// <summary>An array of the host that is used where it lies. No more than its elements may be read.</summary>
internal sealed unsafe class PinnedArray<T> : HostBuffer<T>
    where T : unmanaged
{
    private GCHandle _handle;

    public PinnedArray(T[] array)
        : base(array.Length)
    {
        _handle = GCHandle.Alloc(array, GCHandleType.Pinned);
        Address = (T*)_handle.AddrOfPinnedObject();
    }

    ~PinnedArray() => Dispose(disposing: false);

    protected override void Dispose(bool disposing)
    {
        if (_handle.IsAllocated)
            _handle.Free();
        Address = null;
    }
}
