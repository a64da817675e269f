namespace GpuVae;

/// <summary>Some of many, evenly.</summary>
internal static class EvenSelection
{
    /// <summary>So many of a list, the last among them, and from two on the first.</summary>
    public static IEnumerable<T> Of<T>(IReadOnlyList<T> all, int count) => count >= all.Count ? all
        : count == 1 ? [all[^1]]
        : Enumerable.Range(0, count).Select(i => all[(int)((long)i * (all.Count - 1) / (count - 1))]);
}
