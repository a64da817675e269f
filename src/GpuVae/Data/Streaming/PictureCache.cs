using System.Globalization;
using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using GpuVae.Files;

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
        if (!File.Exists(path))
            return null;
        try
        {
            using FileStream file = InputFile.Open(path);
            var header = NpyHeader.Read(file, path);
            long start = file.Position;
            if (header is { Kind: 'u', Size: 1, IsFortran: false, Shape: [_, _, _, 1 or 3] } && start + header.Count < file.Length)
            {
                file.Position = start + (long)header.Count;
                var text = NpyHeader.Read(file, path);
                if (text is { Kind: 'u', Size: 1, Shape: [<= MostTextBytes] } && file.Length - file.Position == text.Count)
                {
                    var json = new byte[(int)text.Count];
                    file.ReadExactly(json);
                    if (PictureFindings.Read(json, Format) is (string of, PictureFindings findings))
                    {
                        if (of == key && header.Shape[0] == count)
                            return new PictureCache(path, start, new ImageSize(header.Shape[1], header.Shape[2]), findings);
                        tell?.Invoke($"{path}: is of other pictures, or of these before they changed: decoded again");
                        return null;
                    }
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or DataException or JsonException)
        {
            throw NotOurs(path, exception);
        }
        throw NotOurs(path, null);
    }

    /// <summary>Decodes pictures into the file, which is there whole afterwards or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="key">As of <see cref="KeyOf"/>.</param>
    /// <param name="count">N.</param>
    /// <param name="size">Of each.</param>
    /// <param name="channels">Bytes of a pixel.</param>
    /// <param name="decode">Fills the bytes of pictures from a first one on; (n, D).</param>
    /// <param name="findings">Is asked when all are decoded.</param>
    /// <exception cref="UserException">There is no place for it, or it cannot be written.</exception>
    public static PictureCache Write(
        string path, string key, int count, ImageSize size, int channels, Action<int, Memory<byte>> decode, Func<PictureFindings> findings)
    {
        const int PartBytes = 1 << 26;
        int length = size.Height * size.Width * channels, atOnce = Math.Clamp(PartBytes / length, 1, count);
        byte[] header = Npy.Header<byte>(count, size.Height, size.Width, channels);
        string folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!;
        PictureFindings? found = null;
        try
        {
            Directory.CreateDirectory(folder);
            RequireSpace(path, folder, (long)count * length);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"--cache {path}: cannot be written: {InputFile.Reason(exception)}", exception);
        }
        AtomicFile.Write(path, stream =>
        {
            stream.Write(header);
            var part = new byte[atOnce * length];
            for (int first = 0; first < count; first += atOnce)
            {
                Memory<byte> pixels = part.AsMemory(0, Math.Min(atOnce, count - first) * length);
                pixels.Span.Clear();
                decode(first, pixels);
                stream.Write(pixels.Span);
            }
            found = findings();
            byte[] text = found.Write(key, Format);
            stream.Write(Npy.Header<byte>(text.Length));
            stream.Write(text);
        });
        return new PictureCache(path, header.Length, size, found!);
    }

    private static void RequireSpace(string path, string folder, long bytes)
    {
        long free = new DriveInfo(folder).AvailableFreeSpace;
        if (bytes > free)
        {
            throw new UserException(string.Create(
                CultureInfo.InvariantCulture,
                $"--cache {path}: the decoded pictures take {bytes / 1e9:F1} GB, and {free / 1e9:F1} GB are free there; --cache FILE puts them elsewhere"));
        }
    }

    private static DataException NotOurs(string path, Exception? cause)
    {
        string message = $"--cache {path}: the file is there and holds no decoded pictures; name another, or remove it";
        return cause is null ? new DataException(message) : new DataException(message, cause);
    }
}
