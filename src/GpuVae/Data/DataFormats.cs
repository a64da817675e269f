namespace GpuVae.Data;

/// <summary>
/// A format that data sets come in, as files or as folders. To read one more, implement this and add it to
/// <see cref="DataFormats"/>.
/// </summary>
public interface IDataFormat
{
    /// <summary>A short name that no other format has: <c>csv</c>.</summary>
    string Name { get; }

    /// <summary>What <c>--data</c> then takes, for a list in a sentence: <c>a CSV file</c>.</summary>
    string Summary { get; }

    /// <summary>Whether a file or folder is of this format, by its name or by what it holds.</summary>
    /// <param name="path">A file or folder that exists.</param>
    bool Recognizes(string path);

    /// <summary>Reads every example. Holding out, scaling and reshaping are not its task.</summary>
    /// <param name="path">A file or folder that <see cref="Recognizes"/> has accepted.</param>
    /// <param name="settings">How to read it; each format looks at what concerns it.</param>
    /// <returns>The examples to train with, and those to test with where the data have a test part of their own.</returns>
    /// <exception cref="UserException">It cannot be read or is damaged; the message says where.</exception>
    (ImageSet Train, ImageSet? Test) Read(string path, DataSettings settings);
}

/// <summary>The formats that <see cref="Datasets"/> reads. A path is of the first of them that recognises it.</summary>
public static class DataFormats
{
    private static readonly Lock _lock = new();
    private static readonly IDataFormat[] _builtIn =
        [new IdxFolderFormat(), new ImageFolderFormat(), new CsvFormat(), new NpyFormat(), new NpzFormat(), new NpyShards()];

    // Never changed in place, so that readers need no lock.
    private static volatile IDataFormat[] _all = _builtIn;

    /// <summary>Every format, in the order in which they are tried.</summary>
    public static IReadOnlyList<IDataFormat> All => _all;

    /// <summary>What each takes, for help.</summary>
    public static IReadOnlyList<string> Summaries => Array.ConvertAll(_all, format => format.Summary);

    /// <summary>Those that were added to the ones that come with the library.</summary>
    internal static IEnumerable<IDataFormat> Added => _all.Skip(_builtIn.Length);

    /// <summary>Adds a format behind the others, for this process. Threads may add at the same time.</summary>
    /// <param name="format">Its name is still free; upper and lower case count as the same.</param>
    /// <exception cref="ArgumentException">The name is empty or taken.</exception>
    public static void Add(IDataFormat format)
    {
        ArgumentNullException.ThrowIfNull(format);
        ArgumentException.ThrowIfNullOrWhiteSpace(format.Name);
        lock (_lock)
        {
            if (Array.Exists(_all, other => other.Name.Equals(format.Name, StringComparison.OrdinalIgnoreCase)))
                throw new ArgumentException($"There is a data format {format.Name} already.", nameof(format));
            _all = [.. _all, format];
        }
    }

    /// <summary>The first format that recognises a path; null where none does.</summary>
    /// <param name="path">A file or folder that exists.</param>
    public static IDataFormat? Find(string path) => Array.Find(_all, format => format.Recognizes(path));

    /// <summary>Whether a path is a file whose name ends in one of some ways, in upper or lower case.</summary>
    internal static bool IsFileEndingIn(string path, params ReadOnlySpan<string> endings)
    {
        foreach (string ending in endings)
        {
            if (path.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
                return File.Exists(path);
        }
        return false;
    }
}
