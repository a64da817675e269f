using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace GpuVae.Kernels;

/// <summary>What an x86 processor says of itself through CPUID; nothing on others.</summary>
internal static class Processor
{
    private const int LargestExtendedLeaf = unchecked((int)0x80000000);
    private const int FirstNameLeaf = unchecked((int)0x80000002);
    private const int LastNameLeaf = unchecked((int)0x80000004);
    private const int IntelCacheLeaf = 4;
    private const int AmdCacheLeaf = unchecked((int)0x8000001D);

    /// <summary>The model, and the sizes of the caches that hold data, as <c>caches 32 KiB, 1 MiB, 16 MiB</c>.</summary>
    public static IReadOnlyList<string> Details { get; } = [.. Describe()];

    private static IEnumerable<string> Describe()
    {
        if (!X86Base.IsSupported)
            yield break;
        string name = ReadName();
        if (name.Length > 0)
            yield return name;
        List<long> caches = ReadCaches(AmdCacheLeaf);
        if (caches.Count == 0)
            caches = ReadCaches(IntelCacheLeaf);
        if (caches.Count > 0)
            yield return $"caches {string.Join(", ", caches.Select(Size))}";
    }

    /// <summary>48 characters in three leaves of four registers.</summary>
    private static string ReadName()
    {
        if (X86Base.CpuId(LargestExtendedLeaf, 0).Eax < LastNameLeaf)
            return "";
        int[] words = new int[12];
        for (int i = 0; i < words.Length; i += 4)
            (words[i], words[i + 1], words[i + 2], words[i + 3]) = X86Base.CpuId(FirstNameLeaf + (i / 4), 0);
        string name = Encoding.ASCII.GetString(MemoryMarshal.AsBytes<int>(words)).Replace('\0', ' ');
        return string.Join(' ', name.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>
    /// Sizes in bytes, the smallest first. Each sub-leaf is a cache: its kind in the low bits of EAX (1 data, 2
    /// instructions, 3 both, 0 the end); ways, partitions, bytes of a line in EBX and sets in ECX, each less one.
    /// </summary>
    private static List<long> ReadCaches(int leaf)
    {
        List<long> sizes = [];
        if (leaf > X86Base.CpuId(leaf < 0 ? LargestExtendedLeaf : 0, 0).Eax)
            return sizes;
        for (int i = 0; ; i++)
        {
            (int kind, int shape, int sets, _) = X86Base.CpuId(leaf, i);
            if ((kind & 31) == 0)
                return sizes;
            long ways = ((shape >> 22) & 1023) + 1, partitions = ((shape >> 12) & 1023) + 1, line = (shape & 4095) + 1;
            if ((kind & 31) != 2)
                sizes.Add(ways * partitions * line * ((uint)sets + 1L));
        }
    }

    private static string Size(long bytes) => bytes < 1 << 20
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes >> 10} KiB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 20):0.#} MiB");
}
