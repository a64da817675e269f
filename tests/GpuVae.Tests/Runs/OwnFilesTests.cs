using System.Net.Sockets;
using GpuVae.Cases.Reference;
using GpuVae.Evaluation;
using GpuVae.Files;
using GpuVae.Runs;
using GpuVae.Tests.Support;
using GpuVae.Tests.Training;
using Xunit;

namespace GpuVae.Tests.Runs;

/// <summary>Nothing that stands in a run folder leads a run out of it, or makes it wait.</summary>
public sealed class OwnFilesTests : IDisposable
{
    private static readonly RunConfiguration _configuration = TemporaryRun.Small("vae") with { Latent = 2, Epochs = 2 };

    private readonly TemporaryRun _run = new();
    private readonly TemporaryFolder _outside = new();

    /// <summary>What a run folder holds, and whether it is a folder.</summary>
    public static TheoryData<string, bool> Names => new()
    {
        { "config.json", false },
        { "metrics.jsonl", false },
        { "checkpoint.safetensors", false },
        { "checkpoint.previous.safetensors", false },
        { "best.safetensors", false },
        { "best.previous.safetensors", false },
        { "environment.json", false },
        { "run.lock", false },
        { "images", true },
        { "images/loss.png", false },
        { "images/reconstruction-0002.png", false },
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void A_link_changes_nothing_outside(string name, bool isFolder)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows lets few people make links");
        _run.Execute(_configuration with { Epochs = 1 });
        string path = Path.Combine(_run.Path, name), target = Plant(path, isFolder);
        string[] before = Snapshot();

        File.CreateSymbolicLink(path, target);
        Attack();
        Assert.Equal(before, Snapshot());
        if (isFolder)
            return;

        // A second name of the same file; and a link to where nothing is.
        File.Delete(path);
        Links.MakeHard(path, target);
        Attack();
        Assert.Equal(before, Snapshot());
        File.Delete(path);
        File.CreateSymbolicLink(path, _outside.File("nowhere"));
        Attack();
        Assert.Equal(before, Snapshot());
    }

    [Fact]
    public void The_folder_itself_may_be_a_link()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows lets few people make links");
        string real = _outside.File("real");
        Directory.CreateDirectory(real);
        Directory.CreateSymbolicLink(_run.Path, real);
        _run.Execute(_configuration);
        Assert.True(File.Exists(Path.Combine(real, "checkpoint.safetensors")));
    }

    [Theory]
    [InlineData("config.json", false)]
    [InlineData("metrics.jsonl", false)]
    [InlineData("run.lock", true)]
    [InlineData("checkpoint.safetensors", true)]
    public async Task A_pipe_or_a_socket_is_refused_and_nobody_waits(string name, bool isSocket)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has neither in a folder");
        _run.Execute(_configuration with { Epochs = 1 });
        string path = Path.Combine(_run.Path, name);
        File.Delete(path);
        using Socket? socket = isSocket ? Listen(path) : null;
        if (!isSocket)
            Links.MakePipe(path);
        UserException exception = await Assert.ThrowsAsync<UserException>(
            () => Soon(() => _run.Resume(_configuration)));
        Assert.StartsWith($"{path}: is a pipe, a socket or a device", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pipe_for_data_is_refused_and_nobody_waits()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has none in a folder");
        string path = _outside.File("data.csv");
        Links.MakePipe(path);
        IOException exception = await Assert.ThrowsAsync<IOException>(() => Soon(() => InputFile.Open(path).Dispose()));
        Assert.Contains("it is a pipe", exception.Message, StringComparison.Ordinal);
        exception = await Assert.ThrowsAsync<IOException>(() => Soon(() => InputFile.Open("/dev/zero").Dispose()));
        Assert.Contains("a device", exception.Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _run.Dispose();
        _outside.Dispose();
    }

    /// <summary>Fails where it takes so long that somebody is waiting for something that never comes.</summary>
    private static Task Soon(Action action) => Task.Run(action).WaitAsync(TimeSpan.FromSeconds(20));

    private static Socket Listen(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        return socket;
    }

    /// <summary>Moves what has a name out of the run, with files beside it that a run would take away in a folder of its own.</summary>
    private string Plant(string path, bool isFolder)
    {
        string target = _outside.File("target");
        if (isFolder)
        {
            Directory.Move(path, target);
            File.WriteAllText(Path.Combine(target, "reconstruction-0007.png"), "a picture of mine");
            File.WriteAllText(Path.Combine(target, $"loss.png.{Guid.NewGuid():N}.tmp"), "");
        }
        else if (File.Exists(path))
        {
            File.Move(path, target);
        }
        else
        {
            File.WriteAllText(target, "years of work");
        }
        return target;
    }

    /// <summary>All that is done with a run; whether it is refused or not, it may change nothing outside.</summary>
    private void Attack()
    {
        Try(() => _run.Resume(_configuration));
        Try(() =>
        {
            using var device = new ReferenceDevice();
            using var trained = TrainedModel.Open(_run.Path, device, capacity: 4);
            NewFile.Write(trained.Folder.ImagesPath, "generate", ".png", path => AtomicFile.Write(path, _ => { }));
            NewFile.Write(trained.Folder.FullPath, "codes", ".csv", path => AtomicFile.Write(path, _ => { }));
        });
        Try(() => RunFolder.Create(_run.Path, "vae", "data", json => json.WriteNullValue()));

        static void Try(Action action)
        {
            try
            {
                action();
            }
            catch (UserException exception)
            {
                Assert.DoesNotContain('\n', exception.Message);
            }
        }
    }

    private string[] Snapshot() =>
    [
        .. Directory.EnumerateFileSystemEntries(_outside.FullPath, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(path => File.Exists(path) ? $"{path} {Convert.ToHexString(File.ReadAllBytes(path))}" : path),
    ];
}
