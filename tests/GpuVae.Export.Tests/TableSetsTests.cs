using System.Globalization;
using GpuVae.CommandLine;
using GpuVae.Data;
using GpuVae.Detection;
using GpuVae.Evaluation;
using GpuVae.Kernels;
using GpuVae.Reproductions;
using GpuVae.Tests.Support;
using Microsoft.ML.OnnxRuntime;
using Xunit;

namespace GpuVae.Export.Tests;

/// <summary>
/// Whole sets of rows, where <c>GPUVAE_TABLES</c> names a folder of <c>.npz</c> files with <c>X</c> and <c>y</c>: every score within 1e-4
/// of the library's, and the same verdict on every row whose score is not the threshold but for the rounding of float32.
/// </summary>
public sealed class TableSetsTests(ITestOutputHelper output)
{
    private const int Chunk = 4096;
    private const int DetectorChunk = 512;

    [Fact]
    public void Scores_and_verdicts_of_whole_sets_are_the_librarys()
    {
        string? tables = Environment.GetEnvironmentVariable("GPUVAE_TABLES");
        Assert.SkipWhen(string.IsNullOrEmpty(tables), "GPUVAE_TABLES names no folder of .npz files");
        using var folder = new TemporaryFolder();
        using IDevice device = Device.Open("cpu");
        List<string> faults = [];
        foreach (string path in Directory.GetFiles(tables!, "*.npz").Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileNameWithoutExtension(path), run = folder.File(name);
            Assert.Equal(0, GpuVaeProgram.Run([
                "train", "--data", path, "--preset", "anomaly", "--scale", "standard", "--epochs", "2", "--limit", "5000", "--device", "cpu",
                "--pictures", "last", "--out", run,
            ]));
            using var trained = TrainedModel.Open(run, device);
            // All rows of the file, as an array holds them.
            Dataset set = Datasets.Open(new DataSettings { Data = path, Whole = true, KeepsImpossible = true });
            ImageSet raw = set.Test, prepared = trained.Pipeline.Apply(path, raw, keepsImpossible: true);
            double[] scores = new AnomalyScorer(device, trained.Model, trained.Encoding, 1, AnomalyScore.Reconstruction, 1).Score(prepared);
            double threshold = ScoreThreshold.Quantile(scores, 0.9);
            OnnxExport.Write(device, trained, run, new OnnxExportOptions { Threshold = threshold });
            (double worst, int differing, int ties) = Compare(Path.Combine(run, "model.onnx"), raw, scores, threshold);
            string line = string.Create(
                CultureInfo.InvariantCulture, $"{name}: {raw.Count} rows of {raw.Dimensions}, largest relative difference {worst:E1}, {differing} verdicts differ, and {ties} of scores at the threshold");
            output.WriteLine(line);
            if (worst > 1e-4 || differing > 0)
                faults.Add(line);
        }
        Assert.Empty(faults);
    }

    [Theory]
    [InlineData(AnomalyBenchmarkSetting.Semi)]
    [InlineData(AnomalyBenchmarkSetting.Unsupervised)]
    public void Detectors_of_whole_sets_score_and_judge_as_the_library(AnomalyBenchmarkSetting setting)
    {
        string? tables = Environment.GetEnvironmentVariable("GPUVAE_TABLES");
        Assert.SkipWhen(string.IsNullOrEmpty(tables), "GPUVAE_TABLES names no folder of .npz files");
        using var folder = new TemporaryFolder();
        List<string> faults = [];
        output.WriteLine("| table | rows judged | columns | largest relative difference | rows with other neighbours | their largest | other rows above 1e-4 | verdicts that differ |");
        output.WriteLine("|---|---:|---:|---:|---:|---:|---:|---:|");
        foreach (string path in AnomalyBenchmark.Tables(tables!))
        {
            (ImageSet all, _) = NumpyReader.Read(new DataSettings { Data = path });
            bool[] isAnomaly = [.. Enumerable.Range(0, all.Count).Select(row => all.LabelOf(row) == "1")];
            (int[] train, int[] judged) = AnomalyBenchmark.Divide(isAnomaly, setting, seed: 0);
            var options = new AnomalyOptions();
            options = options with
            {
                Configuration = options.Configuration with { HoldOut = 0.1 },
                Threshold = setting == AnomalyBenchmarkSetting.Semi
                    ? options.Threshold
                    : ThresholdRule.Contamination(AnomalyBenchmark.AssumedContamination),
            };
            ImageSet rows = all.Take(judged).WithLabels(null);
            CancellationToken cancellation = TestContext.Current.CancellationToken;
            using var detector = AnomalyDetector.Train(all.Take(train).WithLabels(null), options, cancellation: cancellation);
            double[] scores = detector.ScoreMany(rows, cancellation);
            (double worst, int exchanged, double worstExchanged, int far, int differing) = Compare(OnnxExport.Write(detector, folder.FullPath), rows, detector, scores);
            string line = string.Create(
                CultureInfo.InvariantCulture,
                $"| {Path.GetFileNameWithoutExtension(path)} | {rows.Count} | {rows.Dimensions} | {worst:E1} | {exchanged} | {worstExchanged:E1} | {far} | {differing} |");
            output.WriteLine(line);
            if (far > 0 || differing > 0)
                faults.Add(line);
        }
        Assert.Empty(faults);
    }

