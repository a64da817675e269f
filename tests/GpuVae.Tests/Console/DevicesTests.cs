using GpuVae.Kernels;
using Xunit;

namespace GpuVae.Tests.CommandLine;

public sealed class DevicesTests
{
    [Fact]
    public void Devices_lists_every_name_and_marks_the_one_that_auto_takes()
    {
        Outcome outcome = Runner.Run(Path.GetTempPath(), "devices");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        string[] lines = outcome.Output.Split('\n');
        Assert.Equal(Device.List().Select(device => device.Name), lines.Select(line => line.Split(' ')[0]));
        Assert.Contains(lines, line => line.StartsWith("cpu ", StringComparison.Ordinal));
        Assert.Single(lines, line => line.EndsWith("  auto", StringComparison.Ordinal));
    }

    [Fact]
    public void A_device_that_is_not_there_is_one_line_with_those_that_are()
    {
        Assert.SkipWhen(
            Device.List().Any(device => device.Name.StartsWith("cuda", StringComparison.Ordinal)),
            "this machine has a CUDA device");
        AssertRefused("cuda");
    }

    [Fact]
    public void An_unknown_device_is_one_line_with_those_that_are() => AssertRefused("abacus");

    [Fact]
    public void A_precision_that_the_device_lacks_is_one_line_that_says_which_has_it()
    {
        using var workplace = new Workplace();
        string[] before = workplace.Snapshot();
        Outcome outcome =
            Runner.Run(workplace.Folder, "train", "--data", "tiny", "--device", "cpu", "--precision", "tf32");
        Assert.NotEqual(0, outcome.ExitCode);
        Assert.Contains("--precision tf32 needs an NVIDIA GPU of compute capability 8.0", outcome.ErrorLine,
            StringComparison.Ordinal);
        Assert.Empty(outcome.Output);
        Assert.Equal(before, workplace.Snapshot());
    }

    private static void AssertRefused(string name)
    {
        using var workplace = new Workplace();
        string[] before = workplace.Snapshot();
        Outcome outcome = Runner.Run(workplace.Folder, "train", "--data", "tiny", "--device", name);
        Assert.NotEqual(0, outcome.ExitCode);
        Assert.Contains(name, outcome.ErrorLine, StringComparison.Ordinal);
        Assert.Contains("cpu", outcome.ErrorLine, StringComparison.Ordinal);
        Assert.Empty(outcome.Output);
        Assert.Equal(before, workplace.Snapshot());
    }
}
