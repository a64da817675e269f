using GpuVae.Files;

namespace GpuVae.Runs;

/// <content>What sets a run of imported weights apart, and how a folder that was made in vain goes away.</content>
public sealed partial class RunFolder
{
    /// <summary>Folders that <see cref="Create"/> has made for the run, innermost first; null of one that was opened.</summary>
    private List<string>? _made;

    /// <summary>Whether the weights were trained by another program; no of a checkpoint that is missing or damaged.</summary>
    public bool HoldsImport()
    {
        try
        {
            return File.Exists(CheckpointPath)
                && Safetensors.ReadMetadata(CheckpointPath).ContainsKey(Checkpoint.ImportedKey);
        }
        catch (UserException)
        {
            // Who needs the weights says what is wrong with them.
            return false;
        }
    }

    /// <summary>Refuses a run of imported weights: there are no moments and no position to go on from.</summary>
    /// <exception cref="UserException">It is such a run.</exception>
    public void RequireTraining()
    {
        if (HoldsImport())
            throw Checkpoint.ImportedFault(CheckpointPath);
    }

    /// <summary>Takes a run away that <see cref="Create"/> has just made, as where its weights found no room.</summary>
    internal void Unmake()
    {
        if (_made is null)
            return;
        RemoveContent();
        RemoveMade();
    }

    /// <summary>Folders on the way to a path that do not exist, innermost first.</summary>
    private static List<string> MissingFolders(string path)
    {
        List<string> missing = [];
        string? folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        for (; folder is not null && !Path.Exists(folder); folder = Path.GetDirectoryName(folder))
            missing.Add(folder);
        return missing;
    }

    private static bool TryDeleteEmpty(string folder)
    {
        try
        {
            Directory.Delete(folder);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It holds something, which is not ours; and the error that led here is the one to report.
            return false;
        }
    }

    private void RemoveContent()
    {
        AtomicFile.TryDelete(ConfigurationPath);
        TryDeleteEmpty(ImagesPath);
    }

    private void RemoveMade()
    {
        foreach (string folder in _made ?? [])
        {
            if (!TryDeleteEmpty(folder))
                return;
        }
    }
}
