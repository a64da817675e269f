using GpuVae.Kernels.Cpu;

namespace GpuVae.Kernels;

/// <summary>Arrays of the host that a backend may use where they lie: see <see cref="IDevice.Import{T}"/>.</summary>
public static unsafe class HostArray
{
    /// <summary>
    /// An array whose elements are not set, in large pages where it fills some: images are gathered from all over it, and each
    /// would cost the processor a look-up of its address otherwise.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    public static T[] Allocate<T>(int length)
        where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        T[] array = GC.AllocateUninitializedArray<T>(length);
        fixed (T* first = array)
            HugePages.Advise(first, (nuint)length * (nuint)sizeof(T));
        return array;
    }
}
