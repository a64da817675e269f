using System.Text.Json;
using GpuVae.Cases.Reference;
using GpuVae.Data;
using GpuVae.Files;
using GpuVae.Imaging;
using GpuVae.Runs;
using GpuVae.Tests.Models;
using GpuVae.Training;
using Xunit;

namespace GpuVae.Tests.Training;

public sealed class TrainingRunTests
{
    [Fact]
    public void Variational_run_writes_everything_that_it_says_and_nothing_else()
    {
        using var run = new TemporaryRun();
        RunConfiguration configuration = TemporaryRun.Small("vae") with { Latent = 2 };
        RunResult result = run.Execute(configuration);
        string[] expected =
        [
            "best.safetensors", "checkpoint.previous.safetensors", "checkpoint.safetensors", "config.json",
            "images/loss.png",
            "images/manifold-0001.png", "images/manifold-0002.png",
            "images/reconstruction-0001.png", "images/reconstruction-0002.png",
            "images/samples-0001.png", "images/samples-0002.png", "images/samples.webp", "metrics.jsonl",
        ];
        Assert.Equal(expected, Directory.EnumerateFiles(run.Path, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(run.Path, file).Replace('\\', '/')).Order(StringComparer.Ordinal));
        Assert.Equal(expected, result.Files
            .Select(file => Path.GetRelativePath(run.Path, file).Replace('\\', '/')).Order(StringComparer.Ordinal));
        Assert.False(result.Interrupted);
        Assert.True(Png.Read(run.Folder.ImagePath("manifold", 2)).Width > 20 * SmallModels.Width);
    }

