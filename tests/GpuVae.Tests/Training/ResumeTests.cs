using GpuVae.Data;
using GpuVae.Files;
using GpuVae.Kernels;
using GpuVae.Runs;
using GpuVae.Tests.Models;
using GpuVae.Tests.Support;
using GpuVae.Training;
using Xunit;

namespace GpuVae.Tests.Training;

public sealed class ResumeTests : IDisposable
{
    private readonly IDevice _cpu = Device.Open("cpu");

    private static readonly RunConfiguration _configuration =
        TemporaryRun.Small("vae") with { Latent = 2, Epochs = 3, CheckpointEvery = "2", DataFingerprint = "one" };

    /// <summary>Three epochs, of which the last is the best; it is not measured where there are more, and they are worse.</summary>
    private static readonly RunConfiguration _turnsWorse = _configuration with
    {
        EvaluateEvery = 2,
        CheckpointEvery = "epoch",
        Schedule = "steps",
        RateSteps = [new RateStep(4, 2)],
    };

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 5)]
    [InlineData(2, 3)]
    [InlineData(2, 6)]
    [InlineData(3, 5)]
    public void Run_that_was_stopped_anywhere_ends_with_the_same_bits(int epoch, int step)
    {
        using TemporaryRun whole = new(_cpu), stopped = new(_cpu);
        whole.Execute(_configuration);
        stopped.ExecuteUntil(_configuration, epoch, step);
        RunResult result = stopped.Resume(_configuration);
        Assert.Equal(RunEnding.Finished, result.Ending);
        Assert.Contains("epoch", Assert.Single(stopped.Observer.Starts).Resumed, StringComparison.Ordinal);
        RequireSame(whole, stopped);
    }

    [Fact]
    public void Run_of_another_version_says_so_when_it_goes_on()
    {
        using TemporaryRun old = new(_cpu), same = new(_cpu);
        old.ExecuteUntil(_configuration with { GpuvaeVersion = "0.0.7" }, 2, 3);
        old.Resume(_configuration);
        Assert.Contains("\"0.0.7\" began it", Assert.Single(old.Observer.Starts).Resumed, StringComparison.Ordinal);
        same.ExecuteUntil(_configuration, 2, 3);
        same.Resume(_configuration);
        Assert.DoesNotContain("began it", Assert.Single(same.Observer.Starts).Resumed, StringComparison.Ordinal);
    }

    [Fact]
    public void Stopping_after_every_step_changes_nothing()
    {
        using TemporaryRun whole = new(_cpu), stopped = new(_cpu);
        whole.Execute(_configuration);
        stopped.ExecuteUntil(_configuration, 1, 1);
        int resumptions = 0;
        for (bool isDone = false; !isDone; resumptions++)
        {
            var observer = new RecordingObserver();
            RunResult result = TrainingRun.Resume(
                _configuration, TemporaryRun.Data, _cpu, stopped.Path, observer,
                new CancellationToken(canceled: true));
            isDone = result.Ending == RunEnding.Finished;
        }
        Assert.Equal(16, resumptions);
        RequireSame(whole, stopped);
    }

    [Fact]
    public void Damaged_checkpoint_is_replaced_by_the_one_before_and_later_metrics_are_written_again()
    {
        using TemporaryRun whole = new(_cpu), damaged = new(_cpu);
        RunConfiguration configuration = _configuration with { CheckpointEvery = "epoch" };
        whole.Execute(configuration);
        damaged.Execute(configuration);
        byte[] bytes = File.ReadAllBytes(damaged.Folder.CheckpointPath);
        bytes[^100] ^= 1;
        File.WriteAllBytes(damaged.Folder.CheckpointPath, bytes);
        damaged.Resume(configuration);
        string resumed = Assert.Single(damaged.Observer.Starts).Resumed!;
        Assert.StartsWith("after epoch 2, step 6 of 6: ", resumed, StringComparison.Ordinal);
        Assert.Contains("damaged", resumed, StringComparison.Ordinal);
        Assert.Equal([3], damaged.Observer.Epochs.Select(epoch => epoch.Epoch));
        RequireSame(whole, damaged);
    }

    [Fact]
    public void Missing_checkpoint_is_the_one_before_or_the_beginning()
    {
        using TemporaryRun whole = new(_cpu), without = new(_cpu);
        whole.Execute(_configuration);
        without.Execute(_configuration);
        File.Delete(without.Folder.CheckpointPath);
        without.Resume(_configuration);
        RequireSame(whole, without);
        File.Delete(without.Folder.CheckpointPath);
        File.Delete(without.Folder.PreviousCheckpointPath);
        without.Resume(_configuration);
        Assert.Contains("beginning", Assert.Single(without.Observer.Starts).Resumed, StringComparison.Ordinal);
        RequireSame(whole, without);
    }

    [Fact]
    public void Run_whose_checkpoints_are_both_damaged_is_refused_and_left_as_it_was()
    {
        using var run = new TemporaryRun(_cpu);
        run.Execute(_configuration);
        foreach (string path in (string[])[run.Folder.CheckpointPath, run.Folder.PreviousCheckpointPath])
            File.WriteAllBytes(path, File.ReadAllBytes(path)[..^8]);
        UserException exception = Assert.Throws<UserException>(() => run.Resume(_configuration));
        Assert.StartsWith(run.Folder.CheckpointPath, exception.Message, StringComparison.Ordinal);
        Assert.Equal(3, File.ReadAllLines(run.Folder.MetricsPath).Length);
    }

    [Theory]
    [InlineData("{\"epoch\": 4, \"train_lo")]
    [InlineData("")]
    public void Last_line_of_metrics_may_be_half_written(string rest)
    {
        using TemporaryRun whole = new(_cpu), cut = new(_cpu);
        whole.Execute(_configuration);
        cut.Execute(_configuration);
        string[] lines = File.ReadAllLines(cut.Folder.MetricsPath);
        File.WriteAllText(cut.Folder.MetricsPath, $"{lines[0]}\n{lines[1]}\n{(rest.Length > 0 ? rest : lines[2][..20])}");
        RunResult result = cut.Resume(_configuration);
        Assert.Equal((3, 0), (result.Epochs.Count, result.Steps));
        RequireSame(whole, cut);
    }

    [Fact]
    public void Finished_run_has_nothing_left_to_do_and_may_get_more_epochs()
    {
        using TemporaryRun longer = new(_cpu), raised = new(_cpu);
        longer.Execute(_configuration);
        raised.Execute(_configuration with { Epochs = 2 });
        RunResult nothing = raised.Resume(_configuration with { Epochs = 2 });
        Assert.Equal((RunEnding.Finished, 0), (nothing.Ending, nothing.Steps));
        Assert.Empty(raised.Observer.Epochs);
        raised.Resume(_configuration);
        RequireSame(longer, raised);
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(3, 4)]
    [InlineData(3, 5)]
    public void Epoch_that_was_measured_as_the_last_is_forgotten_when_the_run_gets_more(int epochs, int more)
    {
        using TemporaryRun longer = new(_cpu), raised = new(_cpu);
        RunConfiguration configuration = _configuration with { EvaluateEvery = 2, CheckpointEvery = "epoch" };
        longer.Execute(configuration with { Epochs = more });
        raised.Execute(configuration with { Epochs = epochs });
        RunResult result = raised.Resume(configuration with { Epochs = more });
        Assert.DoesNotContain(epochs, result.Epochs.Select(epoch => epoch.Epoch));
        RequireSame(longer, raised);
    }

    [Fact]
    public void Best_weights_before_such_an_epoch_come_back()
    {
        using TemporaryRun longer = new(_cpu), raised = new(_cpu), damaged = new(_cpu);
        longer.Execute(_turnsWorse with { Epochs = 6 });
        Assert.Equal("2", BestEpoch(longer));

        // A kill before the line of the last epoch, whose weights are the best already.
        raised.Execute(_turnsWorse);
        Assert.Equal("3", BestEpoch(raised));
        File.WriteAllLines(raised.Folder.MetricsPath, File.ReadAllLines(raised.Folder.MetricsPath)[..^1]);
        raised.Resume(_turnsWorse);
        Assert.Equal("3", BestEpoch(raised));
        raised.Resume(_turnsWorse with { Epochs = 6 });
        RequireSame(longer, raised);

        damaged.Execute(_turnsWorse);
        File.Delete(damaged.Folder.CheckpointPath);
        damaged.Resume(_turnsWorse with { Epochs = 6 });
        RequireSame(longer, damaged);
    }

    [Fact]
    public void Best_weights_that_stay_the_best_say_how_many_epochs_the_run_has()
    {
        using TemporaryRun longer = new(_cpu), raised = new(_cpu);
        RunConfiguration configuration = _turnsWorse with { EvaluateEvery = 1 };
        longer.Execute(configuration with { Epochs = 5 });
        raised.Execute(configuration);
        raised.Resume(configuration with { Epochs = 5 });
        Assert.Equal("3", BestEpoch(raised));
        RequireSame(longer, raised);
    }

    [Fact]
    public void Another_configuration_or_other_images_are_refused_by_a_line_that_names_the_difference()
    {
        using var run = new TemporaryRun(_cpu);
        run.Execute(_configuration);
        RequireRefused("--latent 3: the run began with 2 ", _configuration with { Latent = 3 });
        RequireRefused("--hidden 8,8: the run began with 8 ", _configuration with { Hidden = [8, 8] });
        RequireRefused(
            "--divergence sampled: the run began with exact ", _configuration with { Divergence = "sampled" });
        RequireRefused("--epochs 2: ", _configuration with { Epochs = 2 });
        RequireRefused("--data mnist: not the images ", _configuration with { DataFingerprint = "two" });
        Dataset fewer = TemporaryRun.Data with { Train = SmallModels.Images(9, seed: 1) };
        Assert.Contains(
            "is no place in a run of 3 steps",
            Assert.Throws<UserException>(() => run.Resume(_configuration, data: fewer)).Message, StringComparison.Ordinal);

        void RequireRefused(string start, RunConfiguration asked)
        {
            UserException exception = Assert.Throws<UserException>(() => run.Resume(asked));
            Assert.StartsWith(start, exception.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', exception.Message);
        }
    }

    [Fact]
    public void Cosine_schedule_cannot_get_more_epochs_and_a_constant_one_can()
    {
        RunConfiguration cosine = _configuration with { Schedule = "cosine" };
        UserException exception = Assert.Throws<UserException>(
            () => RunDifference.Require(cosine, cosine with { Epochs = 9 }, "it"));
        Assert.StartsWith("--epochs 9: ", exception.Message, StringComparison.Ordinal);
        RunDifference.Require(_configuration, _configuration with { Epochs = 9, Data = "moved", Patience = 3 }, "it");
    }

    [Fact]
    public void What_a_kill_leaves_without_a_name_is_taken_away_and_nothing_else()
    {
        using var run = new TemporaryRun(_cpu);
        run.Execute(_configuration);
        string random = $"{Guid.NewGuid():N}.tmp";
        string[] left =
        [
            $"{run.Folder.CheckpointPath}.{random}", $"{run.Folder.BestPath}.{random}", $"{run.Folder.LossPlotPath}.{random}",
            $"{run.Folder.ImagePath("samples", 3)}.{random}",
        ];
        string[] others =
        [
            Path.Combine(run.Path, "notes.tmp"), Path.Combine(run.Path, $"thesis.txt.{random}"),
            Path.Combine(run.Folder.ImagesPath, $"holiday.jpg.{random}"),
        ];
        foreach (string path in (string[])[.. left, .. others])
            File.WriteAllBytes(path, [1]);
        run.Resume(_configuration);
        Assert.DoesNotContain(left, File.Exists);
        Assert.All(others, path => Assert.True(File.Exists(path), path));
    }

    [Fact]
    public void Damaged_best_weights_and_missing_lines_are_told()
    {
        using var run = new TemporaryRun(_cpu);
        run.Execute(_configuration);
        byte[] best = File.ReadAllBytes(run.Folder.BestPath);
        best[^10] ^= 1;
        File.WriteAllBytes(run.Folder.BestPath, best);
        string[] lines = File.ReadAllLines(run.Folder.MetricsPath);
        File.WriteAllLines(run.Folder.MetricsPath, [lines[0], lines[2]]);
        run.Resume(_configuration);
        IReadOnlyList<string> notes = Assert.Single(run.Observer.Starts).Notes;
        Assert.Equal(2, notes.Count);
        Assert.Contains("no line for epoch 2", notes[0], StringComparison.Ordinal);
        Assert.Contains("best.safetensors: damaged", notes[1], StringComparison.Ordinal);
    }

    public void Dispose() => _cpu.Dispose();

    private static string BestEpoch(TemporaryRun run) => Safetensors.Read(run.Folder.BestPath).Metadata["epoch"];

    private static void RequireSame(TemporaryRun expected, TemporaryRun actual) =>
        Assert.Equal(RunContent.Describe(expected.Path), RunContent.Describe(actual.Path));
}
