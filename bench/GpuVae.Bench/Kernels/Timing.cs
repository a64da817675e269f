using System.Diagnostics;
using GpuVae.Bench.Reports;
using GpuVae.Cases;
using GpuVae.Kernels;

namespace GpuVae.Bench.Kernels;

/// <summary>Takes the time of one operation.</summary>
internal static class Timing
{
    private const int LeastSamples = 5;
    private const double SecondsOfSample = 1e-3;

    /// <summary>
    /// Median seconds of one execution, and its cost. Executions are timed in samples of about a millisecond, each of
    /// which waits for the device once, after as much time again for warm-up. A device with a clock of its own takes the
    /// time of each one.
    /// </summary>
    public static (double Seconds, OperationCost Cost) Measure(
        OperationCase row, IDevice backend, double secondsOfMeasurement)
    {
        using PreparedCase prepared = row.Prepare(backend);
        if (DeviceTiming.TryMeasure(prepared, backend, secondsOfMeasurement) is double seconds)
            return (seconds, prepared.Operation.Cost);
        int executions = WarmUp(prepared, backend, secondsOfMeasurement);
        var samples = new List<double>();
        var clock = Stopwatch.StartNew();
        while (samples.Count < LeastSamples || clock.Elapsed.TotalSeconds < secondsOfMeasurement)
            samples.Add(Seconds(prepared, backend, executions) / executions);
        return (Statistics.Median(samples), prepared.Operation.Cost);
    }

    // The runtime compiles a method that is called often anew, some tenths of a second after the calls.
    private static int WarmUp(PreparedCase prepared, IDevice backend, double seconds)
    {
        int executions = 1;
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed.TotalSeconds < Math.Max(seconds, SecondsOfSample))
        {
            double sample = Seconds(prepared, backend, executions);
            executions = Math.Max(1, (int)(executions * Math.Min(4, SecondsOfSample / sample)));
        }
        return executions;
    }

    private static double Seconds(PreparedCase prepared, IDevice backend, int executions)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < executions; i++)
            prepared.Execute();
        backend.Synchronize();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
