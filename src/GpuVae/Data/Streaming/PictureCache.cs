using System.Globalization;
using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using GpuVae.Files;
using GpuVae.Kernels;

namespace GpuVae.Data;

/// <summary>
/// Pictures of a folder decoded into one file: the bytes as a .npy array (N, height, width, channels), which NumPy reads too
/// (<c>numpy.load(path, mmap_mode="r")</c>), and behind it a second array, of the bytes of a text in JSON: which pictures they are made of,
/// and what was found on the way.
/// </summary>
/// <remarks>Pictures that cannot be read are black in it, and named in the text.</remarks>
internal sealed class PictureCache
{
    private const string Format = "gpuvae pictures 1";
    private const int MostTextBytes = 1 << 26;

    private PictureCache(string path, long start, ImageSize size, PictureFindings findings)
    {
        (Path, Start, Size, Findings) = (path, start, size, findings);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Bytes before the first picture.</summary>
    public long Start { get; }

    /// <summary>The size of each picture.</summary>
    public ImageSize Size { get; }

    /// <summary>What was found while they were decoded.</summary>
    public PictureFindings Findings { get; }

    /// <summary>Where pictures of a folder are kept if nobody says where: one file for each folder and way to draw them.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="settings">How they are drawn.</param>
    /// <exception cref="DataException">This person has no place for it.</exception>
    public static string UsualPath(string folder, DataSettings settings)
    {
        string full = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(folder));
        byte[] hash = XxHash64.Hash(Encoding.UTF8.GetBytes($"{full}\n{DrawnAs(settings)}"));
        return System.IO.Path.Combine(
            CacheFolder.Of("pictures"), $"{System.IO.Path.GetFileName(full)}-{Convert.ToHexStringLower(hash)}.npy");
    }

    private static string DrawnAs(DataSettings settings) =>
        string.Create(CultureInfo.InvariantCulture, $"{settings.ImageSize} {settings.Coloured} {settings.Background}");

    /// <summary>Tells pictures, and how they are drawn, from others: names, lengths and times of change.</summary>
    /// <param name="pictures">In the order in which they are kept.</param>
    /// <param name="settings">How they are drawn.</param>
    public static string KeyOf(IReadOnlyList<PictureEntry> pictures, DataSettings settings)
    {
        var hash = new XxHash128();
        void Append(string text) => hash.Append(Encoding.UTF8.GetBytes(text + "\n"));
        Append(DrawnAs(settings));
        foreach (PictureEntry picture in pictures)
        {
            var file = new FileInfo(picture.Path);
            Append(string.Create(
                CultureInfo.InvariantCulture, $"{picture.Name}\n{(file.Exists ? file.Length : -1)} {file.LastWriteTimeUtc.Ticks}"));
        }
        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    /// <summary>Opens the file if it has these pictures.</summary>
    /// <param name="path">The file.</param>
    /// <param name="key">As of <see cref="KeyOf"/>.</param>
    /// <param name="count">How many pictures there are.</param>
    /// <param name="tell">Is told why it has to be written again, or null.</param>
    /// <returns>Null where there is no such file, or one of other pictures.</returns>
    /// <exception cref="DataException">The file is something else, which is not to be overwritten.</exception>
    public static PictureCache? Find(string path, string key, int count, Action<string>? tell)
    {
        if (Directory.Exists(path) || System.IO.Path.EndsInDirectorySeparator(path))
            throw new DataException($"--cache {path}: is a folder, and the name of a file is needed");
        if (!File.Exists(path))
            return null;
        try
        {
            using FileStream file = InputFile.Open(path);
            if (Read(file, path) is not (string of, int kept, PictureCache cache))
            {
                throw new DataException(
                    $"--cache {path}: the file is there and holds no decoded pictures, or not all of them; name another, or remove it");
            }
            if (of == key && kept == count)
                return cache;
            tell?.Invoke($"{path} was made of other pictures, or of these before they changed, and is made again");
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"--cache {path}: cannot be read: {InputFile.Reason(exception)}", exception);
        }
    }

    /// <summary>Refuses such a file as data: it has neither labels nor names.</summary>
    /// <param name="file">At its start, where it is afterwards too.</param>
    /// <param name="path">For the message.</param>
    /// <exception cref="DataException">It is one.</exception>
    public static void Refuse(FileStream file, string path)
    {
        if (Read(file, path) is not null)
            throw new DataException($"{path}: is a cache of decoded pictures; give the folder that they come from, and --cache {path}");
        file.Position = 0;
    }

