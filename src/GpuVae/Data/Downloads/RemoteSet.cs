namespace GpuVae.Data;

/// <summary>A file of a set that is published somewhere.</summary>
/// <param name="Name">Its name behind the address of the set.</param>
/// <param name="Length">In bytes.</param>
/// <param name="Sha256">In hexadecimal, as others publish it.</param>
public sealed record RemoteFile(string Name, long Length, string Sha256);

/// <summary>How far a download is.</summary>
/// <param name="Set">The set's name.</param>
/// <param name="File">The file at hand.</param>
/// <param name="Bytes">What is there of it: all of it only when it is checked and has its name.</param>
public readonly record struct DownloadProgress(string Set, RemoteFile File, long Bytes);

/// <summary>
/// A set of IDX files that is downloaded when it is first asked for. Lengths and SHA-256 are those that TensorFlow
/// Datasets publishes for these addresses (<c>url_checksums/fashion_mnist.txt</c> and <c>kmnist.txt</c>).
/// </summary>
/// <param name="Name">What <c>--data</c> calls it.</param>
/// <param name="Address">Where its publisher has it.</param>
/// <param name="Files">Training images and labels, test images and labels.</param>
public sealed record RemoteSet(string Name, Uri Address, IReadOnlyList<RemoteFile> Files)
{
    /// <summary>
    /// Names the environment variable that gives another address to take sets from, a mirror: a set is then looked for in
    /// a folder of its name there.
    /// </summary>
    public const string AddressVariable = "GPUVAE_DATA_URL";

    /// <summary>The sets that can be downloaded.</summary>
    public static IReadOnlyList<RemoteSet> All { get; } =
    [
        // Xiao, Rasul and Vollgraf 2017; MIT licence. The address has no HTTPS; the checksums stand in for it.
        new("fashion-mnist", new Uri("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"),
        [
            new("train-images-idx3-ubyte.gz", 26_421_880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
            new("train-labels-idx1-ubyte.gz", 29_515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
            new("t10k-images-idx3-ubyte.gz", 4_422_102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
            new("t10k-labels-idx1-ubyte.gz", 5_148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
        ]),
        // Clanuwat et al. 2018; CC BY-SA 4.0.
        new("kmnist", new Uri("http://codh.rois.ac.jp/kmnist/dataset/kmnist/"),
        [
            new("train-images-idx3-ubyte.gz", 18_165_135, "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4"),
            new("train-labels-idx1-ubyte.gz", 29_497, "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17"),
            new("t10k-images-idx3-ubyte.gz", 3_041_136, "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5"),
            new("t10k-labels-idx1-ubyte.gz", 5_120, "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c"),
        ]),
    ];

    /// <summary>Downloads what the cache does not have.</summary>
    /// <param name="progress">Is told how far it is, or null.</param>
    /// <returns>The folder that holds the files.</returns>
    /// <exception cref="DataException">A file cannot be had, or is not the one that was published.</exception>
    public string Fetch(IProgress<DownloadProgress>? progress = null) => Fetch(CacheFolder.Of(Name), progress);

    /// <summary>The same with a folder of one's own for the files.</summary>
    /// <param name="folder">Where the files go.</param>
    /// <param name="progress">Is told how far it is.</param>
    public string Fetch(string folder, IProgress<DownloadProgress>? progress)
    {
        // A file is only ever there whole and checked: it is moved to its name after that.
        RemoteFile[] missing = [.. Files.Where(file => !File.Exists(Path.Combine(folder, file.Name)))];
        if (missing.Length == 0)
            return folder;
        using var downloader = new Downloader(ReadAddress(), progress);
        foreach (RemoteFile file in missing)
            downloader.Fetch(Name, file, folder);
        return folder;
    }

    private Uri ReadAddress()
    {
        string? other = Environment.GetEnvironmentVariable(AddressVariable);
        if (string.IsNullOrEmpty(other))
            return Address;
        return Uri.TryCreate($"{other.TrimEnd('/')}/{Name}/", UriKind.Absolute, out Uri? address)
            && address.Scheme is "http" or "https"
            ? address
            : throw new DataException(
                $"{AddressVariable}: {(other.Contains('@', StringComparison.Ordinal) ? "what it says" : $"'{other}'")} is no address such as https://example.org/sets; change or unset it");
    }
}

/// <summary>Where downloads and decoded pictures are kept for the next time.</summary>
public static class CacheFolder
{
    /// <summary>
    /// <c>$XDG_CACHE_HOME/gpuvae/name</c>, else the place of the platform: <c>~/.cache</c> on Linux,
    /// <c>~/Library/Caches</c> on macOS, the local application data on Windows.
    /// </summary>
    /// <exception cref="DataException">This person has no such place.</exception>
    public static string Of(string name) => Path.Combine(Root(), "gpuvae", name);

    private static string Root()
    {
        // The specification of base directories calls a relative path invalid, to be ignored.
        if (Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is string chosen && Path.IsPathRooted(chosen))
            return chosen;
        if (OperatingSystem.IsWindows())
            return Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        if (home.Length == 0)
            throw new DataException("there is no home folder to keep downloads and decoded pictures in; set XDG_CACHE_HOME to a folder");
        return OperatingSystem.IsMacOS() ? Path.Combine(home, "Library", "Caches") : Path.Combine(home, ".cache");
    }
}
