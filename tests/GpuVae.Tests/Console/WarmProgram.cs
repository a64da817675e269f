using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary>
/// The program in a process that runs one command line after the other. Three quarters of the time of a small training
/// are the compiling of the program itself, which so is done once. Its streams are pipes and its settings are its own, as
/// in a process for each line; what a line leaves behind in memory would show in the next ones.
/// </summary>
internal sealed class WarmProgram
{
    /// <summary>The variable by which .NET calls <see cref="StartupHook"/> before the program begins.</summary>
    public const string HookVariable = "DOTNET_STARTUP_HOOKS";

    private static readonly ConcurrentBag<WarmProgram> _idle = [];

    private readonly Process _process;
    private readonly Task<string> _error;

    private WarmProgram()
    {
        string[] command = Runner.Program();
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[HookVariable] = typeof(WarmProgram).Assembly.Location;
        _process = Process.Start(start)!;
        _error = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>Runs a command line in a folder, in a process that no other test uses meanwhile.</summary>
    public static Outcome Run(string folder, string[] arguments, TimeSpan limit)
    {
        if (!_idle.TryTake(out WarmProgram? program))
            program = new WarmProgram();
        Outcome outcome = program.Ask(new CommandLine(folder, arguments), limit);
        if (!program._process.HasExited)
            _idle.Add(program);
        return outcome;
    }

    private Outcome Ask(CommandLine line, TimeSpan limit)
    {
        _process.StandardInput.WriteLine(JsonSerializer.Serialize(line));
        _process.StandardInput.Flush();
        Task<string?> answer = _process.StandardOutput.ReadLineAsync();
        if (!answer.Wait(limit))
        {
            _process.Kill();
            Assert.Fail("the command did not end in time");
        }
        if (answer.Result is string text)
            return JsonSerializer.Deserialize<Outcome>(text)!;
        _process.WaitForExit();
        return new Outcome(_process.ExitCode, "", _error.Result);
    }

    /// <summary>A folder, and what is typed there.</summary>
    internal sealed record CommandLine(string Folder, string[] Arguments);
}
