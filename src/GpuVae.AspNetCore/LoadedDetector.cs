using GpuVae.Detection;

namespace GpuVae.AspNetCore;

/// <summary>
/// A detector that has been read, counted by those who use it: the last one to leave ends it. Safe for any number of threads.
/// </summary>
internal sealed class LoadedDetector
{
    private int _users = 1;

    /// <summary>The first user.</summary>
    /// <param name="detector">Belongs to this object from now on.</param>
    /// <param name="stamp">The file as it was before it was read.</param>
    public LoadedDetector(AnomalyDetector detector, FileStamp stamp)
    {
        Detector = detector;
        Stamp = stamp;
        LoadedAt = DateTimeOffset.UtcNow;
        HasWords = detector.Columns.Any(column => column.IsOfWords);
        if (detector.Columns.DistinctBy(column => column.Name).Count() == detector.Columns.Count)
            Places = detector.Columns.Index().ToDictionary(pair => pair.Item.Name, pair => pair.Index, StringComparer.Ordinal);
    }

    /// <summary>What scores.</summary>
    public AnomalyDetector Detector { get; }

    /// <summary>The file as it was before it was read.</summary>
    public FileStamp Stamp { get; }

    /// <summary>When it was read.</summary>
    public DateTimeOffset LoadedAt { get; }

    /// <summary>Whether there are columns of words.</summary>
    public bool HasWords { get; }

    /// <summary>The place of each column by its name; null where two have one name.</summary>
    public Dictionary<string, int>? Places { get; }

    /// <summary>Whether it is of pictures that a PNG can hold.</summary>
    public bool IsOfPictures => Detector.Height > 1 && Detector.Channels is 1 or 3;

    /// <summary>Adds a user, unless the last one has left.</summary>
    public bool TryEnter()
    {
        int users = Volatile.Read(ref _users);
        while (users > 0)
        {
            int before = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (before == users)
                return true;
            users = before;
        }
        return false;
    }

    /// <summary>Takes a user away.</summary>
    public void Leave()
    {
        if (Interlocked.Decrement(ref _users) == 0)
            Detector.Dispose();
    }
}
