using GpuVae.Imaging;

namespace GpuVae.Data;

/// <summary>A picture in a folder or below it.</summary>
/// <param name="Path">The file.</param>
/// <param name="Name">Its path below the folder, with <c>/</c>.</param>
/// <param name="Label">The class, or null where it has none.</param>
internal sealed record PictureEntry(string Path, string Name, string? Label = null)
{
    /// <summary>The first folder of its name, or null where it lies in none.</summary>
    public string? Top => Segment(0);

    /// <summary>A folder of its name, from 0, or null where there are not so many.</summary>
    public string? Segment(int index)
    {
        string[] segments = Name.Split('/');
        return index < segments.Length - 1 ? segments[index] : null;
    }
}

/// <summary>
/// The pictures in a folder and in the folders below it, and what else is there. What begins with a point and what
/// systems leave behind counts as not there.
/// </summary>
internal sealed class PictureTree
{
    /// <summary>Folders within each other that are entered.</summary>
    public const int MostLevels = 8;

    private const int MostNames = 5;

    private static readonly string[] _junk =
        ["__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin", "system volume information"];

    private readonly List<PictureEntry> _pictures = [];
    private readonly SortedDictionary<string, int> _otherKinds = new(StringComparer.Ordinal);
    private readonly List<string> _deep = [];
    private readonly List<string> _closed = [];

    private PictureTree(string folder)
    {
        foreach (Found found in Walk(folder))
        {
            if (found.Kind == FoundKind.TooDeep)
                _deep.Add(found.Name);
            else if (found.Kind == FoundKind.Closed)
                _closed.Add(found.Name);
            else if (IsPicture(found.Name))
                _pictures.Add(new PictureEntry(found.Path, found.Name));
            else
                _otherKinds[Ending(found.Name)] = 1 + _otherKinds.GetValueOrDefault(Ending(found.Name));
        }
        _pictures.Sort((one, other) => string.CompareOrdinal(one.Name, other.Name));
        Tiffs = ImageFormats.TiffEndings.Sum(ending => _otherKinds.GetValueOrDefault(ending));
    }

    private enum FoundKind
    {
        File,
        TooDeep,
        Closed,
    }

    /// <summary>The pictures by their names.</summary>
    public IReadOnlyList<PictureEntry> Pictures => _pictures;

    /// <summary>How many files are TIFF pictures by their names.</summary>
    public int Tiffs { get; }

    /// <summary>Looks through a folder.</summary>
    public static PictureTree Of(string folder) => new(folder);

    /// <summary>Whether there is a picture in a folder or below it; one of TIFF counts, so that it can be refused.</summary>
    public static bool HasPictures(string folder) => Walk(folder).Any(
        found => found.Kind == FoundKind.File
            && (IsPicture(found.Name) || ImageFormats.TiffEndings.Contains(Ending(found.Name))));

    /// <summary>What is no picture or was not entered, each sort in a few words.</summary>
    public IEnumerable<string> LeftOut()
    {
        if (_otherKinds.Count > 0)
        {
            IEnumerable<string> kinds = _otherKinds.OrderByDescending(kind => kind.Value)
                .Select(kind => $"{(kind.Key.Length == 0 ? "without an ending" : QuotedText.Excerpt(kind.Key))} {kind.Value}");
            string tiff = Tiffs > 0 ? "; TIFF is not read: magick mogrify -format png *.tif converts it" : "";
            yield return $"{Counted(_otherKinds.Values.Sum(), "file")} of other kinds ({First(kinds)}{tiff})";
        }
        if (_deep.Count > 0)
            yield return $"{Counted(_deep.Count, "folder")} deeper than {MostLevels} levels ({First(_deep)})";
        if (_closed.Count > 0)
            yield return $"{Counted(_closed.Count, "folder")} that may not be opened ({First(_closed)})";
    }

    /// <summary><c>1 file</c>, <c>2 files</c>.</summary>
    public static string Counted(int count, string what) =>
        FormattableString.Invariant($"{count} {what}{(count == 1 ? "" : "s")}");

    /// <summary>The first few, for a sentence.</summary>
    public static string First(IEnumerable<string> names, int most = MostNames)
    {
        string[] shown = [.. names.Take(most + 1)];
        return string.Join(", ", shown.Take(most).Select(QuotedText.Excerpt)) + (shown.Length > most ? ", …" : "");
    }

    internal static bool IsPicture(string name) => ImageFormats.Endings.Contains(Ending(name));

    private static string Ending(string name) => Path.GetExtension(name).ToLowerInvariant();

    private static bool IsJunk(string name) => name[0] == '.' || _junk.Contains(name.ToLowerInvariant());

    /// <summary>Files as they come, so that whoever looks for one need not wait for all.</summary>
    private static IEnumerable<Found> Walk(string root)
    {
        // The folders still to be entered, each with those that it lies in, by their real places.
        var waiting = new Stack<(DirectoryInfo Folder, string Name, string[] Within)>();
        var start = new DirectoryInfo(root);
        waiting.Push((start, "", [RealPath(start)]));
        while (waiting.TryPop(out var at))
        {
            if (Entries(at.Folder) is not FileSystemInfo[] entries)
            {
                yield return new Found(FoundKind.Closed, at.Folder.FullName, at.Name);
                continue;
            }
            foreach (FileSystemInfo entry in entries.Where(entry => !IsJunk(entry.Name)))
            {
                string name = at.Name.Length == 0 ? entry.Name : $"{at.Name}/{entry.Name}";
                if (entry is not DirectoryInfo folder)
                {
                    yield return new Found(FoundKind.File, entry.FullName, name);
                    continue;
                }
                string place = folder.LinkTarget is null ? Path.Join(at.Within[^1], folder.Name) : RealPath(folder);
                // A link to a folder that it lies in would go round and round.
                if (at.Within.Contains(place, StringComparer.Ordinal))
                    continue;
                if (at.Within.Length > MostLevels)
                    yield return new Found(FoundKind.TooDeep, folder.FullName, name);
                else
                    waiting.Push((folder, name, [.. at.Within, place]));
            }
        }
    }

    private static FileSystemInfo[]? Entries(DirectoryInfo folder)
    {
        try
        {
            // System and hidden files of Windows; elsewhere the point says what is hidden.
            return folder.GetFileSystemInfos("*", new EnumerationOptions { IgnoreInaccessible = false });
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string RealPath(DirectoryInfo folder)
    {
        try
        {
            string path = folder.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? folder.FullName;
            return Path.TrimEndingDirectorySeparator(path);
        }
        catch (IOException)
        {
            return Path.TrimEndingDirectorySeparator(folder.FullName);
        }
    }

    private readonly record struct Found(FoundKind Kind, string Path, string Name);
}
