namespace GpuVae.Files;

/// <summary>
/// Files of a folder that are written in place: each has to be a regular file of one name in that folder, so that what is
/// written to it changes nothing anywhere else.
/// </summary>
internal static class OwnFile
{
    /// <summary>Refuses a name that leads out of its folder, or would make its reader wait.</summary>
    /// <param name="path">The name; nothing need be there.</param>
    /// <param name="isFolder">Whether it is to be a folder.</param>
    /// <exception cref="UserException">It is a link, a pipe, a device, or a file for a folder.</exception>
    public static void Require(string path, bool isFolder = false)
    {
        EntryKind kind = FileEntry.Of(path).Kind;
        if (kind is EntryKind.Missing or EntryKind.Unknown || kind == (isFolder ? EntryKind.Folder : EntryKind.File))
            return;
        string found = kind switch
        {
            EntryKind.Link => $"a link to {QuotedText.Excerpt(TargetOf(path))}",
            EntryKind.Folder => "a folder",
            EntryKind.File => "a file",
            _ => "a pipe, a socket or a device",
        };
        string needed = isFolder ? "the folder itself" : "the file itself";
        throw new UserException(
            $"{path}: is {found}, and a run uses only what lies in its own folder; put {needed} there, or take it away");
    }

    /// <summary>Opens a file that is written in place, or makes it; nothing of it is changed so far.</summary>
    /// <param name="path">Its name.</param>
    /// <param name="access">What is done through this opening of it.</param>
    /// <param name="share">What others may do meanwhile.</param>
    /// <exception cref="UserException">It is no regular file, or has another name elsewhere.</exception>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be opened.</exception>
    public static FileStream Open(string path, FileAccess access, FileShare share)
    {
        Require(path);
        // A new name is made exclusively, which follows no link.
        if (FileEntry.Of(path).Kind == EntryKind.Missing)
            new FileStream(path, FileMode.CreateNew, FileAccess.Write, share).Dispose();
        // Without a buffer, which would be written once more when it is closed after an error.
        var stream = new FileStream(path, FileMode.Open, access, share, bufferSize: 0);
        try
        {
            // The name may have been changed since: what was opened has to be what it stands for now, and no link.
            Require(path);
            if (!IsNamed(stream, path))
                throw new FileNotFoundException("it was replaced while it was opened", path);
            if (FileEntry.Of(stream.SafeFileHandle).Names is var names and > 1)
            {
                throw new UserException(
                    $"{path}: has {names} names (hard links), and what is written to it would change the others too; put a "
                    + "copy in its place");
            }
            return stream;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Whether a file that is open is the one that has the name now.</summary>
    public static bool IsNamed(FileStream file, string path) =>
        FileEntry.Of(path) is { Kind: EntryKind.File or EntryKind.Unknown } named
        && named.IsSameAs(FileEntry.Of(file.SafeFileHandle));

    private static string TargetOf(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget ?? "somewhere";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "somewhere";
        }
    }
}
