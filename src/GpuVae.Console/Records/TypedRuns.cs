using System.Diagnostics.CodeAnalysis;

namespace GpuVae.CommandLine;

/// <summary>Folders of runs that were typed for one verb to look at together.</summary>
internal static class TypedRuns
{
    /// <summary>Links that lead to links, at most, before a path is taken as it is.</summary>
    private const int MostLinks = 40;

    /// <summary>Refuses a run that was given twice, be it by another path or through a link.</summary>
    /// <param name="paths">As they were typed.</param>
    /// <exception cref="UsageException">Two of them are the same folder.</exception>
    public static void RequireDifferent(IReadOnlyList<string> paths)
    {
        Dictionary<string, string> seen = [];
        foreach (string path in paths)
        {
            if (!seen.TryAdd(RealPath(path), path))
            {
                string first = seen[RealPath(path)];
                throw new UsageException(first == path
                    ? $"RUN: {path} is given twice; a run is not compared with itself"
                    : $"RUN: {first} and {path} are the same folder; a run is not compared with itself");
            }
        }
    }

    /// <summary>The path without points and links in it, as far as there is such a folder.</summary>
    internal static string RealPath(string path)
    {
        string rest = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)), root = Path.GetPathRoot(rest)!;
        string real = root;
        int links = 0;
        for (Queue<string> names = Names(rest[root.Length..]); names.TryDequeue(out string? name);)
        {
            real = Path.Combine(real, name);
            if (links < MostLinks && TryResolve(real, out string? target))
            {
                links++;
                // What the link leads to may have links in it too.
                root = Path.GetPathRoot(target)!;
                names = Names(Path.Combine([target[root.Length..], .. names]));
                real = root;
            }
        }

        return OperatingSystem.IsWindows() ? real.ToUpperInvariant() : real;
    }

    private static Queue<string> Names(string path) =>
        new(path.Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries));

    private static bool TryResolve(string path, [NotNullWhen(true)] out string? target)
    {
        try
        {
            target = Directory.ResolveLinkTarget(path, returnFinalTarget: false)?.FullName;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            target = null;
        }

        return target is not null;
    }
}
