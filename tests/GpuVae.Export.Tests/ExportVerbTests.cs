using System.Diagnostics;
using System.Globalization;
using GpuVae.CommandLine;
using GpuVae.Detection;
using GpuVae.Files;
using GpuVae.Tests.Support;
using Microsoft.ML.OnnxRuntime;
using Xunit;

namespace GpuVae.Export.Tests;

/// <summary>The verb, on runs that are trained here: files that other programs load give what <c>detect</c> gives.</summary>
public sealed class ExportVerbTests
{
    private const string Threshold = "6.5";
    private const string PictureThreshold = "62";

    [Fact]
    public void A_table_with_words_and_missing_cells_scores_in_ONNX_Runtime_as_detect_does()
    {
        using var folder = new TemporaryFolder();
        string table = folder.File("cars.csv"), run = folder.File("run"), scores = folder.File("scores.csv");
        string[] lines = Table(200);
        File.WriteAllLines(table, lines);
        Run("train", "--data", table, "--categorical", "auto", "--missing", "mean", "--mask-missing", "--scale", "standard", "--preset", "anomaly",
            "--label-column", "none", "--epochs", "4", "--batch", "32", "--device", "cpu", "--pictures", "last", "--out", run);
        File.WriteAllLines(folder.File("new.csv"), [lines[0], .. lines[1..30], "3.5,lilac,9,red?,inf", "1e30,red,4,fast,0.2", "2,green,,fast,0.1", ",,,,"]);
        Run("detect", run, "--data", folder.File("new.csv"), "--score", "reconstruction", "--threshold", Threshold, "--device", "cpu", "--out", scores);
        Run("export", run, "--to", "onnx", "--threshold", Threshold, "--device", "cpu");

        using var session = new InferenceSession(Path.Combine(run, "onnx", "model.onnx"));
        Assert.Equal("""["weight","colour","doors","kind","wear"]""", session.ModelMetadata.CustomMetadataMap["columns"]);
        Assert.Equal("""["weight","doors","wear"]""", session.ModelMetadata.CustomMetadataMap["number_columns"]);
        Assert.Equal("""["colour","kind"]""", session.ModelMetadata.CustomMetadataMap["word_columns"]);
        Assert.Equal(Threshold, session.ModelMetadata.CustomMetadataMap["threshold"]);
        string[][] cells = [.. File.ReadAllLines(folder.File("new.csv")).Skip(1).Select(line => line.Split(','))];
        double[] numbers = [.. cells.SelectMany(row => (int[])[0, 2, 4], (row, column) => Number(row[column]))];
        using var numberInput = OrtValue.CreateTensorValueFromMemory(numbers, [cells.Length, 3]);
        using var wordInput = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, [cells.Length, 2]);
        for (int i = 0; i < cells.Length * 2; i++)
            wordInput.StringTensorSetElementAt(cells[i / 2][i % 2 == 0 ? 1 : 3].AsSpan(), i);
        using var options = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(
            options, ["numbers", "words"], [numberInput, wordInput], ["score", "anomaly", "reconstructed_words"]);
        RequireScores(scores, results[0].GetTensorDataAsSpan<double>(), results[1].GetTensorDataAsSpan<bool>());
        Assert.All(results[2].GetStringTensorAsArray().Where((_, i) => i % 2 == 0), word => Assert.Contains(word, (string[])["red", "green", "blue"]));
    }

    [Fact]
    public void Pictures_score_in_ONNX_Runtime_as_detect_does_and_come_back_from_PyTorchs_layout()
    {
        using var folder = new TemporaryFolder();
        string run = folder.File("run"), scores = folder.File("scores.csv"), torch = folder.File("torch"), back = folder.File("back");
        string[] network =
        [
            "--network", "conv 4 3/2 norm batch, res norm batch, pool 2, conv 6 3/2, dense 10",
            "--decoder", "2x2x4, up 5 3*2 to 4x3 norm group, upsample 4 to 14x12, conv C 3", "--latent", "3",
        ];
        WritePictures(folder.File("some-images-idx3-ubyte"), 120, seed: 1);
        byte[] pixels = WritePictures(folder.File("new-images-idx3-ubyte"), 40, seed: 2);
        Run([
            "train", "--data", folder.File("some-images-idx3-ubyte"), "--epochs", "3", "--batch", "32", "--device", "cpu",
            "--pictures", "last", "--out", run, .. network,
        ]);
        Run("detect", run, "--data", folder.File("new-images-idx3-ubyte"), "--score", "reconstruction", "--threshold", PictureThreshold, "--device", "cpu", "--out", scores);
        Run("export", run, "--to", "onnx", "--threshold", PictureThreshold, "--device", "cpu", "--out", folder.File("graphs"));

        using var session = new InferenceSession(folder.File(Path.Combine("graphs", "model.onnx")));
        using var input = OrtValue.CreateTensorValueFromMemory(pixels, [40, 14, 12, 1]);
        using var options = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(options, ["pixels"], [input], ["score", "anomaly"]);
        RequireScores(scores, results[0].GetTensorDataAsSpan<double>(), results[1].GetTensorDataAsSpan<bool>());

        // What the import makes of the files is the run they came from.
        Run("export", run, "--to", "pytorch", "--device", "cpu", "--out", torch);
        Run(["import", Path.Combine(torch, "weights.safetensors"), "--image-size", "14x12", "--out", back, .. network]);
        NamedTensor[] before = Weights(run), after = Weights(back);
        Assert.Equal(before.Select(tensor => tensor.Name), after.Select(tensor => tensor.Name));
        Assert.All(before.Zip(after), pair => Assert.Equal(pair.First.Values, pair.Second.Values));
        Assert.NotEqual(
            before.Single(tensor => tensor.Name == "decoder.0.weight").Values,
            Safetensors.Read(Path.Combine(torch, "weights.safetensors")).Tensors.Single(tensor => tensor.Name == "decoder.0.weight").Values);
        string python = File.ReadAllText(Path.Combine(torch, "model.py"));
        Assert.Contains("(\"3\", nn.MaxPool2d(2, 2)),", python, StringComparison.Ordinal);
        RequireCompiles(Path.Combine(torch, "model.py"));
    }

    [Fact]
    public void A_threshold_may_come_from_the_training_scores()
    {
        using var folder = new TemporaryFolder();
        string table = folder.File("t.csv"), run = folder.File("run");
        File.WriteAllLines(table, ["a,b,c", .. Enumerable.Range(0, 60).Select(i => FormattableString.Invariant($"{i % 7}.5,{i * i % 11}.25,{i % 3}.125"))]);
        Run("train", "--data", table, "--preset", "ae", "--hidden", "5", "--latent", "2", "--epochs", "1", "--device", "cpu", "--pictures", "last", "--out", run);
        Run("export", run, "--to", "onnx", "--threshold-quantile", "0.9", "--device", "cpu");
        using var session = new InferenceSession(Path.Combine(run, "onnx", "model.onnx"));
        Assert.True(double.IsFinite(double.Parse(session.ModelMetadata.CustomMetadataMap["threshold"], CultureInfo.InvariantCulture)));
        Assert.Contains("anomaly", session.OutputNames);
        Assert.Equal(
            ["decoder.onnx", "detector.onnx", "encoder.onnx", "model.onnx"],
            Directory.GetFiles(Path.Combine(run, "onnx")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_detector_is_written_by_itself_and_beside_its_runs_graphs()
    {
        using var folder = new TemporaryFolder();
        string table = folder.File("t.csv"), run = folder.File("run"), file = folder.File("sensors.gpuvae");
        File.WriteAllLines(table, ["current,heat,torque", .. Enumerable.Range(0, 90).Select(i => FormattableString.Invariant($"{i % 7}.5,{20 + (i % 11)}.25,{i % 3}.125"))]);
        Run("train", "--data", table, "--preset", "anomaly", "--scale", "standard", "--hidden", "8", "--latent", "2", "--epochs", "30", "--device", "cpu", "--pictures", "last", "--out", run);
        using (AnomalyDetector detector = AnomalyDetector.FromRun(run))
            detector.Save(file);
        Run("export", file, "--to", "onnx");
        string graph = folder.File(Path.Combine("onnx", "detector.onnx"));
        string[] said = Captured(() => ReadmeProgram.Run(graph)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, said.Length);
        Assert.EndsWith("of normal rows: an anomaly", said[0].TrimEnd(), StringComparison.Ordinal);
        Assert.Matches(@"of it is torque: 90, and [-0-9.]+ would be normal", said[1]);

        // Of a run both; a threshold that was given needs no rows, and gives no probability.
        using (AnomalyDetector detector = AnomalyDetector.FromRun(run, new AnomalyOptions { Threshold = ThresholdRule.Fixed(2) }))
            detector.Save(Path.Combine(run, "detector.gpuvae"));
        Run("export", run, "--to", "onnx", "--device", "cpu", "--out", folder.File("both"));
        Assert.Equal(
            ["decoder.onnx", "detector.onnx", "encoder.onnx", "model.onnx"],
            Directory.GetFiles(folder.File("both")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        using var session = new InferenceSession(folder.File(Path.Combine("both", "detector.onnx")));
        Assert.Equal(["score", "contributions", "verdict", "code", "reconstruction", "expected"], session.OutputNames);
        Assert.Equal("2", session.ModelMetadata.CustomMetadataMap["threshold"]);

        // A folder may hold a detector alone.
        Directory.CreateDirectory(folder.File("shipped"));
        File.Copy(file, folder.File(Path.Combine("shipped", "detector.gpuvae")));
        Run("export", folder.File("shipped"), "--to", "onnx", "--input", "numbers");
        Assert.True(File.Exists(folder.File(Path.Combine("shipped", "onnx", "detector.onnx"))));

        foreach ((string[] more, string expected) in ((string[], string)[])
        [
            (["--to", "pytorch"], $"--to pytorch: {file} is a detector, which is written as onnx alone; give the folder of its run"),
            (["--to", "onnx", "--threshold", "3"], $"--threshold: {file} is a detector, which has its own threshold; leave it out"),
            (["--to", "onnx", "--threshold-quantile", "0.5"], $"--threshold-quantile: {file} is a detector, which has its own threshold; leave it out"),
            (["--to", "onnx", "--weights", "best"], $"--weights: {file} is a detector, and no run; leave it out"),
        ])
        {
            (int code, string error) = Invoke(["export", file, .. more]);
            Assert.Equal(2, code);
            Assert.Contains(expected, error, StringComparison.Ordinal);
        }

        (string Path, string Fault)[] others =
        [
            (folder.File("none.gpuvae"), "none.gpuvae"), (Path.Combine(run, "checkpoint.safetensors"), "holds the weights of a run and no detector"),
            (table, "t.csv"),
        ];
        foreach ((string path, string fault) in others)
        {
            (int code, string error) = Invoke(["export", path, "--to", "onnx"]);
            Assert.NotEqual(0, code);
            Assert.Contains(fault, error, StringComparison.Ordinal);
            Assert.Single(error.Trim().Split('\n'));
        }
    }

    [Theory]
    [InlineData("--to is missing", new[] { "export" }, "--to: is missing; choose from onnx, pytorch")]
    [InlineData("unknown", new[] { "export", "--to", "keras" }, "--to keras: unknown; choose from onnx, pytorch")]
    [InlineData("threshold for pytorch", new[] { "export", "--to", "pytorch", "--threshold", "3" }, "--threshold: belongs to --to onnx; leave it out")]
    [InlineData("two thresholds", new[] { "export", "--to", "onnx", "--threshold", "3", "--threshold-quantile", "0.9" }, "--threshold and --threshold-quantile: there is one threshold; give one of them")]
    [InlineData("quantile", new[] { "export", "--to", "onnx", "--threshold-quantile", "90" }, "--threshold-quantile 90: must be from 0 to 1, such as 0.99")]
    [InlineData("input", new[] { "export", "--to", "onnx", "--input", "pixels" }, "--input pixels: unknown; choose from bytes, numbers")]
    public void A_wrong_command_line_is_refused_in_one_line(string name, string[] line, string expected)
    {
        Assert.NotEmpty(name);
        (int code, string error) = Invoke(line);
        Assert.Equal(2, code);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.Single(error.Trim().Split('\n'));
    }

    [Fact]
    public void The_readmes_program_is_the_one_that_runs_here()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "GpuVae.sln")))
            folder = Path.GetDirectoryName(folder);
        string readme = File.ReadAllText(Path.Combine(folder!, "README.md"));
        int begin = readme.IndexOf("```csharp", readme.IndexOf("## Into ONNX Runtime", StringComparison.Ordinal), StringComparison.Ordinal) + 9;
        string[] example = Lines(readme[begin..readme.IndexOf("```", begin, StringComparison.Ordinal)]);
        string[] program = Lines(File.ReadAllText(Path.Combine(folder!, "tests", "GpuVae.Export.Tests", "ReadmeProgram.cs")));
        Assert.True(example.Length > 15);
        Assert.Empty(example.Except(program));
    }

    private static string[] Lines(string text) =>
        text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static string Captured(Action program)
    {
        TextWriter before = Console.Out;
        using var text = new StringWriter();
        Console.SetOut(text);
        try
        {
            program();
            return text.ToString();
        }
        finally
        {
            Console.SetOut(before);
        }
    }

    private static string[] Table(int rows)
    {
        var random = new Random(7);
        string[] colours = ["red", "green", "blue"], kinds = ["fast", "slow"];
        return
        [
            "weight,colour,doors,kind,wear",
            .. Enumerable.Range(0, rows).Select(row => string.Join(',',
                (1 + (3 * random.NextDouble())).ToString("F3", CultureInfo.InvariantCulture), colours[random.Next(3)],
                row % 9 == 4 ? "" : $"{random.Next(2, 6)}", row % 13 == 5 ? "" : kinds[row % 2],
                random.NextDouble().ToString("F4", CultureInfo.InvariantCulture))),
        ];
    }

    /// <summary>Pictures of 14×12 with a bright half, in a file as MNIST's.</summary>
    private static byte[] WritePictures(string path, int count, int seed)
    {
        var random = new Random(seed);
        byte[] pixels = new byte[count * 14 * 12];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)(i % 12 < 6 == (i / 168 % 2 == 0) ? random.Next(200, 256) : random.Next(60));
        File.WriteAllBytes(path, [0, 0, 8, 3, 0, 0, 0, (byte)count, 0, 0, 0, 14, 0, 0, 0, 12, .. pixels]);
        return pixels;
    }

    private static double Number(string cell) => cell switch
    {
        "" => double.NaN,
        "inf" => double.PositiveInfinity,
        _ => double.Parse(cell, CultureInfo.InvariantCulture),
    };

    /// <summary>The scores of a file of <c>detect</c>, of its first rows, and its verdicts.</summary>
    private static void RequireScores(string path, ReadOnlySpan<double> scores, ReadOnlySpan<bool> verdicts)
    {
        string[] lines = File.ReadAllLines(path);
        string[] names = lines[0].Split(',');
        Assert.True(scores.Length >= 30 && scores.Length == lines.Length - 1);
        Assert.True(verdicts.Contains(true) && verdicts.Contains(false), $"a threshold that parts nothing: {string.Join(' ', scores.ToArray())}");
        for (int i = 0; i < scores.Length; i++)
        {
            string[] cells = lines[i + 1].Split(',');
            double expected = Number(cells[Array.IndexOf(names, "score")]);
            if (double.IsInfinity(expected))
                Assert.Equal(expected, scores[i]);
            else
                Assert.True(Math.Abs(expected - scores[i]) <= 1e-4 * Math.Abs(expected), $"row {i}: {expected:R} and {scores[i]:R}");
            Assert.Equal(cells[Array.IndexOf(names, "anomaly")] == "1", verdicts[i]);
        }
    }

    private static NamedTensor[] Weights(string run) =>
    [
        .. Safetensors.Read(Path.Combine(run, "checkpoint.safetensors")).Tensors.Where(
            tensor => tensor.Name.StartsWith("encoder", StringComparison.Ordinal) || tensor.Name.StartsWith("decoder", StringComparison.Ordinal)),
    ];

    private static void RequireCompiles(string path)
    {
        try
        {
            using var python = Process.Start(new ProcessStartInfo("python3", ["-m", "py_compile", path]) { RedirectStandardError = true })!;
            string error = python.StandardError.ReadToEnd();
            python.WaitForExit();
            Assert.True(python.ExitCode == 0, error);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("there is no python3 to compile the file with");
        }
    }

    private static void Run(params string[] line)
    {
        (int code, string error) = Invoke(line);
        Assert.True(code == 0, $"{string.Join(' ', line)}: {error}");
    }

    private static (int Code, string Error) Invoke(string[] line)
    {
        TextWriter output = Console.Out, error = Console.Error;
        using var text = new StringWriter();
        using var errors = new StringWriter();
        Console.SetOut(text);
        Console.SetError(errors);
        try
        {
            int code = GpuVaeProgram.Run(line);
            return (code, errors.ToString());
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(error);
        }
    }
}
