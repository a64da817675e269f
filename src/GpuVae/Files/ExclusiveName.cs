using System.Runtime.InteropServices;

namespace GpuVae.Files;

/// <summary>
/// Gives a whole file a name that nobody has. The runtime's move without overwriting looks first and then renames, so that of
/// two at the same moment both succeed and one file is gone.
/// </summary>
internal static partial class ExclusiveName
{
    private const int AlreadyThere = 17; // EEXIST

    /// <summary>Moves a file to a name, if that is free.</summary>
    /// <param name="file">A whole file in the same folder.</param>
    /// <param name="path">The name.</param>
    /// <returns>Whether it was free; else the file is where it was.</returns>
    /// <exception cref="IOException">It cannot be moved.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be moved.</exception>
    public static bool TryTake(string file, string path)
    {
        if (OperatingSystem.IsWindows())
            return TryMove(file, path);
        if (Link(file, path) == 0)
        {
            File.Delete(file);
            return true;
        }
        return Marshal.GetLastPInvokeError() != AlreadyThere && TryReserve(file, path);
    }

    /// <summary>
    /// The same where a file system has no hard links: an empty file takes the name and is then replaced. A kill in between
    /// leaves it.
    /// </summary>
    internal static bool TryReserve(string file, string path)
    {
        try
        {
            new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None).Dispose();
        }
        catch (IOException) when (IsTaken(path))
        {
            return false;
        }
        File.Move(file, path, overwrite: true);
        return true;
    }

    // The system of Windows looks and renames in one.
    private static bool TryMove(string file, string path)
    {
        try
        {
            File.Move(file, path, overwrite: false);
            return true;
        }
        catch (IOException) when (IsTaken(path))
        {
            return false;
        }
    }

    /// <summary>Whether something has a name; a link that leads nowhere takes one too.</summary>
    public static bool IsTaken(string path) =>
        FileEntry.Of(path).Kind is not (EntryKind.Missing or EntryKind.Unknown);

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Link(string file, string path);
}
