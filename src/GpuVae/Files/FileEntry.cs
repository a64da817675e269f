using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace GpuVae.Files;

/// <summary>What stands behind a name in a folder.</summary>
internal enum EntryKind
{
    /// <summary>Nothing.</summary>
    Missing,

    /// <summary>A regular file.</summary>
    File,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A symbolic link, wherever it leads.</summary>
    Link,

    /// <summary>A pipe, a socket or a device: opening it may wait for ever.</summary>
    Other,

    /// <summary>The system does not tell; what is done with it will say why.</summary>
    Unknown,
}

/// <summary>
/// What a file is to the file system, which the class library does not tell: its kind without an attempt to open it, how many
/// names it has, and its identity, by which a name and an open file are known to be the same.
/// </summary>
/// <param name="Kind">What it is.</param>
/// <param name="Names">Hard links to it; 1 where that is not known.</param>
/// <param name="Volume">The file system that it lies on; 0 where that is not known.</param>
/// <param name="Number">Its number there.</param>
internal readonly partial record struct FileEntry(EntryKind Kind, long Names, ulong Volume, ulong Number)
{
    private const int NoSuchEntry = 2;
    private const int NotAFolder = 20;

    // The file types in st_mode, the same on every Unix.
    private const int TypeMask = 0xf000;
    private const int FolderType = 0x4000;
    private const int FileType = 0x8000;
    private const int LinkType = 0xa000;

    private const int WorkingFolder = -100;    // AT_FDCWD
    private const int LinkItself = 0x100;      // AT_SYMLINK_NOFOLLOW
    private const int DescriptorItself = 0x1000; // AT_EMPTY_PATH
    private const uint BasicFields = 0x7ff;    // STATX_BASIC_STATS

    private static readonly FileEntry _unknown = new(EntryKind.Unknown, 1, 0, 0);

    /// <summary>What a name stands for.</summary>
    /// <param name="path">The name.</param>
    /// <param name="followsLinks">Whether a link counts as what it leads to.</param>
    public static unsafe FileEntry Of(string path, bool followsLinks = false)
    {
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal))
            return _unknown;
        if (OperatingSystem.IsLinux())
        {
            LinuxStatus status;
            return StatusAt(WorkingFolder, path, followsLinks ? 0 : LinkItself, BasicFields, &status) == 0
                ? status.ToEntry()
                : AfterFailure();
        }
        if (OperatingSystem.IsMacOS())
        {
            MacStatus status;
            bool isArm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;
            int failure = followsLinks
                ? isArm ? MacStatusOf(path, &status) : MacStatusOf64(path, &status)
                : isArm ? MacStatusOfLink(path, &status) : MacStatusOfLink64(path, &status);
            return failure == 0 ? status.ToEntry() : AfterFailure();
        }
        var file = new FileInfo(path);
        bool isFolder = Directory.Exists(path);
        EntryKind kind = !followsLinks && file.LinkTarget is not null ? EntryKind.Link
            : isFolder ? EntryKind.Folder
            : file.Exists ? EntryKind.File
            : EntryKind.Missing;
        return new FileEntry(kind, 1, 0, 0);
    }

    /// <summary>What a file is that is open.</summary>
    public static unsafe FileEntry Of(SafeFileHandle file)
    {
        if (OperatingSystem.IsLinux())
        {
            LinuxStatus status;
            return StatusAt(file, "", DescriptorItself, BasicFields, &status) == 0 ? status.ToEntry() : _unknown;
        }
        if (OperatingSystem.IsMacOS())
        {
            MacStatus status;
            bool isArm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;
            return (isArm ? MacStatusOf(file, &status) : MacStatusOf64(file, &status)) == 0 ? status.ToEntry() : _unknown;
        }
        if (OperatingSystem.IsWindows())
        {
            WindowsStatus status;
            return WindowsStatusOf(file, &status) ? new FileEntry(EntryKind.File, status.Links, 0, 0) : _unknown;
        }
        return _unknown;
    }

    /// <summary>Whether both are one file; where the system does not tell, nothing speaks against it.</summary>
    public bool IsSameAs(FileEntry other) =>
        Volume == 0 || other.Volume == 0 || (Volume, Number) == (other.Volume, other.Number);

    private static EntryKind KindOf(int mode) => (mode & TypeMask) switch
    {
        FileType => EntryKind.File,
        FolderType => EntryKind.Folder,
        LinkType => EntryKind.Link,
        _ => EntryKind.Other,
    };

    private static FileEntry AfterFailure() => Marshal.GetLastPInvokeError() is NoSuchEntry or NotAFolder
        ? new FileEntry(EntryKind.Missing, 0, 0, 0)
        : _unknown;

    /// <summary><c>struct statx</c>, the same on every processor.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct LinuxStatus
    {
        [FieldOffset(16)]
        public uint Links;

        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong Number;

        [FieldOffset(136)]
        public uint MajorDevice;

        [FieldOffset(140)]
        public uint MinorDevice;

        // A device of 0 would say that it is not known.
        public readonly FileEntry ToEntry() =>
            new(KindOf(Mode), Links, ((ulong)MajorDevice << 32 | MinorDevice) + 1, Number);
    }

    /// <summary><c>struct stat</c> of macOS with 64-bit numbers.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct MacStatus
    {
        [FieldOffset(0)]
        public uint Device;

        [FieldOffset(4)]
        public ushort Mode;

        [FieldOffset(6)]
        public ushort Links;

        [FieldOffset(8)]
        public ulong Number;

        public readonly FileEntry ToEntry() => new(KindOf(Mode), Links, (ulong)Device + 1, Number);
    }

    /// <summary><c>BY_HANDLE_FILE_INFORMATION</c>.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 52)]
    private struct WindowsStatus
    {
        [FieldOffset(40)]
        public uint Links;
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static unsafe partial int StatusAt(int folder, string path, int flags, uint mask, LinuxStatus* status);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static unsafe partial int StatusAt(
        SafeFileHandle file, string path, int flags, uint mask, LinuxStatus* status);

    [LibraryImport("libc", EntryPoint = "stat", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static unsafe partial int MacStatusOf(string path, MacStatus* status);

    [LibraryImport("libc", EntryPoint = "stat$INODE64", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static unsafe partial int MacStatusOf64(string path, MacStatus* status);

    [LibraryImport("libc", EntryPoint = "lstat", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static unsafe partial int MacStatusOfLink(string path, MacStatus* status);

    [LibraryImport("libc", EntryPoint = "lstat$INODE64", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static unsafe partial int MacStatusOfLink64(string path, MacStatus* status);

    [LibraryImport("libc", EntryPoint = "fstat", SetLastError = true)]
    private static unsafe partial int MacStatusOf(SafeFileHandle file, MacStatus* status);

    [LibraryImport("libc", EntryPoint = "fstat$INODE64", SetLastError = true)]
    private static unsafe partial int MacStatusOf64(SafeFileHandle file, MacStatus* status);

    [LibraryImport("kernel32", EntryPoint = "GetFileInformationByHandle", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static unsafe partial bool WindowsStatusOf(SafeFileHandle file, WindowsStatus* status);
}
