using System.Diagnostics;
using System.Globalization;
using GpuVae.Tests.Crashing;
using GpuVae.Tests.Support;

namespace GpuVae.Bench.Crash;

/// <summary>What came of a run that something happened to, and that was gone on with.</summary>
/// <param name="IsHit">Whether it happened.</param>
/// <param name="Loss">Why the run could not go on or a file was half written, or null.</param>
/// <param name="IsSame">Whether it ended with the files of the run that nothing happened to.</param>
/// <param name="Strays">Files that nobody has a use for.</param>
/// <param name="IsNoticed">Whether the program ended with an error in one line, or with all that it was to do.</param>
internal sealed record FaultResult(bool IsHit, string? Loss, bool IsSame, int Strays, bool IsNoticed)
{
    /// <summary>What the program said of the fault.</summary>
    public string Said { get; init; } = "";

    /// <summary>Whether all is as it should be.</summary>
    public bool IsGood => Loss is null && IsSame && Strays == 0 && IsNoticed;
}

/// <summary>
/// Small runs of the program as a process, each of which meets one fault, at a place that is chosen exactly, and then goes on
/// without one.
/// </summary>
/// <param name="folder">An empty folder to work in.</param>
/// <param name="program">What starts the program.</param>
internal sealed class FaultTrial(string folder, string[] program)
{
    private const int Killed = 137;

    // The runtime opens files of its own, now one more and now one less.
    private const int MostTries = 5;

    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(2);

    private readonly KillTrial _trial = new(folder, program, epochs: 2, interval: 20);
    private int _runs;

    /// <summary>Why no system call can be made to fail on this machine, or null.</summary>
    public string? WhyNoCalls { get; private set; }

    /// <summary>Writes the data and runs once undisturbed.</summary>
    public void RunWhole()
    {
        _trial.RunWhole();
        WhyNoCalls = !OperatingSystem.IsLinux() ? "strace is there on Linux only" : WhyNoStrace();
    }

    /// <summary>The calls by which an undisturbed run changes its folder, in their order.</summary>
    public IReadOnlyList<SystemCall> Calls()
    {
        string name = Name(), trace = Path.Combine(folder, "trace");
        (int code, string error) = Run(
            ["strace", "-f", "-qq", "-y", "-o", trace, "-e", $"trace={string.Join(',', SystemCall.Names)}", .. program,
            .. _trial.Arguments(name)]);
        return code == 0 ? SystemCall.Read(trace, $"{folder}/{name}") : throw new InvalidDataException(error);
    }

    /// <summary>A run that is killed when it makes a call.</summary>
    public FaultResult Kill(SystemCall call)
    {
        (string name, int code, _, bool isHit) = Inject(call, "signal=KILL");
        return GoOn(name, isHit && code == Killed, isNoticed: true, strays: 0);
    }

    /// <summary>A run in which a call fails.</summary>
    public FaultResult Fail(SystemCall call)
    {
        (string name, int code, string error, bool isHit) = Inject(call, $"error={call.Error}");
        return isHit
            ? AfterError(name, code, error, mayHide: call.Name is "link" or "unlink")
            : GoOn(name, isHit: false, isNoticed: true, strays: 0);
    }

    /// <summary>A run whose files may not grow over a limit.</summary>
    /// <param name="blocks">Of 512 bytes.</param>
    /// <returns>Null where it was large enough.</returns>
    public FaultResult? Limit(int blocks)
    {
        string name = Name();
        // The runtime maps its code twice through a file of its own, which such a limit would forbid before the program begins.
        (int code, string error) = Run(
            ["sh", "-c", $"ulimit -f {blocks}; DOTNET_EnableWriteXorExecute=0 exec \"$@\"", "sh", .. program,
            .. _trial.Arguments(name)]);
        return code == 0 ? null : AfterError(name, code, error, mayHide: false);
    }

    /// <summary>A run on a disk of its own, which gets more room when it is full.</summary>
    /// <param name="kibibytes">Its size.</param>
    /// <returns>Null where it was large enough.</returns>
    /// <exception cref="NotSupportedException">This machine does not let this program mount one.</exception>
    public FaultResult? Fill(int kibibytes)
    {
        string name = Name(), run = Path.Combine(folder, name);
        Directory.CreateDirectory(run);
        Mount(["-t", "tmpfs", "-o", $"size={kibibytes}k", "tmpfs", run]);
        try
        {
            (int code, string error) = Run([.. program, .. _trial.Arguments(name)]);
            if (code == 0)
                return null;
            Mount(["-o", "remount,size=20m", run]);
            return AfterError(name, code, error, mayHide: false);
        }
        finally
        {
            Run(["umount", "-l", run]);
        }
    }

