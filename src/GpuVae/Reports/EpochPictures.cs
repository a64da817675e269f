using System.Globalization;
using System.Text.RegularExpressions;
using GpuVae.Files;
using GpuVae.Runs;

namespace GpuVae.Reports;

/// <summary>A picture that training drew after an epoch.</summary>
/// <param name="Kind"><c>reconstruction</c>, <c>samples</c> or <c>manifold</c>.</param>
/// <param name="Epoch">Counted from 1.</param>
/// <param name="Png">The file.</param>
internal sealed record EpochPicture(string Kind, int Epoch, byte[] Png);

/// <summary>The pictures of a run's epochs, as many as there is room for: the last, and others evenly before it.</summary>
/// <param name="Kept">By epoch, and within an epoch by kind.</param>
/// <param name="Found">Epochs that have pictures.</param>
internal sealed partial record EpochPictures(IReadOnlyList<EpochPicture> Kept, int Found)
{
    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0d, 0x0a, 0x1a, 0x0a];

    /// <summary>Reads them.</summary>
    /// <param name="folder">The run.</param>
    /// <param name="room">Bytes that they may have together.</param>
    /// <remarks>A run that is being written may replace or delete one meanwhile; it is left out then, and so is a link.</remarks>
    public static EpochPictures Read(RunFolder folder, long room)
    {
        IGrouping<int, (string Path, string Kind, int Epoch, long Length)>[] epochs =
            [.. Find(folder).GroupBy(file => file.Epoch).OrderBy(epoch => epoch.Key)];
        int count = epochs.Length;
        while (count > 0 && Evenly(epochs, count).Sum(epoch => epoch.Sum(file => file.Length)) > room)
            count--;
        List<EpochPicture> kept = [];
        foreach ((string path, string kind, int epoch, long length) in Evenly(epochs, count).SelectMany(epoch => epoch))
        {
            if (TryRead(path, length) is byte[] png)
                kept.Add(new EpochPicture(kind, epoch, png));
        }
        return new EpochPictures(kept, epochs.Length);
    }

    /// <summary>So many of a list, the last among them, and from two on the first.</summary>
    internal static IEnumerable<T> Evenly<T>(IReadOnlyList<T> all, int count) => count >= all.Count ? all
        : count == 1 ? [all[^1]]
        : Enumerable.Range(0, count).Select(i => all[(int)((long)i * (all.Count - 1) / (count - 1))]);

    private static IEnumerable<(string Path, string Kind, int Epoch, long Length)> Find(RunFolder folder)
    {
        if (!Directory.Exists(folder.ImagesPath))
            yield break;
        foreach (string path in Directory.EnumerateFiles(folder.ImagesPath, "*.png").Order(StringComparer.Ordinal))
        {
            Match name = PictureName().Match(Path.GetFileName(path));
            if (name.Success && FileEntry.Of(path).Kind == EntryKind.File
                && int.TryParse(name.Groups["epoch"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int epoch))
            {
                yield return (path, name.Groups["kind"].Value, epoch, new FileInfo(path) is { Exists: true } file ? file.Length : 0);
            }
        }
    }

    private static byte[]? TryRead(string path, long length)
    {
        try
        {
            byte[] png = InputFile.ReadSmall(path, (int)Math.Min(length, int.MaxValue));
            return png.AsSpan().StartsWith(Signature) ? png : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"^(?<kind>reconstruction|samples|manifold)-(?<epoch>[0-9]{4,})\.png$", RegexOptions.CultureInvariant)]
    private static partial Regex PictureName();
}
