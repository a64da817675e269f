using System.Globalization;
using System.Text.RegularExpressions;

namespace GpuVae.Bench.Crash;

/// <summary>A system call of a run that changes its folder.</summary>
/// <param name="Name">The call's.</param>
/// <param name="Number">Which of this name the thread made, from 1, whatever they were about.</param>
internal sealed partial record SystemCall(string Name, int Number)
{
    /// <summary>Those that change files or names, as strace calls them.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["mkdir", "openat", "ftruncate", "pwrite64", "fsync", "link", "rename", "unlink"];

    /// <summary>The calls in what <c>strace -f -y</c> wrote, of the thread that trains.</summary>
    /// <param name="trace">The file.</param>
    /// <param name="run">A part of the path of the run's folder.</param>
    public static IReadOnlyList<SystemCall> Read(string trace, string run)
    {
        var counts = new Dictionary<(string Thread, string Name), int>();
        var calls = new List<SystemCall>();
        foreach (string line in File.ReadLines(trace))
        {
            if (CallStart().Match(line) is not { Success: true } match)
                continue;
            (string Thread, string Name) key = (match.Groups[1].Value, match.Groups[2].Value);
            counts[key] = counts.GetValueOrDefault(key) + 1;
            bool isChange = key.Name != "openat" || line.Contains("O_CREAT", StringComparison.Ordinal);
            if (isChange && line.Contains(run, StringComparison.Ordinal))
                calls.Add(new SystemCall(key.Name, counts[key]));
        }
        return calls;
    }

    /// <summary>What the call is made to answer where it fails: what a disk would say.</summary>
    public string Error => Name is "pwrite64" or "openat" or "mkdir" ? "ENOSPC" : "EIO";

    /// <summary>Whether a fault at this call came to one that changes the folder of a run.</summary>
    /// <param name="trace">What strace wrote of calls of this name alone.</param>
    /// <param name="run">A part of the path of the run's folder.</param>
    public bool IsHit(string trace, string run) => Read(trace, run).Contains(this);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name} {Number}");

    [GeneratedRegex(@"^(\d+) +(\w+)\(")]
    private static partial Regex CallStart();
}