    private static (string Key, int Count, PictureCache Cache)? Read(FileStream file, string path)
    {
        try
        {
            var header = NpyHeader.Read(file, path);
            long start = file.Position;
            if (header is not { Kind: 'u', Size: 1, IsFortran: false, Shape: [_, _, _, 1 or 3] } || start + header.Count >= file.Length)
                return null;
            file.Position = start + (long)header.Count;
            var text = NpyHeader.Read(file, path);
            if (text is not { Kind: 'u', Size: 1, Shape: [<= MostTextBytes] } || file.Length - file.Position != text.Count)
                return null;
            var json = new byte[(int)text.Count];
            file.ReadExactly(json);
            return PictureFindings.Read(json, Format) is (string key, PictureFindings findings)
                ? (key, header.Shape[0], new PictureCache(path, start, new ImageSize(header.Shape[1], header.Shape[2]), findings))
                : null;
        }
        catch (Exception exception) when (exception is DataException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Decodes pictures into the file, which is there whole afterwards or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="key">As of <see cref="KeyOf"/>.</param>
    /// <param name="count">N.</param>
    /// <param name="image">Each.</param>
    /// <param name="decode">Fills the bytes of pictures from a first one on; (n, D).</param>
    /// <param name="findings">Is asked when all are decoded.</param>
    /// <exception cref="UserException">There is no place for it, or it cannot be written.</exception>
    public static PictureCache Write(
        string path, string key, int count, Shape image, Action<int, Memory<byte>> decode, Func<PictureFindings> findings)
    {
        const int PartBytes = 1 << 26;
        int length = image.Size, atOnce = Math.Clamp(PartBytes / length, 1, count);
        byte[] header = Npy.Header<byte>(count, image.Height, image.Width, image.Channels);
        string folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!;
        PictureFindings? found = null;
        try
        {
            Directory.CreateDirectory(folder);
            RequireSpace(path, folder, (long)count * length);
            DeleteAbandoned(path, folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw NotWritten(path, InputFile.Reason(exception), exception);
        }
        try
        {
            AtomicFile.Write(path, Fill);
        }
        catch (UserException exception) when (exception.InnerException is IOException or UnauthorizedAccessException)
        {
            throw NotWritten(path, InputFile.Reason(exception.InnerException), exception);
        }
        return new PictureCache(path, header.Length, new ImageSize(image.Height, image.Width), found!);

        void Fill(Stream stream)
        {
            var hash = new PartHash();
            stream.Write(header);
            var part = new byte[atOnce * length];
            for (int first = 0; first < count; first += atOnce)
            {
                Memory<byte> pixels = part.AsMemory(0, Math.Min(atOnce, count - first) * length);
                pixels.Span.Clear();
                decode(first, pixels);
                hash.Append(pixels.Span);
                stream.Write(pixels.Span);
            }
            found = findings() with { PixelHash = Convert.ToHexStringLower(hash.Finish()) };
            byte[] text = found.Write(key, Format);
            stream.Write(Npy.Header<byte>(text.Length));
            stream.Write(text);
        }
    }

    /// <summary>
    /// Takes away what killed processes have left of this cache. One that is being written by another process grows all the time.
    /// </summary>
    private static void DeleteAbandoned(string path, string folder)
    {
        DateTime recently = DateTime.UtcNow - TimeSpan.FromHours(1);
        string name = System.IO.Path.GetFileName(path);
        foreach (string file in Directory.EnumerateFiles(folder))
        {
            if (AtomicFile.FinalName(file) == name && File.GetLastWriteTimeUtc(file) < recently)
                File.Delete(file);
        }
    }

    private static UserException NotWritten(string path, string reason, Exception cause) =>
        new($"--cache {path}: cannot be written: {reason}; --cache FILE, or XDG_CACHE_HOME, puts it elsewhere", cause);

    private static void RequireSpace(string path, string folder, long bytes)
    {
        long free = new DriveInfo(folder).AvailableFreeSpace;
        if (bytes > free)
        {
            throw new UserException(
                $"--cache {path}: the decoded pictures take {ByteSize.Rounded(bytes)}, and {ByteSize.Rounded(free)} are free there; --cache FILE, or "
                + "XDG_CACHE_HOME, puts them elsewhere");
        }
    }
}
