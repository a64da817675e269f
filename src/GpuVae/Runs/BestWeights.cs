using System.Globalization;
using GpuVae.Files;

namespace GpuVae.Runs;

/// <summary><c>best.safetensors</c> of a run that is resumed.</summary>
internal static class BestWeights
{
    /// <summary>Makes it what it would be if the run had had this configuration from the start.</summary>
    /// <param name="folder">The run.</param>
    /// <param name="configuration">How it is resumed.</param>
    /// <returns>What is to be said of a damaged file, or null.</returns>
    /// <exception cref="UserException">A file cannot be written.</exception>
    public static string? Resume(RunFolder folder, RunConfiguration configuration)
    {
        // Of a damaged file nothing is known; the next best replaces it.
        string? fault = Fault(folder.BestPath);
        if (Epoch(folder.BestPath) is not int epoch)
            return fault;
        try
        {
            if (configuration.MeasuresRegularly(epoch))
                File.Delete(folder.PreviousBestPath);
            else if (!configuration.Measures(epoch))
                RestorePrevious(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{folder.BestPath}: cannot be written: {exception.Message}", exception);
        }
        WriteMetadata(folder.BestPath, configuration);
        WriteMetadata(folder.PreviousBestPath, configuration);
        return fault;
    }

    /// <summary>The epoch that the parameters in a file are of; null where there is no whole file.</summary>
    public static int? Epoch(string path) =>
        TryRead(path)?.Metadata.GetValueOrDefault(Checkpoint.EpochKey) is string text
            && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int epoch)
            ? epoch
            : null;

    /// <summary>
    /// The best of before takes its place. Where there is none, no epoch was measured before, or a version that did not
    /// keep it wrote the run.
    /// </summary>
    private static void RestorePrevious(RunFolder folder)
    {
        if (File.Exists(folder.PreviousBestPath))
            File.Move(folder.PreviousBestPath, folder.BestPath, overwrite: true);
        else
            File.Delete(folder.BestPath);
    }

    /// <summary>Writes the configuration into the metadata, where another one is there.</summary>
    private static void WriteMetadata(string path, RunConfiguration configuration)
    {
        string text = Checkpoint.Text(configuration);
        if (TryRead(path) is not SafetensorsFile file
            || file.Metadata.GetValueOrDefault(Checkpoint.ConfigurationKey) == text)
        {
            return;
        }
        var metadata = new Dictionary<string, string>(file.Metadata) { [Checkpoint.ConfigurationKey] = text };
        Checksums.Add(file.Tensors, metadata);
        Safetensors.Write(path, file.Tensors, metadata);
    }

    /// <summary>What is wrong with a file that is there, or null.</summary>
    private static string? Fault(string path)
    {
        try
        {
            if (File.Exists(path))
                CheckpointFile.ReadVerified(path);
            return null;
        }
        catch (UserException exception)
        {
            return $"{exception.Message}; the next epoch with a lower test loss replaces it";
        }
    }

    private static SafetensorsFile? TryRead(string path)
    {
        try
        {
            return File.Exists(path) ? CheckpointFile.ReadVerified(path) : null;
        }
        catch (UserException)
        {
            return null;
        }
    }
}
