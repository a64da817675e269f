using GpuVae.Data;
using GpuVae.Detection;
using GpuVae.Evaluation;
using GpuVae.Kernels;

namespace GpuVae.Reproductions;

/// <summary>What a detector of the benchmark may see while it is trained.</summary>
public enum AnomalyBenchmarkSetting
{
    /// <summary>A random half of the normal rows; the other half and all anomalies are judged.</summary>
    Semi,

    /// <summary>As many rows as there are, drawn with replacement, anomalies among them; every row is judged.</summary>
    Unsupervised,
}

/// <summary>What came of one table.</summary>
/// <param name="Name">The file's, without its ending.</param>
/// <param name="Rows">N.</param>
/// <param name="Columns">D.</param>
/// <param name="Anomalies">How many of the rows are.</param>
/// <param name="RocAuc">Of the detector, in per cent, for each seed.</param>
/// <param name="PrincipalComponents">Of the principal components of the same training rows, for each seed.</param>
public sealed record AnomalyBenchmarkRow(
    string Name, int Rows, int Columns, int Anomalies, IReadOnlyList<double> RocAuc, IReadOnlyList<double> PrincipalComponents);

/// <summary>
/// Tables of ADBench (Han et al. 2022) under the protocol of "On Diffusion Modeling for Anomaly Detection" (Livernoche et al. 2024,
/// section 5; vicliv/DTE): one detector with one set of defaults for every table, judged by the area under the ROC curve.
/// </summary>
public static class AnomalyBenchmark
{
    /// <summary>Training rows, at most.</summary>
    public const int MostTrainingRows = 50_000;

    /// <summary>The share of anomalies that is assumed of training rows in the unsupervised setting, whatever it is.</summary>
    public const double AssumedContamination = 0.1;

    /// <summary>The means over 22 tables that the authors publish, by setting: the method, and its area in per cent.</summary>
    /// <param name="setting">Which of the two.</param>
    public static IReadOnlyList<(string Method, double RocAuc)> Published(AnomalyBenchmarkSetting setting) =>
        setting == AnomalyBenchmarkSetting.Semi
            ?
            [
                ("PCA", 75.5), ("VAE", 77.2), ("IForest", 80.3), ("ICL", 82.4), ("DTE-C", 83.6), ("LOF", 83.8), ("KNN", 85.5),
                ("DTE-NP", 86.5),
            ]
            : [("KNN", 72.0), ("VAE", 74.2), ("DTE-C", 74.4), ("IForest", 77.1), ("MCD", 77.1)];

    /// <summary>The tables in a folder: NumPy's <c>.npz</c> files with the keys X and y.</summary>
    /// <param name="folder">Where they lie.</param>
    /// <exception cref="UserException">There is none.</exception>
    public static IReadOnlyList<string> Tables(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        string[] files = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.npz") : [];
        return files.Length > 0
            ? [.. files.OrderBy(path => Path.GetFileName(path), NaturalOrder.Instance)]
            : throw new UserException(
                $"{folder}: holds no .npz file; give the folder of ADBench's tables (Minqi824/ADBench, adbench/datasets/Classical)");
    }

    /// <summary>Trains and judges detectors on a table.</summary>
    /// <param name="path">An <c>.npz</c> file with X and y, 1 for an anomaly.</param>
    /// <param name="setting">What training sees.</param>
    /// <param name="seeds">Each decides the training rows and the detector.</param>
    /// <param name="cancellation">Ends it after the step at hand.</param>
    /// <exception cref="UserException">The file is no such table.</exception>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public static AnomalyBenchmarkRow Measure(
        string path, AnomalyBenchmarkSetting setting, IReadOnlyList<ulong> seeds, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(seeds);
        (ImageSet all, _) = NumpyReader.Read(new DataSettings { Data = path });
        if (all.Labels is null || all.LabelNames is null || all.Height != 1)
            throw new UserException($"{path}: holds no table X with labels y; the benchmark's files have both");
        bool[] isAnomaly = [.. Enumerable.Range(0, all.Count).Select(row => all.LabelOf(row) == "1")];
        int anomalies = isAnomaly.Count(value => value);
        if (anomalies == 0 || anomalies > all.Count - 4)
            throw new UserException($"{path}: {anomalies} of {all.Count} rows are labelled 1; an anomaly has that label, and most rows another");
        List<double> areas = [], baseline = [];
        foreach (ulong seed in seeds)
        {
            (int[] train, int[] judged) = Divide(isAnomaly, setting, seed);
            var options = new AnomalyOptions();
            options = options with
            {
                Configuration = options.Configuration with { Seed = seed, HoldOut = 0.1 },
                Threshold = setting == AnomalyBenchmarkSetting.Semi
                    ? options.Threshold
                    : ThresholdRule.Contamination(AssumedContamination),
            };
            bool[] positive = [.. judged.Select(row => isAnomaly[row])];
            ImageSet rows = all.Take(train).WithLabels(null), others = all.Take(judged).WithLabels(null);
            using (AnomalyDetector detector = AnomalyDetector.Train(rows, options, cancellation: cancellation))
                areas.Add(100 * RankingMetrics.RocAuc(detector.ScoreMany(others, cancellation), positive));
            baseline.Add(100 * RankingMetrics.RocAuc(PrincipalComponentScores.Of(rows, others), positive));
        }
        return new AnomalyBenchmarkRow(
            Path.GetFileNameWithoutExtension(path), all.Count, all.Dimensions, anomalies, areas, baseline);
    }

    /// <summary>The rows that train, and those that are judged.</summary>
    internal static (int[] Train, int[] Judged) Divide(bool[] isAnomaly, AnomalyBenchmarkSetting setting, ulong seed)
    {
        var source = new RandomSource(seed, RandomPurpose.HoldOut);
        if (setting == AnomalyBenchmarkSetting.Unsupervised)
        {
            var drawn = new float[isAnomaly.Length];
            Philox.FillUniform(source, 1, drawn);
            int[] rows = [.. drawn.Take(MostTrainingRows).Select(part => Math.Min((int)(part * (double)drawn.Length), drawn.Length - 1))];
            return (rows, [.. Enumerable.Range(0, isAnomaly.Length)]);
        }
        int[] normal = [.. Enumerable.Range(0, isAnomaly.Length).Where(row => !isAnomaly[row])];
        var order = new int[normal.Length];
        Philox.FillPermutation(source, 1, order);
        int half = Math.Min(normal.Length / 2, MostTrainingRows);
        int[] train = [.. order.Take(half).Select(place => normal[place])];
        return (train, [.. Enumerable.Range(0, isAnomaly.Length).Except(train)]);
    }
}
