using System.Diagnostics;
using GpuVae.Bench.Reports;
using GpuVae.Tests.Support;

namespace GpuVae.Bench.Crash;

/// <summary>The part of <c>crash</c> that chooses exactly what happens to a run, and where.</summary>
internal static class FaultVerb
{
    private const int ManyEpochs = 1_000_000;

    /// <param name="report">Where the tables go.</param>
    /// <param name="program">What starts gpuvae.</param>
    /// <returns>Runs that are not as they have to be.</returns>
    public static int Execute(Report report, string[] program)
    {
        using var folder = new TemporaryFolder();
        var trial = new FaultTrial(folder.FullPath, program);
        long start = Stopwatch.GetTimestamp();
        trial.RunWhole();
        report.Say(
            "Then runs of 2 epochs with a checkpoint every 20 steps, each with one fault, after which it goes on without one. "
            + "`kill` is SIGKILL at the entry of a system call, `fail` a call that answers ENOSPC (mkdir, openat, pwrite64) or EIO "
            + "and does nothing, by strace, for every call of the thread that trains which changes the run's folder; `torn` a "
            + "finished run of which a file ends early or in zeros; `full` a disk of its own of that many KiB (tmpfs), which gets "
            + "more room afterwards; `limit` a limit for files of that many blocks (ulimit -f). A failure has to end the program "
            + "with exit code 1 and one line that names the run, or be made up for (link, unlink); whatever has its final name "
            + "has to be whole; in the end all files have to be those of an undisturbed run, and no others. "
            + "At openat the runtime's own files come between, now one more and now one less: what is not reached came to one of "
            + "those five times.");
        var table = new Table(2, "fault", "at", "cases", "not reached", "losses", "differences", "stray files", "unnoticed");
        int faults = 0;
        faults += Add(table, "torn", "checkpoint.safetensors", Tear(trial, "checkpoint.safetensors"));
        faults += Add(table, "torn", "metrics.jsonl, its last line", Tear(trial, "metrics.jsonl", mayBeZero: false));
        try
        {
            (string Place, FaultResult Result)[] full = [.. Until(kibibytes => trial.Fill(kibibytes), first: 4, step: 8)];
            faults += Add(table, "full", Range(full, "KiB"), full);
        }
        catch (NotSupportedException exception)
        {
            Skip(report, "full", exception.Message);
        }
        if (OperatingSystem.IsWindows())
        {
            Skip(report, "limit", "Windows has no ulimit");
        }
        else
        {
            (string Place, FaultResult Result)[] limits = [.. Until(blocks => trial.Limit(blocks), first: 1, step: 4)];
            faults += Add(table, "limit", Range(limits, "blocks"), limits);
        }
        if (trial.WhyNoCalls is string reason)
        {
            Skip(report, "kill and fail", reason);
        }
        else
        {
            IReadOnlyList<SystemCall> calls = trial.Calls();
            foreach (IGrouping<string, SystemCall> group in calls.GroupBy(call => call.Name))
                faults += Add(table, "kill", group.Key, [.. group.Select(call => ($"{call}", trial.Kill(call)))]);
            foreach (IGrouping<string, SystemCall> group in calls.GroupBy(call => call.Name))
                faults += Add(table, "fail", group.Key, [.. group.Select(call => ($"{call}", trial.Fail(call)))]);
        }
        report.Show(table);

        string run = Path.Combine(folder.FullPath, "whole");
        LongRunTrial.Lengthen(run, ManyEpochs);
        (double seconds, double memory) = LongRunTrial.GoOn(program, run);
        int lines = File.ReadLines(Path.Combine(run, "metrics.jsonl")).Count();
        faults += lines == ManyEpochs + 1 ? 0 : 1;
        report.Say(
            $"A run of {Format.Count(ManyEpochs)} epochs goes on for one more in {Format.Number(seconds)} seconds and at most "
            + $"{Format.Number(memory)} MiB, with {Format.Count(lines)} lines of metrics at the end. All of this took "
            + $"{Format.Number(Stopwatch.GetElapsedTime(start).TotalSeconds)} seconds.");
        return faults;
    }

    private static void Skip(Report report, string what, string reason)
    {
        Console.WriteLine($"skipped: {what}: {reason}");
        report.Say($"Left out: {what}, since {reason}.");
    }

    private static (string Place, FaultResult Result)[] Tear(FaultTrial trial, string file, bool mayBeZero = true) =>
    [
        .. from isZero in mayBeZero ? (bool[])[false, true] : [false]
           from eighth in Enumerable.Range(0, 8)
           select ($"{file} {eighth}/8{(isZero ? " zeros" : "")}", trial.Tear(file, eighth / 8.0, isZero)),
    ];

    /// <summary>From a size on until one is large enough.</summary>
    private static IEnumerable<(string Place, FaultResult Result)> Until(Func<int, FaultResult?> run, int first, int step)
    {
        for (int size = first; run(size) is FaultResult result; size += step)
            yield return ($"{size}", result);
    }

    private static string Range((string Place, FaultResult Result)[] cases, string unit) =>
        cases.Length == 0 ? unit : $"{cases[0].Place} to {cases[^1].Place} {unit}";

    private static int Add(Table table, string fault, string place, (string Place, FaultResult Result)[] cases)
    {
        foreach ((string one, FaultResult result) in cases.Where(one => !one.Result.IsGood || !one.Result.IsHit))
            Console.WriteLine($"{fault} {one}: {result}");
        int losses = cases.Count(one => one.Result.Loss is not null);
        int differences = cases.Count(one => one.Result is { Loss: null, IsSame: false });
        int strays = cases.Sum(one => one.Result.Strays), unnoticed = cases.Count(one => !one.Result.IsNoticed);
        table.Add(
            fault, place, Format.Count(cases.Length), Format.Count(cases.Count(one => !one.Result.IsHit)), Format.Count(losses),
            Format.Count(differences), Format.Count(strays), Format.Count(unnoticed));
        Console.WriteLine($"{fault} {place}: {cases.Length} cases, {losses} losses, {differences} differences");
        return cases.Count(one => !one.Result.IsGood);
    }
}