    [Fact]
    public void Run_without_a_prior_has_no_samples_and_no_manifold()
    {
        using var run = new TemporaryRun();
        RunResult result = run.Execute(TemporaryRun.Small("ae") with { Latent = 2 });
        Assert.Equal(
            ["loss.png", "reconstruction-0001.png", "reconstruction-0002.png", "reconstruction.webp"],
            Directory.EnumerateFiles(run.Folder.ImagesPath).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.All(result.Epochs, epoch => Assert.Equal(0, epoch.Kl));
        Assert.InRange(result.MeanSquaredError, 1e-6, 1);
    }

    [Theory]
    [InlineData("vae", 3.0)]
    [InlineData("ae", 1.0)]
    public void Metrics_in_the_file_are_those_reported_and_their_parts_add_up(string preset, double beta)
    {
        using var run = new TemporaryRun();
        RunResult result = run.Execute(TemporaryRun.Small(preset) with { Beta = beta });
        Assert.Equal(result.Epochs, run.Observer.Epochs);
        string[] lines = File.ReadAllLines(run.Folder.MetricsPath);
        Assert.Equal([1, 2], result.Epochs.Select(epoch => epoch.Epoch));
        Assert.Equal(2, lines.Length);
        for (int i = 0; i < lines.Length; i++)
        {
            EpochMetrics metrics = result.Epochs[i];
            JsonElement line = JsonDocument.Parse(lines[i]).RootElement;
            Assert.Equal(metrics.TestLoss, line.GetProperty("test_loss").GetDouble());
            Assert.Equal(metrics.TrainLoss, line.GetProperty("train_loss").GetDouble());
            Assert.Equal(metrics.Reconstruction + (beta * metrics.Kl), metrics.TestLoss, 1e-9);
            Assert.Equal(21 / metrics.Seconds, metrics.ImagesPerSecond, 1e-6 * metrics.ImagesPerSecond);
        }
        Assert.True(result.Epochs[1].TrainLoss < result.Epochs[0].TrainLoss);
    }

    /// <summary>The bound is that of likelihood and KL, which know nothing of the term.</summary>
    [Theory]
    [InlineData("ae", 1)]
    [InlineData("vae", 3)]
    public void Similarity_of_pictures_is_in_the_metrics_and_weighed_in_the_loss(string preset, int samples)
    {
        const double Weight = 0.4;
        using var run = new TemporaryRun();
        RunResult result = run.Execute(TemporaryRun.Small(preset) with { Ssim = Weight, Samples = samples, Epochs = 6 });
        foreach (EpochMetrics metrics in result.Epochs)
        {
            (string name, double similarity) = Assert.Single(metrics.OtherTerms);
            Assert.Equal("ssim", name);
            Assert.InRange(similarity, -0.2, 0.9);
            Assert.Equal(
                metrics.NegativeElbo + (Weight * SmallModels.Dimensions * (1 - similarity) / 2), metrics.TestLoss, 1e-9);
        }
        Assert.True(result.Epochs[^1].TrainLoss < result.Epochs[0].TrainLoss);
        string line = File.ReadAllLines(run.Folder.MetricsPath)[^1];
        Assert.Equal(result.Epochs[^1].OtherTerms[0].Value, JsonDocument.Parse(line).RootElement.GetProperty("ssim").GetDouble());
    }

    [Fact]
    public void Similarity_of_what_is_no_picture_of_numbers_from_0_to_1_is_refused()
    {
        static UserException Refused(ImageSet images, ImageSet? test = null)
        {
            using var run = new TemporaryRun();
            return Assert.Throws<UserException>(() => run.Execute(
                TemporaryRun.Small("ae") with { Ssim = 1, Likelihood = "gaussian" },
                data: new Dataset("own", images, test ?? images)));
        }

        float[] numbers = [.. Enumerable.Range(0, 60).Select(i => i / 30f)];
        Assert.StartsWith(
            "--ssim: compares windows", Refused(new ImageSet([.. numbers.Select(number => number / 2)], null, 1, 15)).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "--ssim compares pictures of numbers within 0 … 1", Refused(new ImageSet(numbers, null, 3, 5)).Message,
            StringComparison.Ordinal);
        ImageSet half = new([.. numbers.Select(number => number / 2)], null, 3, 5);
        Assert.Contains(
            "test part: --ssim compares", Refused(half, new ImageSet(numbers, null, 3, 5)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_that_is_measured_now_and_then_learns_the_same_and_ends_with_a_measurement()
    {
        using TemporaryRun every = new(), third = new();
        RunConfiguration configuration = TemporaryRun.Small("vae") with { Epochs = 5 };
        RunResult full = every.Execute(configuration);
        RunResult result = third.Execute(configuration with { EvaluateEvery = 3 });
        Assert.Equal([3, 5], result.Epochs.Select(epoch => epoch.Epoch));
        Assert.Equal(2, File.ReadAllLines(third.Folder.MetricsPath).Length);
        Assert.Equal(full.Epochs[4].TestLoss, result.Epochs[1].TestLoss);
        Assert.Equal(full.Epochs[2].TrainLoss, result.Epochs[0].TrainLoss);
        // The times are those of all epochs since the last measurement.
        Assert.Equal(3 * 21 / result.Epochs[0].Seconds, result.Epochs[0].ImagesPerSecond, 1e-6);
        Assert.False(File.Exists(third.Folder.ImagePath("reconstruction", 1)));
    }

    [Fact]
    public void Run_that_is_stopped_between_measurements_is_saved_where_it_stopped()
    {
        using var run = new TemporaryRun();
        RunConfiguration configuration = TemporaryRun.Small("vae") with { Epochs = 9, EvaluateEvery = 9 };
        RunResult result = run.Execute(configuration, onProgress: progress =>
        {
            if ((progress.Epoch, progress.Step) == (4, 6))
                run.Cancellation.Cancel();
        });
        Assert.True(result.Interrupted);
        IReadOnlyDictionary<string, string> metadata = Safetensors.Read(run.Folder.CheckpointPath).Metadata;
        Assert.Equal(("4", "6"), (metadata["epoch"], metadata["step_in_epoch"]));
    }

    [Fact]
    public void Checkpoint_has_parameters_moments_and_all_that_repeats_the_run()
    {
        using var run = new TemporaryRun();
        RunConfiguration configuration = TemporaryRun.Small("vae") with { Seed = 7 };
        run.Execute(configuration);
        SafetensorsFile file = Safetensors.Read(run.Folder.CheckpointPath);
        NamedTensor weight = file.Tensors.Single(tensor => tensor.Name == "encoder.1.weight");
        Assert.Equal([6, 8], weight.Shape);
        string[] names = [.. file.Tensors.Select(tensor => tensor.Name)];
        Assert.Equal((3 * 8) + 1, names.Length);
        Assert.Equal([6, 2], file.Tensors.Single(tensor => tensor.Name == "training.losses").Shape);
        foreach (string name in (string[])["encoder.0.weight", "encoder.0.bias", "decoder.1.weight", "decoder.1.bias"])
        {
            Assert.Contains(name, names);
            Assert.Contains($"optimizer.first_moment.{name}", names);
            Assert.Contains($"optimizer.second_moment.{name}", names);
        }
        Assert.All(file.Tensors, tensor => Assert.Contains(tensor.Values, value => value != 0));
        Assert.Equal(
            ("2", "2", "12", "7"),
            (file.Metadata["format_version"], file.Metadata["epoch"], file.Metadata["step"], file.Metadata["seed"]));
        JsonElement saved = JsonDocument.Parse(file.Metadata["configuration"]).RootElement;
        JsonElement config = JsonDocument.Parse(File.ReadAllText(run.Folder.ConfigurationPath)).RootElement;
        Assert.True(JsonElement.DeepEquals(saved, config));
    }

    [Fact]
    public void Repeated_run_writes_the_same_checkpoint()
    {
        using TemporaryRun one = new(), again = new();
        one.Execute(TemporaryRun.Small("vae"));
        again.Execute(TemporaryRun.Small("vae"));
        Assert.Equal(File.ReadAllBytes(one.Folder.CheckpointPath), File.ReadAllBytes(again.Folder.CheckpointPath));
    }

    [Fact]
    public void Observer_is_told_of_start_and_progress()
    {
        using var run = new TemporaryRun();
        run.Execute(TemporaryRun.Small("vae"));
        TrainingStart start = Assert.Single(run.Observer.Starts);
        Assert.Equal(("reference", 21, 13), (start.Device, start.TrainImages, start.TestImages));
        Assert.Equal(6, start.StepsPerEpoch);
        Assert.Equal("15-8-3-8-15 relu, diagonal code, bernoulli likelihood, elbo with β = 1", start.Model);
        Assert.Equal((15 * 8) + 8 + (8 * 6) + 6 + (3 * 8) + 8 + (8 * 15) + 15, start.Parameters);
        Assert.Equal(12, run.Observer.Reports.Count);
        Assert.Equal((2, 6), (run.Observer.Reports[^1].Epoch, run.Observer.Reports[^1].Step));
        Assert.Equal(TimeSpan.Zero, run.Observer.Reports[^1].Remaining);
        Assert.All(run.Observer.Reports, report => Assert.True(report.Loss > 0 && report.ImagesPerSecond > 0));
        Assert.Equal(run.Observer.Epochs[1].TrainLoss, run.Observer.Reports[^1].Loss);
    }

    [Fact]
    public void Limit_trains_on_the_first_images_and_a_batch_may_be_larger_than_they_are()
    {
        using var run = new TemporaryRun();
        run.Execute(TemporaryRun.Small("vae") with { Limit = 5, Batch = 100 });
        TrainingStart start = Assert.Single(run.Observer.Starts);
        Assert.Equal((5, 13, 1), (start.TrainImages, start.TestImages, start.StepsPerEpoch));
    }

    [Fact]
    public void Cancelling_stops_after_the_step_at_hand_and_saves_the_place()
    {
        using var run = new TemporaryRun();
        RunResult result = run.Execute(
            TemporaryRun.Small("vae"), onProgress: progress => CancelAt(progress, epoch: 2, step: 2, run));
        Assert.True(result.Interrupted);
        Assert.Single(result.Epochs);
        Assert.Single(File.ReadAllLines(run.Folder.MetricsPath));
        IReadOnlyDictionary<string, string> metadata = Safetensors.Read(run.Folder.CheckpointPath).Metadata;
        Assert.Equal(("2", "3", "9"), (metadata["epoch"], metadata["step_in_epoch"], metadata["step"]));
        Assert.Equal(3, run.Observer.Reports[^1].Step);
    }

    [Fact]
    public void Cancelling_at_the_end_of_an_epoch_begins_no_other()
    {
        using var run = new TemporaryRun();
        RunResult result = run.Execute(
            TemporaryRun.Small("vae"), onProgress: progress => CancelAt(progress, epoch: 1, step: 6, run));
        Assert.Equal((true, 1), (result.Interrupted, result.Epochs.Count));
    }

    [Fact]
    public void Learning_rate_that_is_far_too_large_is_a_divergence_that_writes_no_checkpoint()
    {
        using var run = new TemporaryRun();
        DivergedException exception = Assert.Throws<DivergedException>(
            () => run.Execute(TemporaryRun.Small("vae") with { LearningRate = 1e300 }));
        Assert.Contains("epoch 1, step 2", exception.Message, StringComparison.Ordinal);
        Assert.Contains("no checkpoint", exception.Message, StringComparison.Ordinal);
        Assert.Contains(" was first, at epoch 1, step ", exception.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(run.Folder.CheckpointPath));
        Assert.False(File.Exists(run.Folder.MetricsPath));
    }

    [Theory]
    [InlineData(9, "the training loss is not finite at epoch 2, step 4;")]
    [InlineData(12, "the test loss is not finite at epoch 2, step 6;")]
    public void Divergence_keeps_the_last_good_checkpoint(int update, string start)
    {
        using var run = new TemporaryRun();
        byte[] good = [];
        DivergedException exception = Assert.Throws<DivergedException>(() => run.Execute(
            TemporaryRun.Small("vae") with { Activation = "tanh" }, new PoisonedDevice(new ReferenceDevice(), update),
            progress =>
            {
                if (progress is { Epoch: 2, Step: 1 })
                    good = File.ReadAllBytes(run.Folder.CheckpointPath);
            }));
        Assert.StartsWith(start, exception.Message, StringComparison.Ordinal);
        Assert.EndsWith($"{run.Folder.CheckpointPath} holds epoch 1", exception.Message, StringComparison.Ordinal);
        Assert.NotEmpty(good);
        Assert.Equal(good, File.ReadAllBytes(run.Folder.CheckpointPath));
        Assert.Single(File.ReadAllLines(run.Folder.MetricsPath));
    }

    [Fact]
    public void Wrong_configuration_is_refused_before_anything_is_written()
    {
        using var run = new TemporaryRun();
        UserException exception = Assert.Throws<UserException>(
            () => run.Execute(TemporaryRun.Small("vae") with { Latent = 0 }));
        Assert.StartsWith("--latent 0: ", exception.Message, StringComparison.Ordinal);
        Assert.Empty(run.Observer.Starts);
        Assert.Empty(Directory.EnumerateFiles(run.Folder.ImagesPath));
    }

    private static void CancelAt(TrainingProgress progress, int epoch, int step, TemporaryRun run)
    {
        if (progress.Epoch == epoch && progress.Step == step)
            run.Cancellation.Cancel();
    }
}
