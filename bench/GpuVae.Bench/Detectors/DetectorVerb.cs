using System.Diagnostics;
using GpuVae.Bench.Reports;
using GpuVae.Detection;

namespace GpuVae.Bench.Detectors;

/// <summary>
/// <c>detector</c>: how long an anomaly detector takes for a row, one at a time on one thread, and what it allocates; of six sensors,
/// 6-32-16-3 without a memory, and the default with one.
/// </summary>
internal static class DetectorVerb
{
    private const int Columns = 6;
    private const int TrainingRows = 4000;

    /// <param name="report">Where the table goes.</param>
    /// <param name="rows">Scores that are timed, each by itself.</param>
    public static void Execute(Report report, int rows)
    {
        float[][] training = Rows(TrainingRows, seed: 1), judged = Rows(1000, seed: 2);
        var options = new AnomalyOptions();
        AnomalyOptions plain = options with
        {
            MemoryRows = 0,
            Configuration = options.Configuration with { Hidden = [32, 16], Latent = 3 },
        };
        var table = new Table(1, "microseconds a row", "median", "99 %", "many at once", "bytes allocated");
        Add("6-32-16-3, its own reconstruction", plain);
        Add("6-128-16, 2,048 remembered rows", options);
        report.Show(table);
        report.Say(
            $"{rows:N0} rows, one after the other on one thread, each timed by itself less the time of an empty interval; "
            + "and the mean of ScoreMany, which takes all cores.");

        void Add(string name, AnomalyOptions chosen)
        {
            using AnomalyDetector detector = AnomalyDetector.Train(training, null, chosen);
            (double[] microseconds, long bytes) = Time(detector, judged, rows);
            float[][] many = [.. Enumerable.Range(0, rows).Select(i => judged[i % judged.Length])];
            detector.ScoreMany(many);
            long start = Stopwatch.GetTimestamp();
            detector.ScoreMany(many);
            double together = Stopwatch.GetElapsedTime(start).TotalMicroseconds / rows;
            Array.Sort(microseconds);
            table.Add(
                name, Format.Number(microseconds[rows / 2]), Format.Number(microseconds[rows * 99 / 100]), Format.Number(together),
                $"{bytes:N0}");
        }
    }

    private static (double[] Microseconds, long Bytes) Time(AnomalyDetector detector, float[][] rows, int count)
    {
        var microseconds = new double[count];
        for (int i = 0; i < 2 * rows.Length; i++)
            detector.Score(rows[i % rows.Length]);
        double empty = Enumerable.Range(0, 1000).Min(_ =>
        {
            long now = Stopwatch.GetTimestamp();
            return Stopwatch.GetElapsedTime(now).TotalMicroseconds;
        });
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < count; i++)
        {
            long start = Stopwatch.GetTimestamp();
            detector.Score(rows[i % rows.Length]);
            microseconds[i] = Math.Max(0, Stopwatch.GetElapsedTime(start).TotalMicroseconds - empty);
        }
        return (microseconds, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    /// <summary>Sensors that follow one load.</summary>
    private static float[][] Rows(int count, int seed)
    {
        var random = new Random(seed);
        return
        [
            .. Enumerable.Range(0, count).Select(_ =>
            {
                double load = random.NextDouble();
                return Enumerable.Range(1, Columns).Select(gain => (float)((gain * load) + (0.05 * random.NextDouble()))).ToArray();
            }),
        ];
    }
}
