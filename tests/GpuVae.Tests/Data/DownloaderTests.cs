using System.Security.Cryptography;
using GpuVae.Data;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Data;

public sealed class DownloaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly byte[] _content = new byte[300_000];
    private readonly RemoteFile _file;

    public DownloaderTests()
    {
        new Random(1).NextBytes(_content);
        _file = new RemoteFile("images.gz", _content.Length, Convert.ToHexStringLower(SHA256.HashData(_content)));
    }

    [Fact]
    public void A_file_comes_whole_and_nothing_else_is_left()
    {
        using var server = new FileServer(_content);
        List<long> heard = [];
        Fetch(server, new Listener(heard));
        AssertWhole();
        Assert.Equal(["bytes=0-"], server.Ranges);
        Assert.Equal(_content.Length, heard[^1]);
        Assert.All(heard.SkipLast(1), bytes => Assert.InRange(bytes, 0, _content.Length - 1));
    }

    [Fact]
    public void A_broken_transfer_goes_on_where_it_ended()
    {
        using var server = new FileServer(_content) { BreakAfter = 100_000, Breaks = 2 };
        Fetch(server);
        AssertWhole();
        Assert.Equal(["bytes=0-", "bytes=100000-", "bytes=200000-"], server.Ranges);
    }

    [Fact]
    public void What_an_earlier_run_left_is_not_asked_for_again()
    {
        File.WriteAllBytes(_folder.File("images.gz.part"), _content[..250_000]);
        using var server = new FileServer(_content);
        Fetch(server);
        AssertWhole();
        Assert.Equal(["bytes=250000-"], server.Ranges);
    }

    [Fact]
    public void A_server_that_knows_no_ranges_begins_again()
    {
        File.WriteAllBytes(_folder.File("images.gz.part"), _content[..250_000]);
        using var server = new FileServer(_content) { KnowsRanges = false };
        Fetch(server);
        AssertWhole();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(300_000)]
    [InlineData(400_000)]
    public void Another_content_is_refused_and_not_kept(int left)
    {
        if (left > 0)
            File.WriteAllBytes(_folder.File("images.gz.part"), new byte[left]);
        byte[] other = [.. _content];
        other[123_456] ^= 1;
        using var server = new FileServer(other);
        string message = Assert.Throws<DataException>(() => Fetch(server)).Message;
        Assert.Contains("is not the file that was published: its SHA-256 is ", message, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.File("images.gz")));
        Assert.False(File.Exists(_folder.File("images.gz.part")));
        using var right = new FileServer(_content);
        Fetch(right);
        AssertWhole();
    }

    [Fact]
    public void An_answer_that_is_an_error_is_said()
    {
        using var server = new FileServer(_content) { Status = "404 Not Found" };
        string message = Assert.Throws<DataException>(() => Fetch(server)).Message;
        Assert.Contains($"{server.Address}images.gz answers 404 Not Found", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_that_always_breaks_off_before_the_first_byte_is_given_up()
    {
        using var server = new FileServer(_content) { BreakAfter = 0, Breaks = int.MaxValue };
        string message = Assert.Throws<DataException>(() => Fetch(server)).Message;
        Assert.Contains("cannot be reached", message, StringComparison.Ordinal);
        Assert.Equal(4, server.Ranges.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_page_that_asks_to_log_in_is_refused_and_leaves_nothing_for_the_next_try(bool saysLength)
    {
        byte[] page = "<html>Welcome to our hotel</html>"u8.ToArray();
        using (var portal = new FileServer(page) { KnowsRanges = false, SaysLength = saysLength })
        {
            string message = Assert.Throws<DataException>(() => Fetch(portal)).Message;
            Assert.Contains($"it has {page.Length} bytes, not 300000; a page that asks", message, StringComparison.Ordinal);
            Assert.Single(portal.Ranges);
        }
        Assert.Empty(Directory.GetFileSystemEntries(_folder.FullPath));
        using var server = new FileServer(_content);
        Fetch(server);
        AssertWhole();
    }

    [Fact]
    public void What_an_earlier_try_left_of_something_else_is_fetched_anew()
    {
        File.WriteAllBytes(_folder.File("images.gz.part"), new byte[5000]);
        using var server = new FileServer(_content);
        Fetch(server);
        AssertWhole();
        Assert.Equal(["bytes=5000-", "bytes=0-"], server.Ranges);
    }

    [Theory]
    [InlineData("file:///etc/hostname")]
    [InlineData("ftp://127.0.0.1/images.gz")]
    [InlineData("data:text/plain,hello")]
    public void A_redirection_to_another_kind_of_place_is_refused(string place)
    {
        using var server = new FileServer(_content) { Status = "302 Found", Location = place };
        string message = Assert.Throws<DataException>(() => Fetch(server)).Message;
        Assert.Contains(
            $"{server.Address}images.gz sends to a {place.Split(':')[0]}: address, which is not followed", message,
            StringComparison.Ordinal);
        Assert.Single(server.Ranges);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.FullPath));
    }

    [Fact]
    public void A_redirection_within_the_web_is_followed_and_one_without_end_is_not()
    {
        using var server = new FileServer(_content);
        using (var first = new FileServer(_content) { Status = "302 Found", Location = $"{server.Address}other.gz" })
            Fetch(first);
        AssertWhole();
        File.Delete(_folder.File("images.gz"));
        using var ring = new FileServer(_content) { Status = "302 Found", Location = "/images.gz" };
        string message = Assert.Throws<DataException>(() => Fetch(ring)).Message;
        Assert.Contains("sends from place to place", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_password_in_an_address_is_never_shown()
    {
        foreach (string? status in (string?[])["404 Not Found", null])
        {
            using var server = new FileServer([1, 2, 3]) { Status = status };
            var address = new UriBuilder(server.Address) { UserName = "me", Password = "secret" };
            using var downloader = new Downloader(address.Uri, null) { Pause = TimeSpan.Zero };
            string message = Assert.Throws<DataException>(() => downloader.Fetch("set", _file, _folder.FullPath)).Message;
            Assert.Contains($"{server.Address}images.gz", message, StringComparison.Ordinal);
            Assert.DoesNotContain("secret", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Without_a_network_the_address_and_what_to_do_are_said()
    {
        Uri nobody;
        using (var server = new FileServer(_content))
            nobody = server.Address;
        using var downloader = new Downloader(nobody, null);
        string message = Assert.Throws<DataException>(() => downloader.Fetch("set", _file, _folder.FullPath)).Message;
        Assert.StartsWith($"set: {nobody}images.gz cannot be reached: ", message, StringComparison.Ordinal);
        Assert.Contains($"or put the files into {_folder.FullPath}", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void Files_that_are_there_are_not_asked_for()
    {
        foreach (RemoteFile file in RemoteSet.All[0].Files)
            File.WriteAllBytes(_folder.File(file.Name), []);
        Assert.Equal(_folder.FullPath, RemoteSet.All[0].Fetch(_folder.FullPath, null));
    }

    [Fact]
    public void Checksums_are_those_of_four_files_each()
    {
        Assert.Equal(["mnist", "fashion-mnist", "kmnist"], Datasets.Names);
        Assert.All(RemoteSet.All, set =>
        {
            Assert.Equal(4, set.Files.Count);
            Assert.EndsWith("/", set.Address.AbsoluteUri, StringComparison.Ordinal);
            Assert.All(set.Files, file => Assert.Equal(32, Convert.FromHexString(file.Sha256).Length));
        });
        Assert.Equal(8, RemoteSet.All.SelectMany(set => set.Files).Select(file => file.Sha256).Distinct().Count());
    }

    public void Dispose() => _folder.Dispose();

    private void Fetch(FileServer server, IProgress<DownloadProgress>? progress = null)
    {
        using var downloader = new Downloader(server.Address, progress) { Pause = TimeSpan.Zero };
        downloader.Fetch("set", _file, _folder.FullPath);
    }

    private void AssertWhole()
    {
        Assert.Equal(_content, File.ReadAllBytes(_folder.File("images.gz")));
        Assert.Equal([_folder.File("images.gz")], Directory.GetFileSystemEntries(_folder.FullPath));
    }

    private sealed class Listener(List<long> heard) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value) => heard.Add(value.Bytes);
    }
}
