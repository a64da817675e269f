using System.Text.Json;
using GpuVae.Files;
using GpuVae.Imaging;
using Xunit;

namespace GpuVae.Tests.CommandLine;

public sealed class TrainTests
{
    private static readonly string[] _tiny =
        ["train", "--data", "tiny", "--device", "cpu", "--hidden", "16", "--latent", "2", "--batch", "10"];

    [Fact]
    public void A_run_writes_its_configuration_metrics_checkpoint_and_pictures()
    {
        using var workplace = new Workplace();
        Outcome outcome = Runner.Run(workplace.Folder, [.. _tiny, "--epochs", "2", "--seed", "7", "--out", "run"]);
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Contains("mean squared error", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("bits per dimension", outcome.Output, StringComparison.Ordinal);

        using var configuration = JsonDocument.Parse(File.ReadAllText(workplace.In("run/config.json")));
        JsonElement root = configuration.RootElement;
        Assert.Equal(7, root.GetProperty("seed").GetInt32());
        Assert.Equal(2, root.GetProperty("latent").GetInt32());
        Assert.Equal("vae", root.GetProperty("preset").GetString());
        Assert.Equal([16], root.GetProperty("hidden").EnumerateArray().Select(width => width.GetInt32()));

        string[] lines = File.ReadAllLines(workplace.In("run/metrics.jsonl"));
        Assert.Equal(2, lines.Length);
        for (int i = 0; i < lines.Length; i++)
        {
            using var line = JsonDocument.Parse(lines[i]);
            JsonElement metrics = line.RootElement;
            Assert.Equal(
                [
                    "epoch", "train_loss", "test_loss", "reconstruction", "kl", "seconds", "images_per_second", "learning_rate",
                    "effective_beta", "active_units", "unit_kl", "schema_version",
                ],
                metrics.EnumerateObject().Select(property => property.Name));
            Assert.Equal(i + 1, metrics.GetProperty("epoch").GetInt32());
            double test = metrics.GetProperty("test_loss").GetDouble();
            double parts = metrics.GetProperty("reconstruction").GetDouble() + metrics.GetProperty("kl").GetDouble();
            Assert.Equal(test, parts, 1e-3);
        }

        SafetensorsFile checkpoint = Safetensors.Read(workplace.In("run/checkpoint.safetensors"));
        Assert.Contains(checkpoint.Tensors, tensor => tensor.Name == "encoder.0.weight");

        string[] pictures = [.. Directory.GetFiles(workplace.In("run/images")).Select(file => Path.GetFileName(file))];
        Assert.Contains("loss.png", pictures);
        Assert.Contains("samples-0002.png", pictures);
        Assert.Contains("reconstruction-0002.png", pictures);
        Assert.Contains("manifold-0002.png", pictures);
        Assert.All(pictures, picture => Assert.NotEmpty(Png.Read(workplace.In($"run/images/{picture}")).Pixels));
    }

    [Fact]
    public void Augmentation_is_said_before_the_first_step_or_refused_before_there_is_a_folder()
    {
        using var workplace = new Workplace();
        Outcome outcome = Runner.Run(workplace.Folder, [.. _tiny, "--epochs", "1", "--augment", "flip,shift2", "--out", "run"]);
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Contains("; training images augmented: flip, shift up to 2 pixels\n", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("\"augment\": \"flip,shift2\"", File.ReadAllText(workplace.In("run/config.json")), StringComparison.Ordinal);

        outcome = Runner.Run(workplace.Folder, [.. _tiny, "--augment", "flip,shfit2", "--out", "typo"]);
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains("did you mean shift2?", outcome.ErrorLine, StringComparison.Ordinal);
        outcome = Runner.Run(workplace.Folder, [.. _tiny, "--augment", "shift5", "--out", "far"]);
        Assert.Equal(1, outcome.ExitCode);
        Assert.EndsWith("take shift1 to shift4", outcome.ErrorLine, StringComparison.Ordinal);
        Assert.False(Directory.Exists(workplace.In("typo")) || Directory.Exists(workplace.In("far")));
    }

    [Theory]
    [InlineData("--objective iwae --samples 3")]
    [InlineData("--divergence sampled --samples 3 --beta 2")]
    [InlineData("--code full --samples 2 --warm-up 1 --free-bits 0.1")]
    [InlineData("--code binary --objective reconstruction --code-noise 3")]
    public void Codes_and_objectives_can_be_chosen(string choices)
    {
        using var workplace = new Workplace();
        Outcome outcome = Runner.Run(workplace.Folder, [.. _tiny, .. choices.Split(' '), "--epochs", "1", "--out", "run"]);
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        using var metrics = JsonDocument.Parse(File.ReadAllLines(workplace.In("run/metrics.jsonl")).Single());
        Assert.InRange(metrics.RootElement.GetProperty("test_loss").GetDouble(), 1, 1e4);
        Assert.NotEmpty(Png.Read(workplace.In("run/images/reconstruction-0001.png")).Pixels);
    }

    [Theory]
    [InlineData("vae", "diagonal bernoulli elbo")]
    [InlineData("ae", "point gaussian reconstruction")]
    public void What_is_not_typed_comes_from_the_preset_and_the_defaults(string preset, string choices)
    {
        using var workplace = new Workplace();
        Outcome outcome = Runner.Run(
            workplace.Folder,
            "train", "--data", "tiny", "--device", "cpu", "--epochs", "1", "--preset", preset, "--out", "run");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        using var configuration = JsonDocument.Parse(File.ReadAllText(workplace.In("run/config.json")));
        JsonElement root = configuration.RootElement;
        string[] written =
        [
            root.GetProperty("code").GetString()!,
            root.GetProperty("likelihood").GetString()!,
            root.GetProperty("objective").GetString()!,
        ];
        Assert.Equal(choices, string.Join(' ', written));
        Assert.Equal([400], root.GetProperty("hidden").EnumerateArray().Select(width => width.GetInt32()));
        Assert.Equal((20, 128, 1e-3, 1UL), (
            root.GetProperty("latent").GetInt32(), root.GetProperty("batch").GetInt32(),
            root.GetProperty("learning_rate").GetDouble(), root.GetProperty("seed").GetUInt64()));
    }

    [Fact]
    public void A_folder_that_holds_anything_is_refused_and_left_as_it_was()
    {
        using var workplace = new Workplace();
        Directory.CreateDirectory(workplace.In("run"));
        workplace.Put("run/thesis.txt", [1, 2, 3]);
        string[] before = workplace.Snapshot();
        Outcome outcome = Runner.Run(workplace.Folder, [.. _tiny, "--out", "run"]);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("--out run: ", outcome.ErrorLine, StringComparison.Ordinal);
        Assert.Equal(before, workplace.Snapshot());
    }

    [Fact]
    public void Steps_per_launch_are_of_no_use_to_a_processor()
    {
        using var workplace = new Workplace();
        Outcome outcome = Runner.Run(
            workplace.Folder, "train", "--data", "tiny", "--epochs", "1", "--hidden", "4", "--latent", "2", "--device", "cpu", "--steps-per-launch", "8",
            "--out", "run");
        Assert.Equal(0, outcome.ExitCode);
        Assert.Equal(
            "note: --steps-per-launch 8: launches of several steps are of NVIDIA GPUs, and cpu does each step by itself", outcome.Error.TrimEnd());
        Assert.Contains("steps ran operation by operation", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_one_line()
    {
        using var workplace = new Workplace();
        workplace.Put("file", [1]);
        string[] before = workplace.Snapshot();
        Outcome outcome = Runner.Run(workplace.Folder, [.. _tiny, "--out", "file/run"]);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("file/run", outcome.ErrorLine, StringComparison.Ordinal);
        Assert.Equal(before, workplace.Snapshot());
    }

    [Fact]
    public void Without_out_each_run_has_a_folder_of_its_own()
    {
        using var workplace = new Workplace();
        for (int runs = 1; runs <= 2; runs++)
        {
            Outcome outcome = Runner.Run(workplace.Folder, [.. _tiny, "--epochs", "1", "--preset", "ae", "--limit", "8"]);
            Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
            string[] folders = Directory.GetDirectories(workplace.In("runs"));
            Assert.Equal(runs, folders.Length);
            Assert.All(folders, folder => Assert.Contains("-ae-tiny", folder, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void The_same_seed_gives_the_same_bits()
    {
        using var workplace = new Workplace();
        foreach (string run in new[] { "first", "second" })
        {
            Outcome outcome = Runner.Run(workplace.Folder, [.. _tiny, "--epochs", "2", "--seed", "3", "--out", run]);
            Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        }

        Assert.Equal(
            File.ReadAllBytes(workplace.In("first/checkpoint.safetensors")),
            File.ReadAllBytes(workplace.In("second/checkpoint.safetensors")));
    }

    [Fact]
    public void A_loss_that_is_no_number_stops_the_run_and_says_where()
    {
        using var workplace = new Workplace();
        Outcome outcome = Runner.Run(
            workplace.Folder, [.. _tiny, "--likelihood", "gaussian", "--learning-rate", "1e30", "--out", "run"]);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Matches("epoch [0-9]+.*step [0-9]+", outcome.ErrorLine);
    }

    [Fact]
    public void Interrupt_saves_the_run_and_exits_with_130()
    {
        Runner.RequireInterrupts();
        using var workplace = new Workplace();
        using Runner runner = Runner.Start(workplace.Folder, [.. _tiny, "--epochs", "1000000", "--out", "run"]);
        runner.WaitFor(() => File.Exists(workplace.In("run/metrics.jsonl")));
        runner.Interrupt();
        Outcome outcome = runner.Wait();
        Assert.Equal(130, outcome.ExitCode);
        Assert.Contains("saved in run; to go on: gpuvae train --resume run", outcome.ErrorLine, StringComparison.Ordinal);
        Assert.NotEmpty(Safetensors.Read(workplace.In("run/checkpoint.safetensors")).Tensors);
        Assert.All(File.ReadAllLines(workplace.In("run/metrics.jsonl")), line => JsonDocument.Parse(line).Dispose());
    }

    [Fact]
    public void Choices_that_are_too_large_leave_no_folder_behind()
    {
        using var workplace = new Workplace();
        Outcome outcome = Runner.Run(workplace.Folder, [.. _tiny[..5], "--hidden", "50000,50000", "--out", "run"]);
        Assert.Equal(1, outcome.ExitCode);
        Assert.StartsWith("gpuvae: --hidden 50000,50000: ", outcome.ErrorLine, StringComparison.Ordinal);
        Assert.False(Directory.Exists(workplace.In("run")));
    }
}
