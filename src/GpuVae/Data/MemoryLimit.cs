using System.Globalization;

namespace GpuVae.Data;

/// <summary>
/// How much memory this process may have, and that a file that promises much, or unfolds to much, does not take all of it.
/// </summary>
internal static class MemoryLimit
{
    private static readonly Lazy<long> _ofProcess = new(() => OfContainer("/") ?? OfMachine);

    /// <summary>Bytes that this process may have in all: what its container is allowed, else what the machine has.</summary>
    public static long OfProcess => _ofProcess.Value;

    private static long OfMachine => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    // Beyond it more pictures at hand make no better order, and less is left for the system to keep of the file.
    private const long MostForWindows = 2L << 30;

    private static long Half => Math.Min(OfMachine, OfProcess) / 2;

    /// <summary>Decides whether bytes of pictures stay in their file.</summary>
    /// <param name="asked">What was asked for; see <see cref="DataSettings.DataMemory"/>.</param>
    /// <param name="bytes">How many they are.</param>
    /// <returns>How many of them may be in memory at a time; null for all.</returns>
    public static long? OfStream(long? asked, decimal bytes) =>
        bytes <= Math.Min(Math.Min(asked ?? long.MaxValue, Half), Array.MaxLength) ? null
        : asked ?? Math.Min(MostForWindows, Half >> 20 << 20); // a text that a person can type

    /// <summary>Tells that bytes of pictures stay in their file.</summary>
    /// <param name="tell">Is told, or null.</param>
    /// <param name="source">The file.</param>
    /// <param name="bytes">How many they are.</param>
    /// <param name="asked">As of <see cref="OfStream"/>, which gave:</param>
    /// <param name="memory">How many of them may be in memory at a time.</param>
    public static void TellStream(Action<string>? tell, string source, decimal bytes, long? asked, long memory) => tell?.Invoke(
        $"{source}: {ByteSize.Rounded(bytes)} of pixels stay on disk, at most {ByteSize.Text(memory)} of them in memory at a time"
        + (asked is null ? " (--data-memory says otherwise)" : ""));

    /// <summary>Refuses more numbers than an array holds or than half of the memory that this process may have.</summary>
    /// <param name="source">The file or folder, for the message.</param>
    /// <param name="numbers">How many.</param>
    /// <param name="bytesEach">1 for pixels, 4 for real numbers.</param>
    /// <exception cref="DataException">They are too many.</exception>
    public static void Require(string source, decimal numbers, int bytesEach)
    {
        long most = Math.Min((long)Array.MaxLength * bytesEach, Half);
        if (numbers * bytesEach <= most)
            return;
        throw new DataException(string.Create(
            CultureInfo.InvariantCulture,
            $"{source}: {numbers * bytesEach / (1 << 20):F0} MiB of numbers are over the limit of {most >> 20} MiB; use a part of it"));
    }

    /// <summary>
    /// The least memory that a control group of Linux which this process is in is allowed: <c>memory.max</c> of version 2,
    /// <c>memory.limit_in_bytes</c> of version 1, its own or that of a group around it.
    /// </summary>
    /// <param name="root">Where the files of the system begin: <c>/</c>.</param>
    /// <returns>In bytes; null where no group has a limit below what the machine has.</returns>
    public static long? OfContainer(string root)
    {
        try
        {
            string memberships = Path.Combine(root, "proc/self/cgroup");
            if (!File.Exists(memberships))
                return null;
            long? least = null;
            foreach (string line in File.ReadLines(memberships))
            {
                // Hierarchy, controllers, path: 0::/a/b, or 4:memory:/a/b.
                string[] fields = line.Split(':', 3);
                if (fields.Length < 3)
                    continue;
                bool isSecond = fields[1].Length == 0;
                if (!isSecond && !fields[1].Split(',').Contains("memory"))
                    continue;
                string mount = Path.Combine(root, "sys/fs/cgroup", isSecond ? "" : "memory");
                string file = isSecond ? "memory.max" : "memory.limit_in_bytes";
                // In a container the path may be that of the machine outside, of which only the top is there.
                for (string group = fields[2].Trim('/'); ; group = Path.GetDirectoryName(group) ?? "")
                {
                    least = Least(least, Path.Combine(mount, group, file));
                    if (group.Length == 0)
                        break;
                }
            }
            return least;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // "max", and in version 1 a number of 63 bits, stand for no limit.
    private static long? Least(long? least, string path) =>
        File.Exists(path)
        && long.TryParse(File.ReadAllText(path).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long limit)
        && limit < long.MaxValue / 2
            ? Math.Min(least ?? limit, limit)
            : least;
}
