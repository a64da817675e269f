using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary>A <c>detector.gpuvae</c> that does not belong to the weights beside it.</summary>
public sealed class StaleDetectorTests : IDisposable
{
    private readonly Workplace _workplace = new();

    public StaleDetectorTests()
    {
        File.WriteAllLines(_workplace.In("table.csv"), ["a,b", .. Enumerable.Range(0, 60).Select(i => $"{i % 7}.5,{(i % 7 * 2) + (i % 3)}")]);
        File.WriteAllLines(_workplace.In("three.csv"), ["a,b,c", .. Enumerable.Range(0, 60).Select(i => $"{i % 7}.5,{i % 7 * 2},{i % 5}")]);
        Train("run", "table.csv", epochs: 2);
    }

    [Fact]
    public void A_run_that_was_trained_on_is_judged_by_its_new_weights()
    {
        string kept = _workplace.In("run/detector.gpuvae"), old = _workplace.In("old.gpuvae");
        File.Copy(kept, old);
        Assert.Equal((0, ""), Use("detect", "run", "--out", "before.csv"));
        Run("train", "--resume", "run", "--epochs", "30");
        Assert.NotEqual(File.ReadAllBytes(old), File.ReadAllBytes(kept));
        Assert.Equal((0, ""), Use("detect", "run", "--out", "after.csv"));

        // As if the training had been killed before its end.
        File.Copy(old, kept, overwrite: true);
        (int code, string error) = Use("detect", "run", "--out", "stale.csv");
        Assert.Equal(0, code);
        Assert.Contains("other weights than the checkpoint", error, StringComparison.Ordinal);
        Assert.Equal(File.ReadAllText(_workplace.In("after.csv")), File.ReadAllText(_workplace.In("stale.csv")));
        Assert.NotEqual(File.ReadAllText(_workplace.In("before.csv")), File.ReadAllText(_workplace.In("stale.csv")));

        (code, error) = Use("export", "run", "--to", "onnx");
        Assert.Equal(0, code);
        Assert.Contains("it is left out", error, StringComparison.Ordinal);
        Assert.Equal(
            ["decoder.onnx", "encoder.onnx", "model.onnx"],
            Directory.GetFiles(_workplace.In("run/onnx"), "*.onnx").Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    /// <summary>Once an error of the program itself, or scores of another table.</summary>
    [Fact]
    public void The_detector_of_another_run_is_not_taken()
    {
        Train("other", "three.csv", epochs: 2);
        File.Copy(_workplace.In("other/detector.gpuvae"), _workplace.In("run/detector.gpuvae"), overwrite: true);
        (int code, string error) = Use("detect", "run", "--data", "table.csv");
        Assert.Equal(0, code);
        Assert.Contains("other weights than the checkpoint", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_of_a_single_row_is_trained_and_has_no_detector()
    {
        File.WriteAllLines(_workplace.In("two.csv"), ["a,b", "1,2", "3,4"]);
        Outcome outcome = Runner.Run(
            _workplace.Folder, ["train", "--preset", "anomaly", "--data", "two.csv", "--header", "yes", "--epochs", "1", "--device", "cpu", "--out", "single"]);
        Assert.Equal(0, outcome.ExitCode);
        Assert.Contains("no detector.gpuvae", outcome.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(_workplace.In("single/checkpoint.safetensors")));
    }

    public void Dispose() => _workplace.Dispose();

    private void Train(string run, string data, int epochs) => Run(
        "train", "--preset", "anomaly", "--hidden", "8", "--latent", "2", "--data", data, "--epochs", $"{epochs}", "--device", "cpu", "--out", run);

    private void Run(params string[] arguments)
    {
        Outcome outcome = Runner.Run(_workplace.Folder, arguments);
        Assert.True(outcome.ExitCode == 0, outcome.Error);
    }

    /// <summary>The exit code, and what stderr has in one line.</summary>
    private (int Code, string Error) Use(params string[] arguments)
    {
        Outcome outcome = Runner.Run(_workplace.Folder, arguments);
        return (outcome.ExitCode, outcome.Error.ReplaceLineEndings(" "));
    }
}
