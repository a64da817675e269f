using System.Globalization;
using GpuVae.Data;
using GpuVae.Detection;

namespace GpuVae.Samples;

/// <summary>Learns what is normal in a CSV file of numbers, and names the rows of it that are least so, and why.</summary>
internal static class AnomaliesInCsv
{
    public static void Run(string[] args)
    {
        string folder = Directory.CreateTempSubdirectory("gpuvae-").FullName;
        string table = args.Length > 0 ? args[0] : WriteExample(Path.Combine(folder, "sensors.csv"));

        // 1. What is normal; one row of a hundred of those trained on is above the threshold.
        string model = Path.Combine(folder, "sensors.gpuvae");
        var options = new AnomalyOptions { Threshold = ThresholdRule.Contamination(0.01) };
        using (var trained = AnomalyDetector.Train(table, options))
        {
            Console.WriteLine($"threshold {trained.Threshold:F2}: {trained.HeldOutShareFlagged:P1} of the held-out rows are above");
            trained.Save(model);
        }

        // 2. Elsewhere, from that file alone: how strange each row is.
        using var detector = AnomalyDetector.Load(model);
        ImageSet rows = Datasets.Open(new DataSettings { Data = table, Whole = true }).Train;
        double[] scores = detector.ScoreMany(rows);
        Console.WriteLine($"{scores.Count(score => score > detector.Threshold)} of {scores.Length} rows are anomalies");

        // 3. Why: each column's part of the score.
        foreach (int row in Enumerable.Range(0, scores.Length).OrderByDescending(row => scores[row]).Take(5))
        {
            AnomalyExplanation why = detector.Explain(rows.Values.AsSpan(row * rows.Dimensions, rows.Dimensions));
            ColumnContribution odd = why.Largest(1)[0];
            Console.WriteLine(
                $"row {row}: {why.Verdict.Score:F2}, most of them ({odd.Contribution:F2}) for {odd.Name}: {odd.Given.Number:G3}, "
                + $"where {odd.Expected.Number:G3} was expected");
        }
    }

    /// <summary>Four sensors that follow one load, and a few readings that do not.</summary>
    private static string WriteExample(string path)
    {
        var random = new Random(1);
        using var file = new StreamWriter(path);
        file.WriteLine("current,torque,heat,noise");
        for (int i = 0; i < 1000; i++)
        {
            double load = random.NextDouble();
            double Read(double gain) => (gain * load) + (0.02 * random.NextDouble());
            double heat = i % 100 == 99 ? 3 : Read(0.5);
            file.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Read(4):F3},{Read(2):F3},{heat:F3},{Read(1):F3}"));
        }
        return path;
    }
}
