using GpuVae.Tests.CommandLine;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Crashing;

public sealed class KillTests
{
    [Fact]
    [Trait(LongTests.Trait, LongTests.AtLength)]
    public void Run_that_is_killed_a_few_times_ends_with_the_same_bits()
    {
        LongTests.Require();
        using var folder = new TemporaryFolder();
        var trial = new KillTrial(folder.FullPath, Runner.Program(), epochs: 6);
        trial.RunWhole();
        KillResult result = trial.RunKilled("killed", new Random(1), mostKills: 4);
        Assert.True(result.IsSame, $"after {result.Kills} kills the files differ");
    }
}