    /// <summary>A finished run of which a file ends in the middle, or in zeros, as after a power cut.</summary>
    /// <param name="file">Its name.</param>
    /// <param name="kept">Bytes that are as they were, as a share of all or of the last line.</param>
    /// <param name="isZero">Whether zeros take the place of the others.</param>
    public FaultResult Tear(string file, double kept, bool isZero)
    {
        string name = Name(), path = Path.Combine(folder, name, file);
        Copy(Path.Combine(folder, "whole"), Path.Combine(folder, name));
        byte[] bytes = File.ReadAllBytes(path);
        int from = file.EndsWith(".jsonl", StringComparison.Ordinal) ? bytes.AsSpan(..^1).LastIndexOf((byte)'\n') + 1 : 0;
        int end = from + (int)(kept * (bytes.Length - from));
        bytes.AsSpan(end).Clear();
        File.WriteAllBytes(path, isZero ? bytes : bytes[..end]);
        return GoOn(name, isHit: true, isNoticed: true, strays: 0, isTorn: true);
    }

    /// <summary>Runs until the call that the fault comes to is one about the run's folder.</summary>
    private (string Name, int Code, string Error, bool IsHit) Inject(SystemCall call, string what)
    {
        for (int tries = 1; ; tries++)
        {
            string name = Name(), trace = Path.Combine(folder, "injected");
            (int code, string error) = Run(
                ["strace", "-f", "-qq", "-y", "-o", trace, "-e", $"trace={call.Name}", "-e",
                string.Create(CultureInfo.InvariantCulture, $"inject={call.Name}:{what}:when={call.Number}"), .. program,
                .. _trial.Arguments(name)]);
            bool isHit = call.IsHit(trace, $"{folder}/{name}");
            if (isHit || tries == MostTries)
                return (name, code, error, isHit);
            if (Directory.Exists(Path.Combine(folder, name)))
                Directory.Delete(Path.Combine(folder, name), recursive: true);
        }
    }

    /// <summary>The program has to say so, and to leave whole files; then the run goes on.</summary>
    private FaultResult AfterError(string name, int code, string error, bool mayHide)
    {
        bool isTold = code == 1 && error.TrimEnd().Split('\n') is [var line]
            && line.StartsWith("gpuvae: ", StringComparison.Ordinal) && line.Contains(name, StringComparison.Ordinal);
        // A link that cannot be made is a copy then. A lock that nobody holds counts for nothing until the next start, which takes
        // it away; what has no name must not be there even now, but where it could not be deleted.
        int strays = mayHide ? 0 : Strays(name, "*.tmp");
        return GoOn(name, isHit: true, isNoticed: isTold || (mayHide && code == 0), strays)
            with
        { Said = $"{code}: {error.Trim()}" };
    }

    private FaultResult GoOn(string name, bool isHit, bool isNoticed, int strays, bool isTorn = false)
    {
        string run = Path.Combine(folder, name);
        try
        {
            if (!isTorn)
                KillTrial.RequireWholeFiles(run);
        }
        catch (InvalidDataException exception)
        {
            return new FaultResult(isHit, exception.Message, false, strays, isNoticed);
        }
        (int code, string error) = Run([.. program, .. _trial.Arguments(name)]);
        if (code != 0)
            return new FaultResult(isHit, error.Trim(), false, strays, isNoticed);
        bool isSame = RunContent.Describe(Path.Combine(folder, "whole")).SequenceEqual(RunContent.Describe(run));
        var result = new FaultResult(isHit, null, isSame, strays + Strays(name, "*.tmp", "run.lock"), isNoticed);
        if (result.IsGood && !IsMounted(run))
            Directory.Delete(run, recursive: true);
        return result;
    }

    private int Strays(string name, params string[] patterns) => !Directory.Exists(Path.Combine(folder, name)) ? 0 : patterns
        .Sum(pattern => Directory.GetFiles(Path.Combine(folder, name), pattern, SearchOption.AllDirectories).Length);

    private string Name() => string.Create(CultureInfo.InvariantCulture, $"fault-{++_runs:0000}");

    private string? WhyNoStrace()
    {
        try
        {
            (int code, string error) = Run(["strace", "-o", "/dev/null", "true"]);
            return code == 0 ? null : $"strace may not trace here: {error.Trim()}";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "there is no strace on this machine";
        }
    }

    private void Mount(string[] arguments)
    {
        (int code, string error) = Run(["mount", .. arguments]);
        if (code != 0)
            throw new NotSupportedException($"this machine does not let this program mount a small disk: {error.Trim()}");
    }

    private static bool IsMounted(string path) => File.Exists("/proc/mounts")
        && File.ReadLines("/proc/mounts").Any(line => line.Split(' ') is [_, var place, ..] && place == path);

    private static void Copy(string from, string to)
    {
        foreach (string path in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, path));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(path, target);
        }
    }

    private (int Code, string Error) Run(string[] command)
    {
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(_limit))
        {
            process.Kill(entireProcessTree: true);
            throw new InvalidDataException($"{string.Join(' ', command)} took over {_limit}");
        }
        process.WaitForExit();
        _ = output.Result;
        return (process.ExitCode, error.Result);
    }
}
