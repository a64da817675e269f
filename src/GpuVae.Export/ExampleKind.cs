using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Runs;

namespace GpuVae.Export;

/// <summary>What the numbers of an example are before any pipeline.</summary>
public enum ExampleKind
{
    /// <summary>Real numbers: cells of a table, a series, an array.</summary>
    Numbers,

    /// <summary>Pixels of pictures, 0 … 255.</summary>
    Bytes,
}

/// <summary>Finds out what a run's examples are, of which its configuration does not speak.</summary>
internal static class ExampleKinds
{
    /// <summary>
    /// Pictures of a folder, of IDX files and of the sets that are known by name are bytes; tables are numbers, and so are arrays
    /// but for images that nothing has scaled.
    /// </summary>
    public static ExampleKind Guess(RunConfiguration configuration, Shape image)
    {
        if (Datasets.Names.Contains(configuration.Data))
            return ExampleKind.Bytes;
        string path = configuration.DataPath ?? configuration.Data;
        if (image.Height == 1 || configuration.ColumnNames.Length > 0 || IsTable(path))
            return ExampleKind.Numbers;
        bool isArray = path.EndsWith(".npy", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".npz", StringComparison.OrdinalIgnoreCase);
        return isArray && configuration.ScaleOffsets.Length > 0 ? ExampleKind.Numbers : ExampleKind.Bytes;
    }

    private static bool IsTable(string path)
    {
        string name = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path;
        return Path.GetExtension(name).ToUpperInvariant() is ".CSV" or ".TSV" or ".TXT" or ".DATA" or ".DAT" or ".ARFF" or ".TS";
    }
}
