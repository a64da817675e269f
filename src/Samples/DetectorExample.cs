using GpuVae.Detection;

namespace GpuVae.Samples;

/// <summary>The README's example of a detector, which a test compares with this file line by line.</summary>
internal static class DetectorExample
{
    public static void Run(float[][] rows, float[] reading)
    {
        // Once, on normal rows: the threshold comes from their scores.
        string[] columns = ["current", "torque", "heat", "noise"];
        var options = new AnomalyOptions { Threshold = ThresholdRule.Quantile(0.99) };
        using (AnomalyDetector trained = AnomalyDetector.Train(rows, columns, options))
        {
            Console.WriteLine($"{trained.HeldOutShareFlagged:P1} of the rows that it did not see are false alarms");
            trained.Save("sensors.gpuvae");
        }

        // In the service, on any number of threads: microseconds a row, nothing allocated.
        using var detector = AnomalyDetector.Load("sensors.gpuvae");
        double score = detector.Score(reading);
        AnomalyVerdict verdict = detector.Verdict(new Dictionary<string, ColumnValue>
        {
            ["heat"] = 3,
            ["current"] = 0.4,
            ["torque"] = 0.2,
            ["noise"] = 0.1,
        });
        foreach (ColumnContribution column in detector.Explain(reading).Largest(3))
            Console.WriteLine($"{column.Name}: {column.Contribution:F2} of {score:F2}, expected {column.Expected}");
        if (verdict.IsAnomaly)
            Console.WriteLine($"stranger than {verdict.Probability:P2} of normal rows");
    }
}
