using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace GpuVae.Kernels.Simd;

/// <summary>
/// Zeroed memory outside the garbage collector's heap, aligned to 64 bytes: a cache line, and the widest vector.
/// </summary>
/// <remarks>
/// 64 bytes more than asked for are taken, so that a kernel may load a whole vector where the last few elements
/// of a view stand; what it finds beyond the view is masked or never stored.
/// </remarks>
internal sealed unsafe class NativeBuffer<T> : DeviceBuffer<T>
    where T : unmanaged
{
    private const nuint Alignment = 64;
    private T* _pointer;

    public NativeBuffer(long length)
        : base(length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        nuint bytes = checked((nuint)length * (nuint)sizeof(T)) + Alignment;
        _pointer = (T*)NativeMemory.AlignedAlloc(bytes, Alignment);
        NativeMemory.Clear(_pointer, bytes);
    }

    ~NativeBuffer() => Dispose(disposing: false);

    /// <summary>The first element.</summary>
    public T* Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(_pointer is null, this);
            return _pointer;
        }
    }

    /// <summary>The first element of a view, or null for an empty one.</summary>
    /// <exception cref="ArgumentException">The view is of another backend's memory.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T* Of(View<T> view)
    {
        if (view.IsEmpty)
            return null;
        return view.Buffer is NativeBuffer<T> buffer
            ? buffer.Pointer + view.Offset
            : throw new ArgumentException("The view belongs to another backend.", nameof(view));
    }

    protected override void Dispose(bool disposing)
    {
        NativeMemory.AlignedFree(_pointer);
        _pointer = null;
    }
}
