using System.Globalization;
using GpuVae.Files;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Files;

public sealed class NewFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Of_many_who_write_at_once_each_has_its_own_file()
    {
        var paths = new string[16];
        AtOnce(paths.Length, i => paths[i] = Write(i.ToString(CultureInfo.InvariantCulture)));
        Assert.Equal(paths.Length, paths.Distinct().Count());
        Assert.Equal(
            Enumerable.Range(0, paths.Length).Select(i => i.ToString(CultureInfo.InvariantCulture)), paths.Select(File.ReadAllText));
        Assert.Equal(paths.Order(), Directory.GetFileSystemEntries(_folder.FullPath).Order());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Of_many_who_want_one_name_one_has_it_with_and_without_hard_links(bool hasLinks)
    {
        for (int round = 0; round < 10; round++)
        {
            string name = _folder.File($"name-{round}");
            string[] files = [.. Enumerable.Range(0, 8).Select(i => _folder.File($"file-{round}-{i}"))];
            var isTaken = new bool[files.Length];
            foreach (string file in files)
                File.WriteAllText(file, file);
            AtOnce(files.Length, i => isTaken[i] = hasLinks
                ? ExclusiveName.TryTake(files[i], name)
                : ExclusiveName.TryReserve(files[i], name));
            int winner = Array.IndexOf(isTaken, true);
            Assert.Single(isTaken, one => one);
            Assert.Equal(files[winner], File.ReadAllText(name));
            Assert.Equal(files.Where((_, i) => i != winner), files.Where(File.Exists));
        }
    }

    [Fact]
    public void A_name_is_taken_by_whatever_has_it()
    {
        Assert.Equal(_folder.File("codes.csv"), Write("1"));
        Directory.CreateDirectory(_folder.File("codes-2.csv"));
        Assert.Equal(_folder.File("codes-3.csv"), Write("3"));
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows lets few people make links");
        string nowhere = Path.Combine(_folder.FullPath, "nowhere");
        File.CreateSymbolicLink(_folder.File("codes-4.csv"), nowhere);
        Assert.Equal(_folder.File("codes-5.csv"), Write("5"));
        Assert.False(File.Exists(nowhere));
    }

    [Fact]
    public void What_a_killed_writer_left_goes_and_the_files_of_others_stay()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there it stays, as nothing tells that nobody writes");
        string random = $"{Guid.NewGuid():N}.tmp";
        string[] left = [_folder.File($"codes.csv.{random}"), _folder.File($"codes-12.csv.{random}")];
        string[] others = [_folder.File($"codes-of-mine.csv.{random}"), _folder.File("codes.tmp"), _folder.File($"x.csv.{random}")];
        foreach (string path in (string[])[.. left, .. others])
            File.WriteAllText(path, "");
        using (OpenFolder.ToWrite(_folder.FullPath))
            Write("while another writes");
        Assert.All(left, path => Assert.True(File.Exists(path), path));
        Write("alone");
        Assert.DoesNotContain(left, File.Exists);
        Assert.All(others, path => Assert.True(File.Exists(path), path));
    }

    [Fact]
    public void A_writer_that_fails_leaves_nothing_and_its_message_names_the_file()
    {
        string message = Assert.Throws<UserException>(() => NewFile.Write(
            _folder.FullPath, "codes", ".csv", path => AtomicFile.Write(path, _ => throw new IOException($"{path} is full")))).Message;
        Assert.StartsWith($"{_folder.File("codes.csv")}: cannot be written: ", message, StringComparison.Ordinal);
        Assert.DoesNotContain(".tmp", message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.FullPath));
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Threads of their own, which all stand at the same place.</summary>
    private static void AtOnce(int count, Action<int> act)
    {
        using var start = new Barrier(count);
        Thread[] threads = [.. Enumerable.Range(0, count).Select(i => new Thread(() =>
        {
            start.SignalAndWait();
            act(i);
        }))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
    }

    private string Write(string text) => NewFile.Write(
        _folder.FullPath, "codes", ".csv", path => AtomicFile.Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text))));
}
