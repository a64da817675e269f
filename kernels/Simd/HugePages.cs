using System.Runtime.InteropServices;

namespace GpuVae.Kernels.Simd;

/// <summary>Pages of 2 MiB, whose addresses the processor finds without looking them up. Linux gives them to who asks.</summary>
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
