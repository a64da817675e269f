using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using GpuVae.Bench.Epochs;
using GpuVae.Bench.Reports;
using GpuVae.Bench.Workers;
using GpuVae.Distributed;

namespace GpuVae.Bench.Scaling;

/// <summary>What the ranks of a measurement do.</summary>
/// <param name="Settings">What is trained.</param>
/// <param name="IsTogether">Whether it is one training of all; else each trains by itself, at the same time as the others.</param>
/// <param name="Epochs">Epochs that are measured, after one that is not.</param>
internal sealed record RankTask(EpochSettings Settings, bool IsTogether, int Epochs);

/// <summary>What came of it.</summary>
/// <param name="StepSeconds">Of a step in each epoch: of the slowest rank.</param>
/// <param name="Parameters">Gradients that are added in a step.</param>
/// <param name="SumSeconds">Of a sum of so many floats.</param>
internal sealed record RankAnswer(double[] StepSeconds, long Parameters, (int Floats, double Seconds)[] SumSeconds);

/// <summary>One of the processes that mpirun starts for <see cref="RankScaling"/>.</summary>
internal static class RankWorker
{
    /// <summary>The verb that makes this program one.</summary>
    public const string Verb = "rank-worker";

    private const int Sums = 30;

    private static readonly JsonSerializerOptions _format = new() { IncludeFields = true };

    // Powers of two up to what large models have.
    private static readonly int[] _lengths = [1, 1 << 10, 1 << 14, 1 << 17, 1 << 19, 1 << 21];

    /// <summary>Starts so many, and gives what the first one writes.</summary>
    /// <exception cref="UserException">They cannot be started, or fail.</exception>
    public static RankAnswer Run(int ranks, RankTask task)
    {
        string program = Environment.ProcessPath!;
        string[] self = Path.GetFileNameWithoutExtension(program) == "dotnet"
            ? [program, typeof(RankWorker).Assembly.Location]
            : [program];
        var start = new ProcessStartInfo(
            "mpirun",
            ["--oversubscribe", "-n", ranks.ToString(CultureInfo.InvariantCulture), .. self, Verb, JsonSerializer.Serialize(task, _format)])
        {
            RedirectStandardOutput = true,
        };
        start.Environment["OMPI_ALLOW_RUN_AS_ROOT"] = start.Environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1";
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        int begin = output.IndexOf('{', StringComparison.Ordinal);
        return process.ExitCode == 0 && begin >= 0
            ? JsonSerializer.Deserialize<RankAnswer>(output[begin..], _format)!
            : throw new UserException($"mpirun -n {ranks}: ended with {process.ExitCode}; Open MPI is needed (Debian: openmpi-bin)");
    }

    /// <summary>Is one of them.</summary>
    public static void Serve(string task)
    {
        RankTask asked = JsonSerializer.Deserialize<RankTask>(task, _format)!;
        using var mpi = MpiCommunicator.Start();
        using var ranks = new RankGroup(mpi);
        EpochSettings settings = asked.Settings with { Threads = ranks.Threads };
        if (asked.IsTogether)
        {
            using var runner = new GpuVaeRunner(settings, wrap: null, ranks);
            if (ranks.Rank > 0)
            {
                runner.Follow(ranks);
                return;
            }
            (int, double)[] none = [];
            Console.WriteLine(JsonSerializer.Serialize(new RankAnswer(Measure(runner, asked.Epochs), runner.Parameters, none), _format));
            return;
        }
        (int, double)[] sums = [.. _lengths.Select(length => (length, Sum(ranks, length)))];
        using var alone = new GpuVaeRunner(settings);
        double[] seconds = Measure(alone, asked.Epochs);
        float[] all = ranks.Gather(seconds.Length, mine => Array.ConvertAll(seconds, each => (float)each).CopyTo(mine)).ToArray();
        double[] slowest = [.. Enumerable.Range(0, seconds.Length).Select(epoch => (double)all.Where((_, i) => i % seconds.Length == epoch).Max())];
        if (ranks.Rank == 0)
            Console.WriteLine(JsonSerializer.Serialize(new RankAnswer(slowest, alone.Parameters, sums), _format));
        if (ranks.Rank > 0)
            ranks.Follow();
    }

    private static double[] Measure(GpuVaeRunner runner, int epochs)
    {
        runner.RunEpoch();
        return [.. Enumerable.Range(0, epochs).Select(_ =>
        {
            long start = Stopwatch.GetTimestamp();
            runner.RunEpoch();
            return Stopwatch.GetElapsedTime(start).TotalSeconds / runner.StepsPerEpoch;
        })];
    }

    private static double Sum(RankGroup ranks, int length)
    {
        OrderedSum sum = ranks.SumOf(length);
        var values = new float[length];
        float[] weights = [.. Enumerable.Repeat(1f, ranks.Size)];
        sum.Sum(values, weights);
        return Statistics.Median([.. Enumerable.Range(0, Sums).Select(_ =>
        {
            long start = Stopwatch.GetTimestamp();
            sum.Sum(values, weights);
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        })]);
    }
}
