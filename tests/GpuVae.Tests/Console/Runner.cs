using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json.Serialization;
using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary>What a process left behind.</summary>
internal sealed record Outcome(int ExitCode, string Output, string Error)
{
    /// <summary>The only line of stderr.</summary>
    [JsonIgnore]
    public string ErrorLine
    {
        get
        {
            string line = Assert.Single(Error.TrimEnd().Split('\n')).Trim();
            Assert.StartsWith("gpuvae: ", line, StringComparison.Ordinal);
            return line;
        }
    }
}

/// <summary>
/// Runs the program as a person does: as a process, with the runtime that runs the tests. Lines that need no signal and
/// no variable share a <see cref="WarmProgram"/>.
/// </summary>
internal sealed class Runner : IDisposable
{
    private const int MostEpochs = 2000;

    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly List<string> _output = [];
    private readonly List<string> _error = [];

    private Runner(
        string folder, IReadOnlyDictionary<string, string> environment, string[] arguments, params string[] launcher)
    {
        string[] command = [.. launcher, .. Program(), .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Keep(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(_error, line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>What it has written to stdout so far.</summary>
    public string Output => Text(_output);

    /// <summary>Runs to the end in a working folder.</summary>
    public static Outcome Run(string folder, params string[] arguments) => WarmProgram.Run(folder, arguments, _limit);

    /// <summary>Runs to the end with some environment variables set.</summary>
    public static Outcome Run(
        string folder, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        using var runner = new Runner(folder, environment, arguments);
        return runner.Wait();
    }

    /// <summary>
    /// Runs a training that gets Ctrl-C in its midst. Where it is at its end before the signal comes, as on a machine with much else to
    /// do, it begins anew with twice the epochs.
    /// </summary>
    /// <param name="folder">Where.</param>
    /// <param name="output">What it writes there, for taking that away.</param>
    /// <param name="file">Is there once training has begun.</param>
    /// <param name="line">The command line for a number of epochs.</param>
    public static (Outcome Outcome, int Epochs) RunInterrupted(
        string folder, string output, string file, Func<int, string[]> line)
    {
        for (int epochs = 120; ; epochs *= 2)
        {
            using Runner runner = Start(folder, line(epochs));
            runner.WaitFor(() => File.Exists(Path.Combine(folder, file)));
            runner.Interrupt();
            Outcome outcome = runner.Wait();
            if (outcome.ExitCode != 0 || epochs >= MostEpochs)
                return (outcome, epochs);
            Directory.Delete(Path.Combine(folder, output), recursive: true);
        }
    }

    /// <summary>Starts in a working folder.</summary>
    public static Runner Start(string folder, params string[] arguments) =>
        new(folder, new Dictionary<string, string>(), arguments);

    /// <summary>Starts with some environment variables set.</summary>
    public static Runner Start(
        string folder, IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        new(folder, environment, arguments);

    /// <summary>Starts by another program, which gets the command behind its own arguments.</summary>
    public static Runner StartBy(
        string[] launcher, string folder, IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        new(folder, environment, arguments, launcher);

    /// <summary>
    /// Skips a test that needs Ctrl-C where nothing heeds it: on Windows, and in a job that a script began in the
    /// background, whose programs inherit that they ignore SIGINT.
    /// </summary>
    public static void RequireInterrupts() => RequireSignal(2);

    /// <summary>The same for another signal, by its number: SIGHUP, 1, is ignored under <c>nohup</c>.</summary>
    public static void RequireSignal(int number)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no kill; Ctrl-C there needs a console to share");
        const string Status = "/proc/self/status", Field = "SigIgn:";
        Assert.SkipWhen(
            File.Exists(Status)
                && File.ReadLines(Status).FirstOrDefault(line => line.StartsWith(Field, StringComparison.Ordinal)) is string line
                && (Convert.ToUInt64(line[Field.Length..].Trim(), 16) & (1ul << (number - 1))) != 0,
            "these tests run in the background, where the signal is ignored");
    }

    /// <summary>Sends SIGINT, as Ctrl-C does.</summary>
    public void Interrupt() => Signal("INT");

    /// <summary>Sends a signal by its name.</summary>
    public void Signal(string name)
    {
        // A shell has kill built in; the program of that name may be missing.
        using var kill = Process.Start("sh", ["-c", $"kill -{name} {_process.Id}"]);
        kill.WaitForExit();
    }

    /// <summary>Waits for a condition, which must come true while the process runs.</summary>
    public void WaitFor(Func<bool> condition)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.False(_process.HasExited, $"ended too early: {Text(_error)}");
            Assert.True(clock.Elapsed < _limit, "waited too long");
            Thread.Sleep(20);
        }
    }

    /// <summary>Waits for the end.</summary>
    public Outcome Wait()
    {
        Assert.True(_process.WaitForExit(_limit), "the process did not end in time");
        _process.WaitForExit();
        return new Outcome(_process.ExitCode, Text(_output), Text(_error));
    }

    /// <summary>Ends the process where it still runs.</summary>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    /// <summary>Where the tests bring the runtime along, gpuvae does so too; else the installed runtime starts it.</summary>
    public static string[] Program()
    {
        string folder = AppContext.BaseDirectory, runtime = RuntimeEnvironment.GetRuntimeDirectory();
        string ending = OperatingSystem.IsWindows() ? ".exe" : "";
        if (Path.TrimEndingDirectorySeparator(runtime) == Path.TrimEndingDirectorySeparator(folder))
        {
            return [Path.Combine(folder, "gpuvae" + ending)];
        }

        string host = Path.GetFullPath(Path.Combine(runtime, "..", "..", "..", "dotnet" + ending));
        return [host, Path.Combine(folder, "gpuvae.dll")];
    }

    private static void Keep(List<string> lines, string? line)
    {
        lock (lines)
        {
            lines.AddRange(line is null ? [] : [line]);
        }
    }

    private static string Text(List<string> lines)
    {
        lock (lines)
        {
            return string.Join('\n', lines);
        }
    }
}
