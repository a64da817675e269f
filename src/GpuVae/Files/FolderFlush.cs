using System.Runtime.InteropServices;

namespace GpuVae.Files;

/// <summary>
/// Brings the names in a folder to the disk. A rename is not there after a power cut before its folder is flushed, and
/// the class library flushes files only.
/// </summary>
internal static partial class FolderFlush
{
    /// <summary>
    /// Flushes a folder where the system has that; Windows keeps names in a journal. A file system that refuses is left
    /// alone: the content of the files is on the disk already.
    /// </summary>
    public static void Flush(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;
        int descriptor = Open(folder, flags: 0);
        if (descriptor < 0)
            return;
        _ = Synchronize(descriptor);
        _ = Close(descriptor);
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Synchronize(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
