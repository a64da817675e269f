using System.Globalization;
using System.Text.RegularExpressions;
using GpuVae.Kernels;
using Xunit;

namespace GpuVae.Tests.CommandLine;

public sealed class DevicesTests
{
    [Fact]
    public void Devices_lists_every_name_and_marks_the_one_that_auto_takes()
    {
        string[] lines = List("devices");
        Assert.Equal(
            Device.List().Select(device => device.Name),
            lines.Where(line => line[0] != ' ').Select(line => line.Split(' ')[0]));
        using IDevice chosen = Device.Open("auto");
        string marked = Assert.Single(lines, line => line.EndsWith(" (auto)", StringComparison.Ordinal));
        Assert.StartsWith($"{chosen.Name} ", marked, StringComparison.Ordinal);
        Assert.DoesNotContain(lines, line => line.Contains("FLOP/s", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_device_has_its_memory_its_details_and_its_precisions()
    {
        string text = string.Join(' ', List("devices").Select(line => line.Trim()));
        Assert.All(Device.List(), device =>
        {
            Assert.Contains(device.Description, text, StringComparison.Ordinal);
            Assert.All(device.Details, detail => Assert.Contains(detail, text, StringComparison.Ordinal));
            Assert.Contains($"products in {string.Join(", ", device.Precisions).ToLowerInvariant()}", text, StringComparison.Ordinal);
        });
        Assert.Equal(Device.List().Count, Regex.Count(text, @"\d\.\d GiB of memory"));
    }

    [Fact]
    public void Measuring_gives_each_device_a_rate()
    {
        string[] lines = List("devices", "--measure");
        string[] rates = [.. lines.Where(line => line.Contains(" GFLOP/s in products of ", StringComparison.Ordinal))];
        Assert.Equal(
            Device.List().SelectMany(device => device.Precisions).Select(precision => $"{precision}:".ToLowerInvariant()),
            rates.Select(rate => rate.Trim().Split(' ')[0]));
        Assert.All(rates, rate => Assert.True(
            double.Parse(rate.Trim().Split(' ')[1], NumberStyles.Number, CultureInfo.InvariantCulture) > 0, rate));
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

    private static string[] List(params string[] arguments)
    {
        Outcome outcome = Runner.Run(Path.GetTempPath(), arguments);
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        string[] lines = outcome.Output.Split('\n');
        Assert.All(lines, line => Assert.InRange(line.Length, 1, 80));
        return lines;
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
