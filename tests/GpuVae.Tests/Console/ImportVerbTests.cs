using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary><c>gpuvae import</c>, and the verbs on what it has made.</summary>
public sealed class ImportVerbTests : IDisposable
{
    private readonly Workplace _workplace = new();

    /// <summary>Weights for images of 6×5 pixels.</summary>
    public ImportVerbTests() => new TorchState()
        .Conv("encoder.0", 1, 3).Linear("fc_mu", 3 * 6 * 5, 2).Linear("fc_var", 3 * 6 * 5, 2)
        .Linear("decoder_input", 2, 3 * 6 * 5).Conv("decoder.0", 3, 1)
        .Write(_workplace.In("torch.safetensors"));

    [Fact]
    public void Verbs_take_the_run_that_it_makes()
    {
        Outcome outcome = Import("--data", "tiny", "--out", "run");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Matches(@"(?m)^here +there +shape +how$", outcome.Output);
        Assert.Matches(@"(?m)^encoder\.0\.weight +encoder\.0\.weight +\(3, 1, 3, 3\) +as is$", outcome.Output);
        Assert.Matches(
            @"(?m)^encoder\.1\.weight +fc_mu\.weight \+ fc_var\.weight +\(4, 90\) +joined, μ and log σ², columns from NCHW$", outcome.Output);
        Assert.Matches(@"(?m)^decoder\.0\.bias +decoder_input\.bias +\(90\) +from NCHW$", outcome.Output);
        Assert.Contains(
            "\nmodel: 6×5×1: conv 3 3 pad 1 | 2 | 6x5x3, conv C 3 pad 1, relu, diagonal code, bernoulli likelihood (as the options say; ",
            outcome.Output, StringComparison.Ordinal);
        Assert.Contains("written to run\nnext: gpuvae reconstruct run", outcome.Output, StringComparison.Ordinal);

        foreach (string line in (string[])
            ["evaluate run", "reconstruct run", "generate run", "encode run --out codes.csv", "decode codes.csv run", "detect run", "project run"])
        {
            Outcome used = Runner.Run(_workplace.Folder, [.. line.Split(' '), "--device", "cpu"]);
            // Of random weights a verb may warn.
            Assert.True(used.ExitCode == 0, $"{line}: {used.Error}");
            // What training could do otherwise is no advice for weights that were trained elsewhere.
            Assert.DoesNotContain("--warm-up", used.Error, StringComparison.Ordinal);
        }
        foreach (string options in (string[])["", " --data nowhere", " --image-size 9x9", " --out other", " --latent 7"])
        {
            Outcome resumed = Runner.Run(_workplace.Folder, $"train --resume run{options}".Split(' '));
            Assert.Equal(1, resumed.ExitCode);
            Assert.Contains("holds imported weights, which training does not go on with", resumed.ErrorLine, StringComparison.Ordinal);
        }
    }

    /// <summary>Without data the size of an image is said, and other verbs are given data of that size.</summary>
    [Fact]
    public void Data_may_come_later()
    {
        Outcome outcome = Import("--image-size", "6x5");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.EndsWith(" --data IMAGES", outcome.Output, StringComparison.Ordinal);
        string run = Assert.Single(Directory.GetDirectories(_workplace.In("runs")));
        Assert.Equal(0, Runner.Run(_workplace.Folder, "generate", run, "--device", "cpu").ExitCode);
        Assert.Equal(0, Runner.Run(_workplace.Folder, "evaluate", run, "--data", "tiny", "--device", "cpu").ExitCode);
        Assert.Equal(0, Runner.Run(_workplace.Folder, "traverse", run, "--device", "cpu").ExitCode);
        foreach (string line in (string[])["evaluate", "traverse --image 0", "detect", "reconstruct"])
        {
            Outcome without = Runner.Run(_workplace.Folder, [.. line.Split(' '), run, "--device", "cpu"]);
            Assert.Equal(1, without.ExitCode);
            Assert.EndsWith(
                ": was imported without data; --data gives some, of 6×5×1 numbers an example", without.ErrorLine.TrimEnd(),
                StringComparison.Ordinal);
        }
        Outcome detect = Runner.Run(_workplace.Folder, "detect", run, "--data", "tiny", "--device", "cpu");
        Assert.Equal(1, detect.ExitCode);
        Assert.Contains("was imported without data, so that it has no training data of its own; the threshold", detect.ErrorLine, StringComparison.Ordinal);
        Assert.Equal(0, Runner.Run(_workplace.Folder, "detect", run, "--data", "tiny", "--threshold", "9", "--device", "cpu").ExitCode);
        Outcome resumed = Runner.Run(_workplace.Folder, "train", "--resume", run);
        Assert.Contains("holds imported weights, which training does not go on with", resumed.ErrorLine, StringComparison.Ordinal);
    }

