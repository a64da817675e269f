using System.Globalization;

namespace GpuVae.Data;

/// <summary>Keeps a file that promises much, or unfolds to much, from taking the machine's memory.</summary>
internal static class MemoryLimit
{
    /// <summary>Refuses more numbers than an array holds or than half of the memory that this process may have.</summary>
    /// <param name="source">The file or folder, for the message.</param>
    /// <param name="numbers">How many.</param>
    /// <param name="bytesEach">1 for pixels, 4 for real numbers.</param>
    /// <exception cref="DataException">They are too many.</exception>
    public static void Require(string source, decimal numbers, int bytesEach)
    {
        long most = Math.Min((long)Array.MaxLength * bytesEach, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2);
        if (numbers * bytesEach <= most)
            return;
        throw new DataException(string.Create(
            CultureInfo.InvariantCulture,
            $"{source}: {numbers * bytesEach / (1 << 20):F0} MiB of numbers are over the limit of {most >> 20} MiB; use a part of it"));
    }
}
