using System.Globalization;
using GpuVae.Files;

namespace GpuVae.Runs;

/// <summary>
/// What the files of a run say of it, for tables of many: no weights are read, and what is damaged is told, not thrown. A run may be
/// written meanwhile.
/// </summary>
public sealed class RunRecord
{
    // A folder of runs in folders of runs; deeper ones are somebody's data.
    private const int Deepest = 6;

    private RunRecord(string path) => FullPath = path;

    /// <summary>The run's folder.</summary>
    public string FullPath { get; }

    /// <summary>What it was asked to train; null where that cannot be read.</summary>
    public RunConfiguration? Configuration { get; private set; }

    /// <summary>The epochs that were measured, in order; none where a line is damaged.</summary>
    public IReadOnlyList<EpochMetrics> Epochs { get; private set; } = [];

    /// <summary>The epoch that <c>best.safetensors</c> holds, or else the one of the least test loss; null where there is none.</summary>
    public EpochMetrics? Best { get; private set; }

    /// <summary>The last epoch that was measured; null where there is none.</summary>
    public EpochMetrics? Last => Epochs.Count > 0 ? Epochs[^1] : null;

    /// <summary>Seconds of training alone, over all epochs.</summary>
    public double Seconds => Epochs.Sum(epoch => double.IsFinite(epoch.Seconds) ? epoch.Seconds : 0);

    /// <summary>When it was last written to.</summary>
    public DateTimeOffset Changed { get; private set; }

    /// <summary>Whether a process trains it.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Whether a process that trained it was killed, and none has gone on since.</summary>
    public bool WasKilled { get; private set; }

    /// <summary>Whether its weights were trained by another program.</summary>
    public bool IsImported { get; private set; }

    /// <summary>What an example is called: <c>image</c>, or <c>row</c> of a table; null where there are no weights to tell.</summary>
    public string? Example { get; private set; }

    /// <summary>What is wrong with it, the file first; null where all is well.</summary>
    public string? Fault { get; private set; }

    /// <summary>The runs in a folder and in the folders in it, in the order of their paths; the folder itself may be one.</summary>
    /// <param name="root">A folder.</param>
    /// <exception cref="UserException">There is no such folder, or it cannot be read.</exception>
    public static IReadOnlyList<RunRecord> FindAll(string root)
    {
        ArgumentNullException.ThrowIfNull(root);
        if (!Directory.Exists(root))
        {
            throw new UserException(File.Exists(root)
                ? $"{root}: is a file; give a folder that holds runs"
                : $"{root}: no such folder; give a folder that holds runs, or train one first with gpuvae train");
        }
        List<string> folders = [];
        Find(root, 0, folders);
        var records = new RunRecord[folders.Count];
        Parallel.For(0, records.Length, i => records[i] = Read(folders[i]));
        return records;
    }

    /// <summary>Reads what a folder says of its run; never throws for what it finds there.</summary>
    /// <param name="path">The folder.</param>
    public static RunRecord Read(string path)
    {
        var record = new RunRecord(path);
        RunFolder? folder = record.Try(() => RunFolder.Open(path));
        if (folder is null)
        {
            record.Changed = LastWrite(path);
            return record;
        }
        record.Changed = new[] { folder.ConfigurationPath, folder.CheckpointPath, folder.MetricsPath }.Max(LastWrite);
        record.IsOpen = RunLock.IsHeld(folder.LockPath);
        record.WasKilled = !record.IsOpen && File.Exists(folder.LockPath);
        record.IsImported = folder.HoldsImport();
        record.Configuration = record.Try(folder.ReadConfiguration);
        if (File.Exists(folder.MetricsPath))
            record.Epochs = record.Try(() => MetricsFile.Read(folder.MetricsPath)) ?? [];
        IReadOnlyDictionary<string, string> best = MetadataOf(folder.BestPath);
        record.Best = BestOf(best, record.Epochs);
        string? height = (best.Count > 0 ? best : MetadataOf(folder.CheckpointPath)).GetValueOrDefault(Checkpoint.HeightKey);
        record.Example = height is null ? null : height == "1" ? "row" : "image";
        return record;
    }

    private static EpochMetrics? BestOf(IReadOnlyDictionary<string, string> weights, IReadOnlyList<EpochMetrics> epochs)
    {
        EpochMetrics? least = epochs.Where(epoch => !double.IsNaN(epoch.TestLoss)).MinBy(epoch => epoch.TestLoss);
        return int.TryParse(weights.GetValueOrDefault(Checkpoint.EpochKey), NumberStyles.None, CultureInfo.InvariantCulture, out int best)
            ? epochs.FirstOrDefault(epoch => epoch.Epoch == best) ?? least
            : least;
    }

    /// <summary>What weights say of themselves; nothing where there are none, or damaged ones.</summary>
    private static IReadOnlyDictionary<string, string> MetadataOf(string path)
    {
        try
        {
            return File.Exists(path) ? Safetensors.ReadMetadata(path) : new Dictionary<string, string>();
        }
        catch (UserException)
        {
            // Who needs the weights says what is wrong with them.
            return new Dictionary<string, string>();
        }
    }

    private static void Find(string folder, int depth, List<string> found)
    {
        if (IsRun(folder))
        {
            found.Add(folder);
            return;
        }
        if (depth >= Deepest)
            return;
        string[] inside;
        try
        {
            // A link may lead back here.
            inside = Directory.GetDirectories(folder, "*", new EnumerationOptions
            {
                AttributesToSkip = FileAttributes.ReparsePoint,
                IgnoreInaccessible = false,
            });
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (depth == 0)
                throw new UserException($"{folder}: cannot be read: {InputFile.Reason(exception)}", exception);
            return;
        }
        Array.Sort(inside, StringComparer.Ordinal);
        foreach (string each in inside)
            Find(each, depth + 1, found);
    }

    /// <summary>Whether a folder holds a run, or what is left of one.</summary>
    private static bool IsRun(string folder)
    {
        var run = RunFolder.At(folder);
        return new[] { run.ConfigurationPath, run.MetricsPath, run.CheckpointPath, run.LockPath }
            .Any(Path.Exists);
    }

    private static DateTimeOffset LastWrite(string path) =>
        Path.Exists(path) ? new DateTimeOffset(File.GetLastWriteTimeUtc(path)) : DateTimeOffset.MinValue;

    /// <summary>What a reader gives; null where it refuses, and the first reason is kept.</summary>
    private T? Try<T>(Func<T> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is UserException or IOException or UnauthorizedAccessException)
        {
            // The folder is named beside it.
            string prefix = FullPath + Path.DirectorySeparatorChar, message = QuotedText.OneLine(exception.Message);
            Fault ??= message.StartsWith(prefix, StringComparison.Ordinal) ? message[prefix.Length..]
                : message.StartsWith($"{FullPath}: ", StringComparison.Ordinal) ? message[(FullPath.Length + 2)..]
                : message;
            return null;
        }
    }
}