    /// <summary>The largest difference is that of rows with the same neighbours.</summary>
    private static (double Worst, int Exchanged, double WorstExchanged, int Far, int Differing) Compare(
        string path, ImageSet rows, AnomalyDetector detector, double[] scores)
    {
        using var session = new InferenceSession(path);
        using var options = new RunOptions();
        double worst = 0, worstExchanged = 0;
        int exchanged = 0, far = 0, differing = 0;
        for (int first = 0; first < rows.Count; first += DetectorChunk)
        {
            int count = Math.Min(DetectorChunk, rows.Count - first);
            double[] numbers = [.. Enumerable.Range(first * rows.Dimensions, count * rows.Dimensions).Select(rows.Number)];
            using var input = OrtValue.CreateTensorValueFromMemory(numbers, [count, rows.Dimensions]);
            using IDisposableReadOnlyCollection<OrtValue> results = session.Run(
                options, ["numbers"], [input], ["score", "verdict", "code"]);
            ReadOnlySpan<double> given = results[0].GetTensorDataAsSpan<double>();
            ReadOnlySpan<bool> verdicts = results[1].GetTensorDataAsSpan<bool>();
            for (int i = 0; i < count; i++)
            {
                double score = scores[first + i], difference = score == given[i] ? 0 : Math.Abs(score - given[i]) / Math.Abs(score);
                differing += verdicts[i] == detector.VerdictOf(score).IsAnomaly ? 0 : 1;
                if (!(difference <= 1e-4) && MayExchange(
                    detector, numbers.AsSpan(i * rows.Dimensions, rows.Dimensions),
                    results[2].GetTensorDataAsSpan<float>().Slice(i * detector.CodeUnits, detector.CodeUnits)))
                {
                    exchanged++;
                    worstExchanged = Math.Max(worstExchanged, difference);
                    continue;
                }
                worst = Math.Max(worst, difference);
                far += difference <= 1e-4 ? 0 : 1;
            }
        }
        return (worst, exchanged, worstExchanged, far, differing);
    }

    /// <summary>
    /// Whether the last of the nearest codes and the next are equally far but for the rounding of the row's own code: an error of it
    /// moves a distance by at most its length.
    /// </summary>
    private static bool MayExchange(AnomalyDetector detector, ReadOnlySpan<double> row, ReadOnlySpan<float> given)
    {
        CodeMemory memory = detector.Model.Memory!;
        float[] code = detector.Encode(row);
        double[] distances = [.. memory.Codes.Chunk(memory.Units).Select(other => Distance(code, other)).Order()];
        double error = Distance(code, given), length = Distance(code, new float[code.Length]);
        double gap = distances[memory.Neighbors] - distances[memory.Neighbors - 1];
        return error <= 1e-5 * (1 + length) && gap <= (2 * error) + (1e-6 * distances[memory.Neighbors]);
    }

    private static double Distance(ReadOnlySpan<float> code, ReadOnlySpan<float> other)
    {
        double sum = 0;
        for (int i = 0; i < code.Length; i++)
            sum += ((double)code[i] - other[i]) * ((double)code[i] - other[i]);
        return Math.Sqrt(sum);
    }

    private static (double Worst, int Differing, int Ties) Compare(string path, ImageSet raw, double[] scores, double threshold)
    {
        using var session = new InferenceSession(path);
        using var options = new RunOptions();
        double worst = 0;
        int differing = 0, ties = 0;
        for (int first = 0; first < raw.Count; first += Chunk)
        {
            int count = Math.Min(Chunk, raw.Count - first);
            double[] numbers = [.. Enumerable.Range(first * raw.Dimensions, count * raw.Dimensions).Select(raw.Number)];
            using var input = OrtValue.CreateTensorValueFromMemory(numbers, [count, raw.Dimensions]);
            using IDisposableReadOnlyCollection<OrtValue> results = session.Run(options, ["numbers"], [input], ["score", "anomaly"]);
            ReadOnlySpan<double> given = results[0].GetTensorDataAsSpan<double>();
            ReadOnlySpan<bool> verdicts = results[1].GetTensorDataAsSpan<bool>();
            for (int i = 0; i < count; i++)
            {
                double score = scores[first + i];
                worst = Math.Max(worst, score == given[i] ? 0 : Math.Abs(score - given[i]) / Math.Abs(score));
                if (verdicts[i] == DetectionQuality.IsAnomaly(score, threshold))
                    continue;
                if (Math.Abs(score - threshold) <= 5e-7 * Math.Abs(threshold))
                    ties++;
                else
                    differing++;
            }
        }
        return (worst, differing, ties);
    }
}
