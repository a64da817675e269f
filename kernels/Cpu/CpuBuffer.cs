using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace GpuVae.Kernels.Cpu;

/// <summary>Memory that the CPU reads and writes through a pointer.</summary>
internal abstract unsafe class CpuBuffer<T>(long length) : DeviceBuffer<T>(length)
    where T : unmanaged
{
    /// <summary>The first element; null once the buffer is disposed of.</summary>
    protected T* Address { get; set; }

    /// <summary>The first element.</summary>
    /// <exception cref="ObjectDisposedException">The buffer has been disposed of.</exception>
    public T* Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(Address is null, this);
            return Address;
        }
    }
}

/// <summary>From views to addresses.</summary>
internal static unsafe class ViewPointers
{
    /// <summary>The first element of a view, or null for an empty one.</summary>
    /// <exception cref="ArgumentException">The view is of another device's memory.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T* Pointer<T>(this View<T> view)
        where T : unmanaged
    {
        if (view.IsEmpty)
            return null;
        return view.Buffer is CpuBuffer<T> buffer
            ? buffer.Pointer + view.Offset
            : throw new ArgumentException("The view belongs to another device.", nameof(view));
    }

    /// <summary>The schedule's row of the step that the counters are at.</summary>
    public static float* ScheduleRow(View<float> schedule, View<int> counters) =>
        schedule.RowRange(counters.Pointer()[Counter.StepInEpoch], 1).Pointer();
}

/// <summary>
/// Zeroed memory outside the garbage collector's heap, aligned to 64 bytes: a cache line, and the widest vector.
/// </summary>
/// <remarks>
/// 64 bytes more than asked for are taken, so that a kernel may load a whole vector where the last few elements
/// of a view stand; what it finds beyond the view is masked or never stored.
/// </remarks>
internal sealed unsafe class NativeBuffer<T> : CpuBuffer<T>
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
internal sealed unsafe class PinnedArray<T> : CpuBuffer<T>
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

/// <summary>
/// Pages of 2 MiB: so few of them hold all data that the processor's translation buffer (TLB) knows them all. Linux gives them
/// to who asks.
/// </summary>
internal static unsafe partial class HugePages
{
    /// <summary>Bytes in a page.</summary>
    public const nuint Bytes = 2 * 1024 * 1024;

    // MADV_HUGEPAGE of <sys/mman.h>.
    private const int AdviceHugePage = 14;

    /// <summary>
    /// Asks for those that lie whole in some memory, before anything is written there. It is advice: where the system has none to
    /// give, nothing changes.
    /// </summary>
    /// <param name="address">The start of the memory.</param>
    /// <param name="length">In bytes.</param>
    public static void Advise(void* address, nuint length)
    {
        nuint begin = ((nuint)address + Bytes - 1) / Bytes * Bytes;
        nuint end = ((nuint)address + length) / Bytes * Bytes;
        if (end > begin && OperatingSystem.IsLinux())
            _ = MemoryAdvise((void*)begin, end - begin, AdviceHugePage);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int MemoryAdvise(void* address, nuint length, int advice);
}
