using System.Globalization;
using System.Text.Json;
using GpuVae.Files;

namespace GpuVae.Runs;

/// <summary>
/// The folder that a training run writes to: <c>config.json</c>, <c>metrics.jsonl</c>, <c>checkpoint.safetensors</c>
/// and <c>images/</c>. It is new, or was empty, when the run starts, so that nothing is overwritten.
/// </summary>
public sealed partial class RunFolder
{
    private const string ConfigurationName = "config.json";

    private RunFolder(string path) => FullPath = path;

    /// <summary>The folder, as it was asked for.</summary>
    public string FullPath { get; }

    /// <summary>Everything needed to repeat the run.</summary>
    public string ConfigurationPath => Path.Combine(FullPath, ConfigurationName);

    /// <summary>A line of JSON for each epoch.</summary>
    public string MetricsPath => Path.Combine(FullPath, "metrics.jsonl");

    /// <summary>All that resuming needs: parameters by name, Adam's moments, the position in the training.</summary>
    public string CheckpointPath => Path.Combine(FullPath, "checkpoint.safetensors");

    /// <summary>The checkpoint before <see cref="CheckpointPath"/>, in case that one is damaged.</summary>
    public string PreviousCheckpointPath => Path.Combine(FullPath, "checkpoint.previous.safetensors");

    /// <summary>
    /// The parameters of the epoch with the least test loss, KL at the weight that the run ends with and none of it free.
    /// </summary>
    public string BestPath => Path.Combine(FullPath, "best.safetensors");

    /// <summary>
    /// The best of before, where <see cref="BestPath"/> is of an epoch that was measured only as the run's last.
    /// </summary>
    public string PreviousBestPath => Path.Combine(FullPath, "best.previous.safetensors");

    /// <summary>A detector of anomalies made of the run, where there is one; it needs none of the other files.</summary>
    public string DetectorPath => Path.Combine(FullPath, "detector.gpuvae");

    /// <summary>Where and when it was trained, in how many invocations; nothing depends on it.</summary>
    public string EnvironmentPath => Path.Combine(FullPath, "environment.json");

    /// <summary>Says which process writes here; gone when none does.</summary>
    public string LockPath => Path.Combine(FullPath, "run.lock");

    /// <summary>The folder of the pictures.</summary>
    public string ImagesPath => Path.Combine(FullPath, "images");

    /// <summary>The plot of the losses over the epochs.</summary>
    public string LossPlotPath => Path.Combine(ImagesPath, "loss.png");

    /// <summary>Makes the folder and writes <c>config.json</c> into it.</summary>
    /// <param name="path">
    /// A folder that does not exist or is empty. Null chooses <c>runs/yyyyMMdd-HHmmss-preset-data</c> in UTC, with
    /// <c>-2</c>, <c>-3</c> … behind it where that is taken.
    /// </param>
    /// <param name="preset">The preset's name, for the folder's name.</param>
    /// <param name="data">The data set's name, for the folder's name.</param>
    /// <param name="writeConfiguration">Writes one JSON value, the content of <c>config.json</c>.</param>
    /// <param name="clock">Tells the time; null for the computer's clock.</param>
    /// <param name="root">Where a chosen folder lies.</param>
    /// <exception cref="UserException">The folder is taken or cannot be written.</exception>
    public static RunFolder Create(
        string? path, string preset, string data, Action<Utf8JsonWriter> writeConfiguration, TimeProvider? clock = null,
        string root = "runs")
    {
        ArgumentNullException.ThrowIfNull(writeConfiguration);
        byte[] configuration = IndentedJson(writeConfiguration);
        if (path is not null)
        {
            var asked = new RunFolder(path);
            return asked.TryClaim(configuration) ? asked : throw new UserException(
                $"--out {path}: exists and is not an empty folder; nothing in it was touched, choose another name");
        }
        DateTimeOffset now = (clock ?? TimeProvider.System).GetUtcNow();
        string time = now.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
        string stem = Path.Combine(root, $"{time}-{FileNamePart(preset)}-{FileNamePart(data)}");
        for (int number = 1; ; number++)
        {
            var folder = new RunFolder(number == 1 ? stem : $"{stem}-{number}");
            if (folder.TryClaim(configuration))
                return folder;
        }
    }

    /// <summary>
    /// The folder of a run that <see cref="Create"/> has made. It may be a link itself; of what lies in it, nothing may be.
    /// </summary>
    /// <exception cref="UserException">There is no run in that folder, or one of its files is a link, a pipe or a device.</exception>
    public static RunFolder Open(string path)
    {
        var folder = new RunFolder(path);
        if (Path.Exists(path))
            folder.RequireOwnFiles();
        if (File.Exists(folder.ConfigurationPath))
            return folder;
        throw new UserException(
            Directory.Exists(path) ? $"{path}: holds no run: there is no {ConfigurationName} in it"
            : File.Exists(path) ? $"{path}: is a file; give the folder of a run"
            : $"{path}: no such folder; give the folder of a run");
    }

    /// <summary>A folder by its path, whatever it holds.</summary>
    internal static RunFolder At(string path) => new(path);

