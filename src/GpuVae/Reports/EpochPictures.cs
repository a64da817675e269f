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
internal sealed record EpochPictures(IReadOnlyList<EpochPicture> Kept, int Found)
{
    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0d, 0x0a, 0x1a, 0x0a];

    /// <summary>Reads them.</summary>
    /// <param name="folder">The run.</param>
    /// <param name="room">Bytes that they may have together.</param>
    /// <remarks>A run that is being written may replace or delete one meanwhile; it is left out then, and so is a link.</remarks>
    public static EpochPictures Read(RunFolder folder, long room)
    {
        IGrouping<int, (RunPicture Picture, long Length)>[] epochs =
        [
            .. RunFolder.PictureKinds.SelectMany(folder.PicturesOf)
                .Where(picture => FileEntry.Of(picture.FullPath).Kind == EntryKind.File)
                .Select(picture => (picture, new FileInfo(picture.FullPath) is { Exists: true } file ? file.Length : 0))
                .GroupBy(file => file.picture.Epoch).OrderBy(epoch => epoch.Key),
        ];
        int count = epochs.Length;
        while (count > 0 && EvenSelection.Of(epochs, count).Sum(epoch => epoch.Sum(file => file.Length)) > room)
            count--;
        List<EpochPicture> kept = [];
        foreach ((RunPicture picture, long length) in EvenSelection.Of(epochs, count).SelectMany(epoch => epoch))
        {
            if (TryRead(picture.FullPath, length) is byte[] png)
                kept.Add(new EpochPicture(picture.Kind, picture.Epoch, png));
        }
        return new EpochPictures(kept, epochs.Length);
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
}
