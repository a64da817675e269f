using GpuVae.Runs;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Runs;

public sealed class RunLockTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string LockPath => _folder.File("run.lock");

    [Fact]
    public void Lock_is_had_once_and_gone_when_given_back()
    {
        using (RunLock.Acquire(LockPath))
        {
            Assert.StartsWith($"{Environment.ProcessId} ", File.ReadAllText(LockPath), StringComparison.Ordinal);
            UserException exception = Assert.Throws<UserException>(() => RunLock.Acquire(LockPath));
            Assert.Contains($"{Environment.ProcessId}", exception.Message, StringComparison.Ordinal);
        }
        Assert.False(File.Exists(LockPath));
        RunLock.Acquire(LockPath).Dispose();
    }

    [Fact]
    public void Lock_of_a_process_that_is_alive_is_respected()
    {
        File.WriteAllText(LockPath, $"1 {Environment.MachineName} {DateTime.UtcNow:O}\n");
        Assert.SkipWhen(OperatingSystem.IsWindows(), "process 1 is there on Unix only");
        Assert.Null(RunLock.TryAcquire(LockPath, out string owner));
        Assert.StartsWith("process 1 on ", owner, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("2147483647 HOST 2026-01-01T00:00:00.0000000Z\n")]
    [InlineData("1 HOST 1970-01-01T00:00:00.0000000Z\n")]
    public void Lock_whose_process_is_gone_or_began_later_counts_for_nothing(string content)
    {
        File.WriteAllText(LockPath, content.Replace("HOST", Environment.MachineName, StringComparison.Ordinal));
        RunLock.Acquire(LockPath).Dispose();
    }

    [Fact]
    public void Lock_of_another_machine_is_respected()
    {
        File.WriteAllText(LockPath, "2147483647 some-other-machine 2026-01-01T00:00:00.0000000Z\n");
        Assert.Throws<UserException>(() => RunLock.Acquire(LockPath));
    }

    [Fact]
    public void Of_many_who_come_at_once_one_has_it()
    {
        var taken = new RunLock?[16];
        Parallel.For(0, taken.Length, i => taken[i] = RunLock.TryAcquire(LockPath, out _));
        Assert.Single(taken, one => one is not null);
        taken.Single(one => one is not null)!.Dispose();
    }

    public void Dispose() => _folder.Dispose();
}