    /// <summary>A disk without room for the weights, or for the run's first line, is left as it was.</summary>
    [Theory]
    [InlineData("8k")]
    [InlineData("4k")]
    public void Full_disk_is_left_as_it_was(string size)
    {
        using var disk = new SmallDisk(size);
        string[] before = Directory.GetFileSystemEntries(disk.FullPath);
        Outcome outcome = Import("--image-size", "6x5", "--out", Path.Combine(disk.FullPath, "new", "run"));
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("No space left", outcome.ErrorLine, StringComparison.Ordinal);
        Assert.Equal(before, Directory.GetFileSystemEntries(disk.FullPath));
    }

    /// <summary>Weights that take no code of any input: what evaluate says of them is not how to train.</summary>
    [Fact]
    public void Collapsed_weights_are_no_matter_of_training_options()
    {
        new TorchState()
            .Put("fc_mu.weight", [2, 30], new float[60]).Put("fc_mu.bias", [2], new float[2])
            .Put("fc_var.weight", [2, 30], new float[60]).Put("fc_var.bias", [2], new float[2])
            .Linear("decoder.0", 2, 30).Write(_workplace.In("flat.safetensors"));
        Outcome made = Runner.Run(
            _workplace.Folder, "import", "flat.safetensors", "--hidden", "none", "--latent", "2", "--data", "tiny", "--out", "flat");
        Assert.Equal((0, ""), (made.ExitCode, made.Error));
        Outcome outcome = Runner.Run(_workplace.Folder, "evaluate", "flat", "--device", "cpu");
        Assert.Equal(
            "gpuvae: warning: the posterior has collapsed: 0 of 2 units tell images apart; the weights were trained so elsewhere, or the "
            + "options of import are not those of that model", outcome.ErrorLine);
    }

    [Fact]
    public void A_missing_file_and_another_code_are_told_as_such()
    {
        Outcome missing = Runner.Run(_workplace.Folder, "import", "nope");
        Assert.Equal("gpuvae: nope: cannot be read: there is no such file", missing.ErrorLine);
        Outcome plain = Import("--image-size", "6x5", "--preset", "ae");
        Assert.Contains("take --code diagonal (--preset vae)", plain.ErrorLine, StringComparison.Ordinal);
        new TorchState().Linear("fc1", 30, 2).Linear("fc2", 2, 30).Write(_workplace.In("plain.safetensors"));
        Outcome drawn = Runner.Run(
            _workplace.Folder, "import", "plain.safetensors", "--hidden", "none", "--latent", "2", "--image-size", "6x5");
        Assert.Contains("take --code point (--preset ae)", drawn.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public void What_does_not_fit_leaves_nothing_behind()
    {
        Directory.CreateDirectory(_workplace.In("taken"));
        _workplace.Put("taken/notes.txt", [1]);
        string[] before = _workplace.Snapshot();
        Outcome taken = Import("--image-size", "6x5", "--out", "taken");
        Assert.Equal(1, taken.ExitCode);
        Assert.Contains("--out taken: exists and is not an empty folder", taken.ErrorLine, StringComparison.Ordinal);
        Outcome other = Import("--image-size", "6x5", "--out", "run", "--code", "full");
        Assert.Equal(1, other.ExitCode);
        Assert.StartsWith(
            "gpuvae: torch.safetensors: encoder.1.weight is (5, 90), and nothing there is; nearest is fc_mu.weight (2, 90)", other.ErrorLine,
            StringComparison.Ordinal);
        Outcome wrong = Import("--image-size", "6x5", "--sigma", "2");
        Assert.Equal(2, wrong.ExitCode);
        Assert.Equal(2, Runner.Run(_workplace.Folder, "import").ExitCode);
        Assert.Equal(before, _workplace.Snapshot());
    }

    public void Dispose() => _workplace.Dispose();

    private Outcome Import(params string[] options) => Runner.Run(
        _workplace.Folder,
        [
            "import", "torch.safetensors", "--network", "conv 3 3 pad 1", "--decoder", "6x5x3, conv C 3 pad 1", "--latent", "2",
            .. options,
        ]);
}