    /// <summary>What the run was asked to train.</summary>
    /// <exception cref="UserException"><c>config.json</c> cannot be read or is damaged.</exception>
    public RunConfiguration ReadConfiguration()
    {
        try
        {
            return RunConfiguration.ReadJson(
                InputFile.ReadSmall(ConfigurationPath, RunConfigurationJson.LongestText), ConfigurationPath);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{ConfigurationPath}: cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>The run in <paramref name="root"/> whose checkpoint was written last.</summary>
    /// <returns>Its path.</returns>
    /// <exception cref="UserException">There is no run with a checkpoint.</exception>
    public static string Newest(string root = "runs")
    {
        RunFolder? newest = !Directory.Exists(root) ? null : Directory.EnumerateDirectories(root)
            .Select(path => new RunFolder(path))
            .Where(folder => File.Exists(folder.ConfigurationPath) && File.Exists(folder.CheckpointPath))
            .OrderBy(folder => File.GetLastWriteTimeUtc(folder.CheckpointPath))
            .ThenBy(folder => folder.FullPath, StringComparer.Ordinal)
            .LastOrDefault();
        return newest?.FullPath ?? throw new UserException(
            $"{root}: holds no trained run; train one first with gpuvae train, or give the folder of a run");
    }

    /// <summary>The path of a picture, <c>images/kind-NNNN.png</c> with the epoch in four digits.</summary>
    /// <param name="kind">What it shows: <c>samples</c>, <c>reconstruction</c>, …</param>
    /// <param name="epoch">Counted from 1.</param>
    public string ImagePath(string kind, int epoch) =>
        Path.Combine(ImagesPath, string.Create(CultureInfo.InvariantCulture, $"{kind}-{epoch:0000}.png"));

    /// <summary>
    /// Adds a line to <c>metrics.jsonl</c>, in full double precision; null stands for a number that is not finite.
    /// The line is on the disk when this returns.
    /// </summary>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public void Append(EpochMetrics metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        MetricsFile.Append(MetricsPath, metrics);
    }

    /// <summary>Replaces <c>config.json</c>, as where more epochs are asked for.</summary>
    /// <exception cref="UserException">It cannot be written; the old one is as it was.</exception>
    public void WriteConfiguration(RunConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        AtomicFile.WriteJson(ConfigurationPath, configuration.WriteJson);
    }

    /// <summary>Refuses a run of which a file leads out of the folder, or would make its reader wait.</summary>
    /// <exception cref="UserException">One is a link, a pipe, a socket, a device or a folder.</exception>
    internal void RequireOwnFiles()
    {
        foreach (string path in OwnPaths)
            OwnFile.Require(path);
        RequireOwnImages();
    }

    /// <summary>Refuses a folder of pictures that lies somewhere else: what is written there would be lost to another.</summary>
    /// <exception cref="UserException">It is a link or no folder.</exception>
    internal void RequireOwnImages() => OwnFile.Require(ImagesPath, isFolder: true);

    /// <summary>
    /// Takes away the files without a final name that a kill has left, and brings back the folder of the pictures.
    /// Nobody else may be training. What the verbs left goes too where it is certain that none is writing; files with other
    /// names are nobody's to take away.
    /// </summary>
    internal void DeleteTemporaryFiles()
    {
        try
        {
            RequireOwnImages();
            Directory.CreateDirectory(ImagesPath);
            string[] own = [.. OwnPaths.Select(Path.GetFileName)!];
            AtomicFile.DeleteTemporary(FullPath, own.Contains);
            AtomicFile.DeleteTemporary(ImagesPath, IsOwnPicture);
            Tidy(FullPath, name => name.EndsWith(".csv", StringComparison.Ordinal));
            Tidy(ImagesPath, name => name.EndsWith(".png", StringComparison.Ordinal));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{FullPath}: cannot be written: {exception.Message}", exception);
        }
    }

    private IEnumerable<string> OwnPaths =>
    [
        ConfigurationPath, MetricsPath, CheckpointPath, PreviousCheckpointPath, BestPath, PreviousBestPath, DetectorPath,
        EnvironmentPath, LockPath,
    ];

    private static void Tidy(string folder, Predicate<string> isOwn)
    {
        using var alone = OpenFolder.ToTidy(folder);
        if (alone is { IsLocked: true })
            AtomicFile.DeleteTemporary(folder, isOwn);
    }

    /// <summary>
    /// Makes the folder and config.json in it, under the lock, so that of several runs that start at the same time only
    /// one does.
    /// </summary>
    /// <returns>False where the folder is taken.</returns>
    private bool TryClaim(byte[] configuration)
    {
        try
        {
            if (File.Exists(FullPath))
                return false;
            _made = MissingFolders(FullPath);
            Directory.CreateDirectory(FullPath);
            // A start that was killed at once may have left its lock, and a file that never got its name.
            string configurationName = Path.GetFileName(ConfigurationPath);
            if (Directory.EnumerateFileSystemEntries(FullPath)
                .Any(path => path != LockPath && AtomicFile.FinalName(path) != configurationName))
            {
                return false;
            }
            using RunLock? taken = RunLock.TryAcquire(LockPath, out _);
            if (taken is null || File.Exists(ConfigurationPath))
                return false;
            try
            {
                AtomicFile.DeleteTemporary(FullPath, configurationName.Equals);
                AtomicFile.Write(ConfigurationPath, stream => stream.Write(configuration));
                Directory.CreateDirectory(ImagesPath);
                return true;
            }
            catch
            {
                // While nobody else can claim the folder.
                RemoveContent();
                throw;
            }
        }
        catch (Exception exception) when (
            exception is IOException or UnauthorizedAccessException or UserException { InnerException: not null })
        {
            RemoveMade();
            throw new UserException(
                $"{FullPath}: the run cannot be written there: {InputFile.Reason(exception).TrimEnd('.')}; "
                + "choose another folder with --out", exception);
        }
    }

    private static byte[] IndentedJson(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
            write(writer);
        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }

    /// <summary>The text with everything but letters, digits, point, dash and underscore made a dash.</summary>
    private static string FileNamePart(string text)
    {
        string part = string.Concat(text.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' ? c : '-'));
        return part.Length == 0 ? "data" : part;
    }
}
