using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace GpuVae.Bench.Workers;

/// <summary>A model and its data, ready to train.</summary>
public interface IEpochRunner : IDisposable
{
    /// <summary>Trains on every image once, in random order.</summary>
    /// <returns>The mean loss in nats per image.</returns>
    double RunEpoch();
}

/// <summary>
/// The conversation of the benchmark with a worker process, in lines. In: the settings as JSON, or <c>epoch</c>;
/// the end of the input ends the process. Out: <c>ready</c> after settings, the result as JSON after an epoch. Between
/// the lines a worker is blocked on a read and computes nothing.
/// </summary>
public static class WorkerLoop
{
    /// <summary>The line that asks for an epoch.</summary>
    public const string EpochRequest = "epoch";

    /// <summary>The answer to settings.</summary>
    public const string Ready = "ready";

    /// <summary>How a result is written and read: the loss of a library that goes astray may be no number.</summary>
    public static JsonSerializerOptions Format { get; } =
        new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>Answers until the input ends.</summary>
    public static void Run(TextReader input, TextWriter output, Func<EpochSettings, IEpochRunner> create)
    {
        IEpochRunner? runner = null;
        try
        {
            while (input.ReadLine() is string line)
            {
                if (line == EpochRequest)
                {
                    Reply(output, JsonSerializer.Serialize(Measure(runner
                        ?? throw new InvalidOperationException("An epoch was asked for before settings came.")), Format));
                    continue;
                }
                runner?.Dispose();
                runner = create(JsonSerializer.Deserialize<EpochSettings>(line)!);
                Reply(output, Ready);
            }
        }
        finally
        {
            runner?.Dispose();
        }
    }

    private static EpochResult Measure(IEpochRunner runner)
    {
        // What the work before left behind is not this epoch's to clear away.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var clock = Stopwatch.StartNew();
        double loss = runner.RunEpoch();
        return new EpochResult(clock.Elapsed.TotalSeconds, loss, PeakMemory());
    }

    private static void Reply(TextWriter output, string line)
    {
        output.WriteLine(line);
        output.Flush();
    }

    private static long PeakMemory()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
