using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary><c>train --quiet</c>: errors, and the folder of the run.</summary>
public sealed class QuietTests
{
    private static readonly string[] _tiny =
        ["train", "--quiet", "--data", "tiny", "--device", "cpu", "--hidden", "8", "--latent", "2", "--batch", "8", "--epochs", "2"];

    [Fact]
    public void Only_the_folder_is_printed()
    {
        using var workplace = new Workplace();
        Assert.Equal(new Outcome(0, "run", ""), Runner.Run(workplace.Folder, [.. _tiny, "--out", "run"]));
        Outcome chosen = Runner.Run(workplace.Folder, _tiny);
        Assert.Equal((0, ""), (chosen.ExitCode, chosen.Error));
        Assert.True(File.Exists(workplace.In(Path.Combine(chosen.Output, "checkpoint.safetensors"))), chosen.Output);
        Assert.Equal(new Outcome(0, "run", ""), Runner.Run(workplace.Folder, "train", "--resume", "run", "--quiet"));
    }

    [Fact]
    public void Notes_are_not_printed_and_errors_are()
    {
        using var workplace = new Workplace();
        string rows = string.Join('\n', Enumerable.Range(0, 30).Select(i => FormattableString.Invariant($"{i % 7}.5,{i % 5}.25,{i % 3}.1")));
        workplace.Put("table.csv", System.Text.Encoding.UTF8.GetBytes(rows));
        string[] line = ["train", "--data", "table.csv", "--preset", "vae", "--device", "cpu", "--hidden", "8", "--latent", "2", "--epochs", "1"];
        Assert.Contains("note: ", Runner.Run(workplace.Folder, [.. line, "--out", "loud"]).Error, StringComparison.Ordinal);
        Assert.Equal(new Outcome(0, "run", ""), Runner.Run(workplace.Folder, [.. line, "--quiet", "--out", "run"]));

        Outcome failed = Runner.Run(workplace.Folder, [.. line, "--quiet", "--out", "run"]);
        Assert.Equal((1, ""), (failed.ExitCode, failed.Output));
        Assert.StartsWith("gpuvae: --out run: exists", failed.ErrorLine, StringComparison.Ordinal);
    }
}
