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
        using (RunLock taken = RunLock.Acquire(LockPath))
        {
            Assert.True(taken.IsLocked, taken.Note);
            UserException exception = Assert.Throws<UserException>(() => RunLock.Acquire(LockPath));
            Assert.Contains($"{Environment.ProcessId}", exception.Message, StringComparison.Ordinal);
        }
        Assert.False(File.Exists(LockPath));
        RunLock.Acquire(LockPath).Dispose();
    }

    /// <summary>As after a clock that was set forward: the process seems to have begun after it took the lock.</summary>
    [Theory]
    [InlineData("1970-01-01T00:00:00.0000000Z")]
    [InlineData("9999-12-31T00:00:00.0000000Z")]
    public void Lock_that_is_held_is_respected_whatever_the_clock_says(string time)
    {
        string text = $"1 {Environment.MachineName} {time}\n";
        File.WriteAllText(LockPath, text);
        // Another opening of the file is to the system what another process would be.
        using (new FileStream(
            LockPath, FileMode.Open, FileAccess.ReadWrite, OperatingSystem.IsWindows() ? FileShare.Read : FileShare.None))
        {
            Assert.Null(RunLock.TryAcquire(LockPath, out string owner));
            Assert.Equal($"process 1 on {Environment.MachineName}", owner);
        }
        Assert.Equal(text, File.ReadAllText(LockPath));
    }

    [Fact]
    public void What_stands_in_the_file_keeps_nobody_out_where_the_lock_is_free()
    {
        File.WriteAllText(LockPath, $"1 {Environment.MachineName} {DateTime.UtcNow:O}\n");
        RunLock.Acquire(LockPath).Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Lock_that_leads_elsewhere_is_refused_and_its_target_stays(bool isHard)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows lets few people make links");
        string target = _folder.File("thesis.txt");
        File.WriteAllText(target, "years of work");
        if (isHard)
            Links.MakeHard(LockPath, target);
        else
            File.CreateSymbolicLink(LockPath, target);
        UserException exception = Assert.Throws<UserException>(() => RunLock.Acquire(LockPath));
        Assert.StartsWith(LockPath, exception.Message, StringComparison.Ordinal);
        Assert.Equal("years of work", File.ReadAllText(target));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("2147483647 HOST 2026-01-01T00:00:00.0000000Z\n")]
    [InlineData("1 HOST 1970-01-01T00:00:00.0000000Z\n")]
    public void Lock_that_nobody_holds_counts_for_nothing(string content)
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
