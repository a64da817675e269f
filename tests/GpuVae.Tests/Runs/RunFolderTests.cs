using System.Text.Json;
using GpuVae.Runs;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Runs;

public sealed class RunFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_chosen_name_has_time_preset_and_data_and_never_comes_twice()
    {
        var clock = new StoppedClock(new DateTimeOffset(2026, 2, 3, 16, 5, 6, TimeSpan.FromHours(2)));
        string[] names = [.. Enumerable.Range(0, 3).Select(_ => Path.GetFileName(Choose(clock).FullPath))];
        const string First = "20260203-140506-vae-my-data";
        Assert.Equal([First, $"{First}-2", $"{First}-3"], names);
    }

    [Fact]
    public void Runs_that_start_together_get_different_folders()
    {
        var clock = new StoppedClock(DateTimeOffset.UnixEpoch);
        var paths = new string[8];
        Parallel.For(0, paths.Length, i => paths[i] = Choose(clock).FullPath);
        Assert.Equal(paths.Length, paths.Distinct().Count());
    }

    [Fact]
    public void A_new_or_empty_folder_is_taken()
    {
        string nested = _folder.File("a/b/run");
        Assert.True(File.Exists(Create(nested).ConfigurationPath));
        string empty = Directory.CreateDirectory(_folder.File("empty")).FullName;
        Assert.True(Directory.Exists(Create(empty).ImagesPath));
    }

    [Fact]
    public void A_folder_with_something_in_it_is_refused_and_left_as_it_was()
    {
        string path = Directory.CreateDirectory(_folder.File("run")).FullName;
        File.WriteAllText(Path.Combine(path, "thesis.txt"), "years of work");
        AssertRefused(path);
        Assert.Equal([Path.Combine(path, "thesis.txt")], Directory.GetFileSystemEntries(path));
        Assert.Equal("years of work", File.ReadAllText(Path.Combine(path, "thesis.txt")));
    }

    [Fact]
    public void The_folder_of_a_run_is_not_taken_by_the_next()
    {
        string path = _folder.File("run");
        string configuration = File.ReadAllText(Create(path).ConfigurationPath);
        AssertRefused(path);
        Assert.Equal(configuration, File.ReadAllText(Path.Combine(path, "config.json")));
    }

    [Fact]
    public void A_file_in_the_way_is_refused()
    {
        string path = _folder.File("run");
        File.WriteAllText(path, "text");
        AssertRefused(path);
        AssertRefused(Path.Combine(path, "below"));
        Assert.Equal("text", File.ReadAllText(path));
    }

    [Fact]
    public void The_configuration_is_written_to_be_read_by_people() =>
        Assert.Equal("{\n  \"latent\": 20\n}\n", File.ReadAllText(Create(_folder.File("run")).ConfigurationPath));

    /// <summary>Of pictures of 96×96 in colours, whose numbers have a scale each.</summary>
    [Fact]
    public void The_configuration_of_large_examples_can_be_read_again()
    {
        double[] scales = [.. Enumerable.Range(1, 96 * 96 * 3).Select(i => 1.0 / i)];
        RunConfiguration configuration = RunConfiguration.FromPreset("ae") with
        {
            Scale = "standard",
            ScaleOffsets = scales,
            ScaleFactors = scales,
        };
        RunFolder folder = RunFolder.Create(_folder.File("large"), "ae", "parts", configuration.WriteJson);
        Assert.InRange(new FileInfo(folder.ConfigurationPath).Length, (1 << 20) + 1, 1 << 22);
        Assert.Equal(scales, folder.ReadConfiguration().ScaleFactors);
    }

    [Fact]
    public void Metrics_are_a_line_an_epoch_in_full_precision()
    {
        RunFolder run = Create(_folder.File("run"));
        run.Append(new EpochMetrics(1, 1.0 / 3, Math.PI, 100, 25.5, 1e-9, 123456.789));
        RunFolder.Open(run.FullPath).Append(new EpochMetrics(2, double.NaN, double.PositiveInfinity, 100, 0, 1, 1));
        string[] lines = File.ReadAllLines(run.MetricsPath);
        Assert.Equal(2, lines.Length);
        using var first = JsonDocument.Parse(lines[0]);
        (string, double)[] expected =
        [
            ("epoch", 1), ("train_loss", 1.0 / 3), ("test_loss", Math.PI), ("reconstruction", 100), ("kl", 25.5),
            ("seconds", 1e-9), ("images_per_second", 123456.789), ("schema_version", 3),
        ];
        Assert.Equal(expected, first.RootElement.EnumerateObject().Select(item => (item.Name, item.Value.GetDouble())));
        Assert.StartsWith("""{"epoch":2,"train_loss":null,"test_loss":null,""", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Bits_per_dimension_are_in_the_lines_that_have_them_and_are_read_again()
    {
        RunFolder run = Create(_folder.File("run"));
        EpochMetrics[] epochs =
        [
            new(1, 9, 8, 7, 1, 1, 1) { BitsPerDimension = Math.E, OtherTerms = [new("bound", 3)] },
            new(2, 9, 8, 7, 1, 1, 1) { BitsPerDimension = double.NaN },
            new(3, 9, 8, 7, 1, 1, 1),
        ];
        foreach (EpochMetrics metrics in epochs)
            run.Append(metrics);
        string[] lines = File.ReadAllLines(run.MetricsPath);
        Assert.Contains($"\"kl\":1,\"bits_per_dimension\":{Math.E:R},\"bound\":3,", lines[0], StringComparison.Ordinal);
        Assert.Contains("\"bits_per_dimension\":null", lines[1], StringComparison.Ordinal);
        Assert.DoesNotContain("bits", lines[2], StringComparison.Ordinal);
        Assert.Equal(epochs, MetricsFile.Read(run.MetricsPath));
    }

    [Fact]
    public void Paths_lie_in_the_folder()
    {
        RunFolder run = Create(_folder.File("run"));
        Assert.Equal(_folder.File(Path.Combine("run", "images", "samples-0007.png")), run.ImagePath("samples", 7));
        Assert.Equal(_folder.File(Path.Combine("run", "images", "loss.png")), run.LossPlotPath);
        Assert.Equal(_folder.File(Path.Combine("run", "checkpoint.safetensors")), run.CheckpointPath);
    }

    [Fact]
    public void Only_the_folder_of_a_run_can_be_opened()
    {
        string message = Assert.Throws<UserException>(() => RunFolder.Open(_folder.FullPath)).Message;
        Assert.Contains("config.json", message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static RunFolder Create(string path) => RunFolder.Create(path, "vae", "mnist", WriteConfiguration);

    private static void WriteConfiguration(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("latent", 20);
        json.WriteEndObject();
    }

    private static void AssertRefused(string path)
    {
        string message = Assert.Throws<UserException>(() => Create(path)).Message;
        Assert.Contains(path, message, StringComparison.Ordinal);
        Assert.Contains("--out", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
        Assert.DoesNotContain(".;", message, StringComparison.Ordinal);
    }

    private RunFolder Choose(TimeProvider clock) =>
        RunFolder.Create(null, "vae", "my data", WriteConfiguration, clock, _folder.File("runs"));

    private sealed class StoppedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now.ToUniversalTime();
    }
}
