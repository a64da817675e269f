using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace GpuVae.Bench.Reports;

/// <summary>What the figures were measured on.</summary>
internal static class Machine
{
    private const long AssumedSecondLevel = 1 << 20;
    private const long AssumedThirdLevel = 32 << 20;

    /// <summary>The processor's name.</summary>
    public static string Name { get; } = ProcessorName();

    /// <summary>Cores that the process may use.</summary>
    public static int Cores { get; } = Environment.ProcessorCount;

    /// <summary>Bits of the widest vector that the runtime uses.</summary>
    public static int VectorBits { get; } =
        Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;

    /// <summary>Bytes of one core's second-level cache.</summary>
    public static long SecondLevelCache { get; } = CacheBytes(2) ?? AssumedSecondLevel;

    /// <summary>Bytes of the third-level cache that the first core is at.</summary>
    public static long ThirdLevelCache { get; } = CacheBytes(3) ?? AssumedThirdLevel;

    /// <summary>Processor, cores, vectors and caches in a line.</summary>
    public static string Description { get; } =
        $"{Name}, {Cores} core{(Cores == 1 ? "" : "s")}, {VectorBits}-bit vectors, "
        + $"L2 {SecondLevelCache >> 10} KiB a core, L3 {ThirdLevelCache >> 10} KiB"
        + (CacheBytes(2) is null ? " (assumed: this system does not tell)" : "");

    /// <summary>The rest of what a figure depends on: system, runtime, date and commit.</summary>
    public static string Circumstances() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Description}. {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}, "
        + $"{DateTime.UtcNow:yyyy-MM-dd}, commit {Commit()}.");

    /// <summary>The output of a command, or null where it cannot be run or fails.</summary>
    public static string? Ask(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppContext.BaseDirectory,
        };
        try
        {
            using Process process = Process.Start(start)!;
            process.ErrorDataReceived += static (_, _) => { };
            process.BeginErrorReadLine();
            string output = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            return process.ExitCode == 0 ? output : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    private static string Commit()
    {
        string? commit = Ask("git", "rev-parse", "--short=10", "HEAD");
        if (commit is null)
            return "unknown";
        // Results change while they are written, one verb after the other.
        string? changes = Ask(
            "git", "status", "--porcelain", "--untracked-files=no", ":/", ":(top,exclude)bench/results");
        return string.IsNullOrEmpty(changes) ? commit : commit + " with changes";
    }

    private static string ProcessorName()
    {
        if (OperatingSystem.IsLinux())
        {
            string[] lines = File.ReadAllLines("/proc/cpuinfo");
            if (Field(lines, "model name") is string model)
            {
                // Virtual machines shorten the name; family and model still tell processors apart.
                return $"{model} (family {Field(lines, "cpu family")}, model {Field(lines, "model")})";
            }
        }
        string? name = OperatingSystem.IsMacOS() ? Ask("sysctl", "-n", "machdep.cpu.brand_string") : null;
        return name
            ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER")
            ?? $"{RuntimeInformation.ProcessArchitecture} processor";
    }

    private static string? Field(string[] lines, string key) =>
        lines.Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries))
            .FirstOrDefault(parts => parts.Length == 2 && parts[0] == key)?[1];

    private static long? CacheBytes(int level)
    {
        const string Folder = "/sys/devices/system/cpu/cpu0/cache";
        if (!Directory.Exists(Folder))
            return null;
        foreach (string cache in Directory.EnumerateDirectories(Folder, "index*"))
        {
            if (File.ReadAllText(Path.Combine(cache, "level")).Trim() != level.ToString(CultureInfo.InvariantCulture))
                continue;
            string size = File.ReadAllText(Path.Combine(cache, "size")).Trim();
            long unit = size[^1] switch { 'K' => 1 << 10, 'M' => 1 << 20, _ => 1 };
            return unit * long.Parse(size.TrimEnd('K', 'M'), CultureInfo.InvariantCulture);
        }
        return null;
    }
}
