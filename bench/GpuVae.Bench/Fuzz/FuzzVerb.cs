using System.Diagnostics;
using GpuVae.Bench.Reports;
using GpuVae.Tests.Fuzzing;
using GpuVae.Tests.Support;

namespace GpuVae.Bench.Fuzz;

/// <summary><c>fuzz</c>: what the readers of files do with hostile ones.</summary>
internal static class FuzzVerb
{
    /// <param name="report">Where the table goes.</param>
    /// <param name="names">Readers; all where there are none.</param>
    /// <param name="inputs">Files for each reader.</param>
    /// <param name="escapeFolder">Where files that get through are kept.</param>
    /// <returns>The number of files that got through.</returns>
    /// <exception cref="UserException">There is no reader of a name.</exception>
    public static int Execute(Report report, string[] names, int inputs, DirectoryInfo escapeFolder)
    {
        report.Say(
            $"{Format.Count(inputs)} files for each reader, made from whole ones by the tests' mutator: file n is the same in "
            + "every run. A file is read, refused by one line that names it, or an escape: another exception, an end that "
            + $"takes over a second, or over {FuzzRun.MostBytes >> 20} MB of managed memory, allocated in all by the one file.");
        var table = new Table(
            1, "reader", "inputs", "parsed", "refused", "escapes", "slowest ms", "most MB", "seconds");
        int escapes = 0;
        // One reader on each core: what a file allocates is counted by the thread that reads it.
        var results = Choose(names).AsParallel().AsOrdered().WithDegreeOfParallelism(Machine.Cores)
            .WithMergeOptions(ParallelMergeOptions.NotBuffered)
            .Select(reader => (reader, Fuzz(reader, inputs)));
        foreach ((FuzzReader reader, (FuzzResult result, TimeSpan time)) in results)
        {
            table.Add(
                reader.Name, Format.Count(inputs), Format.Count(result.Parsed), Format.Count(result.Refused),
                Format.Count(result.Escapes.Count), Format.Number(result.Slowest.TotalMilliseconds),
                Format.Number(result.MostAllocated / 1e6), Format.Number(time.TotalSeconds));
            Console.WriteLine($"{reader.Name}: {result.Parsed} parsed, {result.Refused} refused");
            foreach (FuzzEscape escape in result.Escapes)
                Keep(reader, escape, escapeFolder);
            escapes += result.Escapes.Count;
        }
        report.Show(table);
        using Process process = Process.GetCurrentProcess();
        report.Say(
            $"Peak memory of the process, native memory included: {Format.Megabytes(process.PeakWorkingSet64)} MB, with a heap "
            + $"limited to {Format.Megabytes(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)} MB.");
        return escapes;
    }

    /// <summary>Refuses a number of escapes other than 0.</summary>
    /// <exception cref="UserException">There were some.</exception>
    public static void Require(int escapes, DirectoryInfo escapeFolder)
    {
        if (escapes > 0)
            throw new UserException($"{escapes} hostile files got through; they are in {escapeFolder.FullName}");
    }

    private static (FuzzResult Result, TimeSpan Time) Fuzz(FuzzReader reader, int inputs)
    {
        using var folder = new TemporaryFolder();
        long start = Stopwatch.GetTimestamp();
        FuzzResult result = new FuzzRun(reader, folder.FullPath).Execute(inputs);
        return (result, Stopwatch.GetElapsedTime(start));
    }

    private static FuzzReader[] Choose(string[] names)
    {
        foreach (string name in names)
        {
            if (!FuzzReaders.All.Any(reader => reader.Name == name))
            {
                throw new UserException(
                    $"--readers {name}: there are {string.Join(", ", FuzzReaders.All.Select(reader => $"\"{reader.Name}\""))}");
            }
        }
        return [.. FuzzReaders.All.Where(reader => names.Length == 0 || names.Contains(reader.Name))];
    }

    private static void Keep(FuzzReader reader, FuzzEscape escape, DirectoryInfo folder)
    {
        folder.Create();
        string path = Path.Combine(folder.FullName, $"{reader.Name.Replace(' ', '-')}-{escape.Number}");
        File.WriteAllBytes(path, escape.Input);
        Console.WriteLine($"{reader.Name}: {escape}\nkept as {path}");
    }
}
