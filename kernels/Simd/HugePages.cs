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
    /// Asks for them, before anything is written there. It is advice: where the system has none to give, nothing changes.
    /// </summary>
    /// <param name="address">The start of a page.</param>
    /// <param name="length">In bytes.</param>
    public static void Advise(void* address, nuint length)
    {
        if (OperatingSystem.IsLinux())
            _ = MemoryAdvise(address, length, AdviceHugePage);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int MemoryAdvise(void* address, nuint length, int advice);
}
