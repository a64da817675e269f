using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.CommandLine;

public sealed class ResumeVerbTests
{
    private static readonly string[] _tiny =
        ["train", "--data", "tiny", "--device", "cpu", "--hidden", "16", "--latent", "2", "--batch", "10", "--pictures", "all"];

    [Fact]
    [Trait(LongTests.Trait, LongTests.AtLength)]
    public void Interrupted_run_goes_on_with_the_command_that_it_names()
    {
        LongTests.Require();
        Runner.RequireInterrupts();
        using var workplace = new Workplace();
        (Outcome stopped, int epochs) = Runner.RunInterrupted(
            workplace.Folder, "run", "run/metrics.jsonl", epochs => [.. _tiny, "--epochs", $"{epochs}", "--out", "run"]);
        Assert.Equal(130, stopped.ExitCode);
        Assert.EndsWith("to go on: gpuvae train --resume run", stopped.ErrorLine, StringComparison.Ordinal);
        Assert.False(File.Exists(workplace.In("run/run.lock")));
        Outcome resumed = Runner.Run(workplace.Folder, "train", "--resume", "run");
        Assert.Equal((0, ""), (resumed.ExitCode, resumed.Error));
        Assert.Matches(@"\nresumed +after epoch \d+, step \d of 3", resumed.Output);
        Assert.Equal(epochs, File.ReadAllLines(workplace.In("run/metrics.jsonl")).Length);

        Runner.Run(workplace.Folder, [.. _tiny, "--epochs", $"{epochs}", "--out", "whole"]);
        Assert.Equal(RunContent.Describe(workplace.In("whole")), RunContent.Describe(workplace.In("run")));
    }

    [Fact]
    public void Finished_run_says_so_and_more_epochs_may_be_asked_for_but_nothing_else()
    {
        using var workplace = new Workplace();
        Runner.Run(workplace.Folder, [.. _tiny, "--epochs", "2", "--out", "run"]);
        string[] before = workplace.Snapshot();
        Outcome finished = Runner.Run(workplace.Folder, "train", "--resume", "run");
        Assert.Equal((0, ""), (finished.ExitCode, finished.Error));
        Assert.Contains("nothing was left to do: all 2 epochs were done", finished.Output, StringComparison.Ordinal);
        Assert.Equal(before, workplace.Snapshot());

        Refused(1, "--latent 3: the run began with 2 (", "--latent", "3");
        Refused(1, "--preset ae: the run began with vae (", "--preset", "ae");
        Refused(1, "--epochs 1: the run is to have 2 (", "--epochs", "1");
        Refused(2, "--out other: a run goes on in its own folder", "--out", "other");
        Directory.CreateDirectory(workplace.In("others"));
        foreach (string file in Directory.EnumerateFiles(workplace.In("tiny")))
            File.Copy(file, workplace.In($"others/{Path.GetFileName(file)}"));
        byte[] images = File.ReadAllBytes(workplace.In("others/train-images-idx3-ubyte"));
        images[^1] ^= 1;
        workplace.Put("others/train-images-idx3-ubyte", images);
        Refused(1, "--data others: not the images that the run began with", "--data", "others");

        Directory.Move(workplace.In("tiny"), workplace.In("moved"));
        Outcome more = Runner.Run(
            workplace.Folder, "train", "--resume", "run", "--data", "moved", "--epochs", "3", "--latent", "2");
        Assert.Equal((0, ""), (more.ExitCode, more.Error));
        Assert.Equal(3, File.ReadAllLines(workplace.In("run/metrics.jsonl")).Length);

        void Refused(int code, string start, params string[] more)
        {
            Outcome outcome = Runner.Run(workplace.Folder, ["train", "--resume", "run", .. more]);
            Assert.Equal(code, outcome.ExitCode);
            Assert.StartsWith($"gpuvae: {start}", outcome.ErrorLine, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Finished_run_that_is_measured_now_and_then_ends_with_the_files_of_a_longer_one()
    {
        using var workplace = new Workplace();
        string[] seldom = [.. _tiny, "--evaluate-every", "2"];
        Runner.Run(workplace.Folder, [.. seldom, "--epochs", "4", "--out", "whole"]);
        Runner.Run(workplace.Folder, [.. seldom, "--epochs", "3", "--out", "run"]);
        Assert.True(File.Exists(workplace.In("run/images/samples-0003.png")));
        Outcome more = Runner.Run(workplace.Folder, "train", "--resume", "run", "--epochs", "4");
        Assert.Equal((0, ""), (more.ExitCode, more.Error));
        Assert.Equal(RunContent.Describe(workplace.In("whole")), RunContent.Describe(workplace.In("run")));
    }

    [Fact]
    public void Second_process_in_a_folder_is_refused_and_a_kill_frees_it()
    {
        using var workplace = new Workplace();
        using (Runner first = Runner.Start(workplace.Folder, [.. _tiny, "--epochs", "1000000", "--out", "run"]))
        {
            first.WaitFor(() => File.Exists(workplace.In("run/metrics.jsonl")));
            Outcome second = Runner.Run(workplace.Folder, "train", "--resume", "run");
            Assert.Equal(1, second.ExitCode);
            Assert.Matches(@"run: process \d+ on \S+ trains in this folder", second.ErrorLine);
        }

        Assert.True(File.Exists(workplace.In("run/run.lock")));
        Outcome after = Runner.Run(workplace.Folder, "train", "--resume", "run", "--max-time", "0.1s");
        Assert.Equal((0, ""), (after.ExitCode, after.Error));
        Assert.Contains("as its time was up; to go on: gpuvae train --resume run", after.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(workplace.In("run/run.lock")));
    }

    [Theory]
    [InlineData("--max-time", "ten", "--max-time ten: not a time")]
    [InlineData("--checkpoint-every", "0", "--checkpoint-every 0: write ")]
    [InlineData("--checkpoint-every", "1d", "--checkpoint-every 1d: write ")]
    [InlineData("--patience", "0", "--patience 0: ")]
    public void Times_and_counts_that_mean_nothing_are_refused(string option, string value, string start)
    {
        using var workplace = new Workplace();
        Outcome outcome = Runner.Run(workplace.Folder, [.. _tiny, option, value]);
        Assert.Equal(2, outcome.ExitCode);
        Assert.StartsWith($"gpuvae: {start}", outcome.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public void Patience_ends_a_run_that_gets_no_better()
    {
        using var workplace = new Workplace();
        Outcome outcome = Runner.Run(
            workplace.Folder, [.. _tiny, "--epochs", "1000", "--patience", "2", "--learning-rate", "0.1", "--out", "run"]);
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Matches(@"stopped after epoch \d+, step 3: the test loss was best after epoch \d+", outcome.Output);
        Outcome again = Runner.Run(workplace.Folder, "train", "--resume", "run");
        Assert.Equal(0, again.ExitCode);
        Assert.Contains("the test loss was best after epoch", again.Output, StringComparison.Ordinal);
    }
}
