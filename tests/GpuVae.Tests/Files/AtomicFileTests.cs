using System.IO.Pipes;
using GpuVae.Files;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Files;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void What_the_disk_does_not_take_is_an_error()
    {
        // A pipe is not to be flushed, and the system says so, as it does of a disk that fails.
        using var pipe = new AnonymousPipeServerStream(PipeDirection.Out);
        using var handle = new Microsoft.Win32.SafeHandles.SafeFileHandle(
            pipe.SafePipeHandle.DangerousGetHandle(), ownsHandle: false);
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows flushes a pipe when it is read");
        using var stream = new FileStream(handle, FileAccess.Write);
        Assert.Contains("the disk did not take", Assert.Throws<IOException>(() => Disk.Flush(stream)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_would_grow_over_a_limit_is_an_error_of_the_file()
    {
        using var stream = new FileStream(_folder.File("file"), FileMode.CreateNew);
        Exception? exception = Record.Exception(() => Disk.Write(() => stream.SetLength(long.MaxValue)));
        Assert.SkipWhen(exception is null, "this file system takes a file of any length");
        Assert.StartsWith("File too large", Assert.IsType<IOException>(exception).Message, StringComparison.Ordinal);
        // What a writer itself does wrong is no fault of the file.
        Assert.Throws<ArgumentOutOfRangeException>(() => Disk.Write(() => ArgumentOutOfRangeException.ThrowIfNegative(-1)));
    }

    [Fact]
    public void A_link_is_replaced_and_what_it_leads_to_stays()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows lets few people make links");
        string target = _folder.File("target"), link = _folder.File("link"), previous = _folder.File("previous");
        File.WriteAllText(target, "old");
        File.CreateSymbolicLink(link, target);
        AtomicFile.Write(link, stream => stream.WriteByte(1), previous);
        Assert.Equal("old", File.ReadAllText(target));
        Assert.Equal([1], File.ReadAllBytes(link));
        Assert.Equal(EntryKind.File, FileEntry.Of(link).Kind);
    }

    [Fact]
    public void A_writer_that_fails_leaves_the_old_file_and_nothing_else()
    {
        string path = _folder.File("file");
        File.WriteAllText(path, "old");
        Assert.Throws<UserException>(() => AtomicFile.Write(path, stream =>
        {
            stream.WriteByte(1);
            throw new IOException("no");
        }));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(_folder.FullPath));
    }

    [Theory]
    [InlineData("a.png.0123456789abcdef0123456789abcdef.tmp", "a.png")]
    [InlineData("a.csv.0123456789abcdef0123456789abcdef.tmp.0123456789abcdef0123456789abcdef.tmp", "a.csv")]
    [InlineData("a.png.0123456789abcdef0123456789abcdeg.tmp", null)]
    [InlineData("a.png.0123456789abcdef.tmp", null)]
    [InlineData("0123456789abcdef0123456789abcdef.tmp", null)]
    [InlineData(".0123456789abcdef0123456789abcdef.tmp", null)]
    [InlineData("a.tmp", null)]
    public void A_temporary_name_tells_the_final_one(string name, string? expected)
    {
        Assert.Equal(expected, AtomicFile.FinalName(name));
        Assert.Equal("b.png", AtomicFile.FinalName(AtomicFile.TemporaryName("b.png")));
    }

    public void Dispose() => _folder.Dispose();
}
