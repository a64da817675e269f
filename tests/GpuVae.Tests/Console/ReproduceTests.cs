using System.Globalization;
using System.Text;
using System.Text.Json;
using GpuVae.Reproductions;
using GpuVae.Runs;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.CommandLine;

public sealed class ReproduceTests
{
    [Fact]
    public void List_names_every_setting()
    {
        Outcome outcome = Runner.Run(Path.GetTempPath(), "reproduce", "--list");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Equal(
            PublishedSettings.All.Select(setting => setting.Name).Prepend("name").Append("adbench"),
            outcome.Output.Split('\n').Select(line => line.Split(' ')[0]));
    }

    [Fact]
    public void Presets_are_printed_as_the_choices_they_are()
    {
        Outcome outcome = Runner.Run(Path.GetTempPath(), "presets");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        string[] lines = outcome.Output.Split('\n');
        Assert.Equal(["preset", .. Registry.Presets.Names], lines.TakeWhile(line => line.Length > 0).Select(line => line.Split(' ')[0]));
        Assert.Matches(@"^denoise +512-64 relu +point, gaussian, reconstruction +gaussian 0.2 +", lines[5]);
        Assert.Contains("elbo, β = 4", lines[3], StringComparison.Ordinal);
        // What has no column, and what data may change.
        Assert.Contains(
            "conv-vae-64 also has --image-size 64, --color rgb, --epochs 20, --batch 32.", lines);
        Assert.Contains("hash also has --learning-rate 0.002.", lines);
        Assert.StartsWith("bernoulli is for pictures and for 0 and 1: ", lines[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("reproduce", "reproduce: what?")]
    [InlineData("reproduce gan", "gan: nothing of that name to reproduce; there is pytorch-vae,")]
    [InlineData("reproduce pytorch-vae --k 5", "--k: pytorch-vae does not take it")]
    [InlineData("reproduce tf-conv-denoise --held-out", "--held-out: tf-conv-denoise does not take it")]
    [InlineData("reproduce iwae-table1 --k 2", "--objective vae --k 2: no row of the table")]
    [InlineData("reproduce tf-anomaly", "--data: this set does not come along; get ECG5000 from")]
    [InlineData("reproduce adbench", "--data: these tables do not come along; get them from Minqi824/ADBench")]
    [InlineData("reproduce adbench --data tiny --k 5", "--k: adbench does not take it")]
    [InlineData("reproduce adbench --data tiny --setting semis", "--setting semis: unknown; choose from semi, unsupervised")]
    [InlineData("reproduce adbench --data tiny --seeds 0", "--seeds 0: at least 1")]
    [InlineData("reproduce pytorch-vae --seeds 2", "--seeds: pytorch-vae does not take it")]
    [InlineData("reproduce pytorch-vae --test-limit 0", "--test-limit: at least 1")]
    [InlineData("reproduce pytorch-vae --out here --resume there", "--out here: a run goes on in its own folder")]
    public void A_mistake_is_one_line_and_leaves_nothing_behind(string line, string said)
    {
        using var workplace = new Workplace();
        string[] before = workplace.Snapshot();
        Outcome outcome = Runner.Run(workplace.Folder, line.Split(' '));
        Assert.Equal(2, outcome.ExitCode);
        Assert.StartsWith($"gpuvae: {said}", outcome.ErrorLine, StringComparison.Ordinal);
        Assert.Equal(before, workplace.Snapshot());
    }

    [Fact]
    public void Detectors_are_set_beside_what_was_published_of_others()
    {
        using var workplace = new Workplace();
        Directory.CreateDirectory(workplace.In("tables"));
        byte[] numbers = [.. Enumerable.Range(0, 60).SelectMany(row => BitConverter.GetBytes(row % 12 == 5 ? 9.0 + row : row % 7))];
        workplace.Put("tables/steps.npz", NumpyFiles.Archive(
            ("X.npy", NumpyFiles.Build("<f8", "60, 1", numbers)),
            ("y.npy", NumpyFiles.Build("|u1", "60,", [.. Enumerable.Range(0, 60).Select(row => (byte)(row % 12 == 5 ? 1 : 0))]))));
        string[] before = workplace.Snapshot();
        Outcome outcome = Runner.Run(workplace.Folder, "reproduce", "adbench", "--data", "tables", "--seeds", "2");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Equal(before, workplace.Snapshot());
        Assert.Matches(@"(?m)^table +rows +columns +anomalies +ours +least +most +PCA", outcome.Output);
        Assert.Matches(@"(?m)^steps +60 +1 +8\.3 % +100\.0 +100\.0 +100\.0 ", outcome.Output);
        Assert.Matches(@"(?m)^mean +100\.0 ", outcome.Output);
        Assert.Contains("DTE-NP", outcome.Output, StringComparison.Ordinal);

        Outcome figures = Runner.Run(workplace.Folder, "reproduce", "adbench", "--data", "tables", "--seeds", "2", "--json", "-");
        JsonElement table = JsonElement.Parse(figures.Output).GetProperty("tables")[0];
        Assert.Equal(("steps", 5), (table.GetProperty("table").GetString(), table.GetProperty("anomalies").GetInt32()));
        Assert.Equal([100.0, 100.0], table.GetProperty("ours").EnumerateArray().Select(area => area.GetDouble()));
    }

    [Fact]
    public void A_setting_is_trained_measured_and_set_beside_what_was_published()
    {
        using var workplace = new Workplace();
        workplace.Put("beats.csv", Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(0, 60).Select(Beat))));
        Outcome outcome = Runner.Run(
            workplace.Folder, "reproduce", "tf-anomaly", "--data", "beats.csv", "--device", "cpu", "--out", "run");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Matches(@"(?m)^figure +ours +published +claimed +kept", outcome.Output);
        Assert.Matches(@"(?m)^accuracy +[01]\.\d{4} +0\.9430", outcome.Output);
        Assert.Matches(@"(?m)^area under the ROC curve +[01]\.\d{4} +at least 0\.9500 +(yes|no)", outcome.Output);
        Assert.True(File.Exists(workplace.In("run/checkpoint.safetensors")));

        Outcome again = Runner.Run(
            workplace.Folder, "reproduce", "tf-anomaly", "--data", "beats.csv", "--device", "cpu", "--resume", "run", "--json", "again.json");
        Assert.Equal((0, ""), (again.ExitCode, again.Error));
        Assert.Equal([.. Figures(outcome), "", "written to again.json"], Figures(again));
        JsonElement accuracy = JsonElement.Parse(File.ReadAllText(workplace.In("again.json"))).GetProperty("figures").EnumerateArray()
            .Single(row => row.GetProperty("figure").GetString() == "accuracy");
        Assert.Equal(0.943, accuracy.GetProperty("published").GetDouble());
        Assert.Matches(string.Create(CultureInfo.InvariantCulture, $@"(?m)^accuracy +{accuracy.GetProperty("ours").GetDouble():F4} "), again.Output);

        Outcome other = Runner.Run(
            workplace.Folder, "reproduce", "tf-anomaly", "--data", "beats.csv", "--device", "cpu", "--resume", "run", "--seed",
            "2");
        Assert.Equal(1, other.ExitCode);
        Assert.StartsWith("gpuvae: --data beats.csv: not the images that", other.ErrorLine, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("keras-vae", @"^training loss, test images included, nats per image +[\d.]+ +146\.95")]
    [InlineData("keras-vae --held-out", @"^test loss, nats per image +[\d.]+ *$")]
    [InlineData("keras-vae --short", @"^test loss, nats per image +[\d.]+ +at most 160\.50 +(yes|no)")]
    [InlineData("tf-conv-denoise --short", @"^squared error of the denoised images, per pixel +[\d.]+ +at most 0\.0076 +(yes|no)")]
    [InlineData("bits-back --short --test-limit 4", @"^bits a pixel, bits back +[\d.]+ +1\.4100(.*\n)+  gzip +[\d.]+ +1\.6400(.*\n)+  PNG +[\d.]+ +2\.7900")]
    [InlineData("bits-back-binary --short", @"^bits a pixel, bits back +[\d.]+ +0\.1900(.*\n)+  −ELBO +[\d.]+ +0\.1900")]
    [InlineData("altosaar-vae --test-limit 2", @"^−log p\(x\), nats per image +[\d.]+ +100\.31")]
    public void Settings_on_images_take_others_of_that_size(string line, string figure)
    {
        using var workplace = new Workplace();
        Directory.CreateDirectory(workplace.In("digits"));
        workplace.Put("digits/train-images-idx3-ubyte", IdxFiles.BuildImages(20, 28, 28));
        workplace.Put("digits/t10k-images-idx3-ubyte", IdxFiles.BuildImages(8, 28, 28, first: 7));
        Outcome outcome = Runner.Run(
            workplace.Folder, ["reproduce", .. line.Split(' '), "--data", "digits", "--device", "cpu", "--out", "run"]);
        // Of a code that so few images teach nothing, a warning is right.
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        Assert.Matches($"(?m){figure}", outcome.Output);

        // The run knows what it was trained on.
        Assert.Contains(line == "keras-vae" ? "28 images to train on" : "20 images to train on", outcome.Output, StringComparison.Ordinal);
        outcome = Runner.Run(workplace.Folder, "evaluate", "run", "--device", "cpu");
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        Assert.DoesNotContain("not the images", outcome.Error, StringComparison.Ordinal);
    }

    private static string[] Figures(Outcome outcome) =>
        [.. outcome.Output.Split('\n').SkipWhile(line => !line.StartsWith("figure", StringComparison.Ordinal))];

    /// <summary>Every fourth example is another wave than the rest.</summary>
    private static string Beat(int example)
    {
        bool isNormal = example % 4 != 0;
        IEnumerable<double> wave = Enumerable.Range(0, 12).Select(
            t => isNormal ? Math.Sin(t + (0.01 * example)) : Math.Cos(2.3 * t) * (1 + (0.02 * example)));
        return string.Join(
            ',', wave.Select(value => value.ToString("R", CultureInfo.InvariantCulture)).Prepend(isNormal ? "1" : "2"));
    }
}
