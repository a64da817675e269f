using System.Diagnostics;
using System.Text.Json;
using GpuVae.Bench.Workers;

namespace GpuVae.Bench.Epochs;

/// <summary>A process that trains when it is asked to and is asleep otherwise.</summary>
internal sealed class WorkerProcess : IDisposable
{
    /// <summary>The verb that makes this program a worker.</summary>
    public const string Verb = "worker";

    // Thresholds of glibc that no tensor reaches.
    private static readonly (string Name, string Value)[] _keepMemory =
    [
        ("MALLOC_MMAP_THRESHOLD_", $"{1L << 33}"), ("MALLOC_TRIM_THRESHOLD_", $"{1L << 34}"), ("MALLOC_TOP_PAD_", $"{1L << 28}"),
    ];

    private readonly string _name;
    private readonly Process _process;

    private WorkerProcess(
        string name, string program, (string Name, string Value)[] environment, params IEnumerable<string> arguments)
    {
        _name = name;
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach ((string variable, string value) in environment)
            start.Environment[variable] = value;
        _process = Process.Start(start)!;
    }

    /// <summary>A worker with this library.</summary>
    public static WorkerProcess StartGpuVae()
    {
        string program = Environment.ProcessPath!;
        bool isHost = Path.GetFileNameWithoutExtension(program) == "dotnet";
        return new WorkerProcess(
            "GpuVae", program, [], isHost ? [typeof(WorkerProcess).Assembly.Location, Verb] : [Verb]);
    }

    /// <summary>A worker with TorchSharp.</summary>
    /// <param name="assembly">What <see cref="TorchSharpProject.Build"/> built.</param>
    /// <param name="returnsMemory">
    /// Whether large tensors go back to the system when they are freed, as glibc does it where nobody tells it otherwise, and are cleared
    /// page by page when they are taken again. That is 40 % of a step of convolutions in a virtual machine whose page faults are dear.
    /// </param>
    public static WorkerProcess StartTorchSharp(string assembly, bool returnsMemory) =>
        new("TorchSharp", Repository.DotnetHost, returnsMemory ? [] : _keepMemory, assembly);

    /// <summary>Gives the worker a new model, and its data.</summary>
    public void Configure(EpochSettings settings)
    {
        string answer = Ask(JsonSerializer.Serialize(settings));
        if (answer != WorkerLoop.Ready)
            throw new UserException($"{_name}: answered '{answer}' to its settings");
    }

    /// <summary>Trains an epoch.</summary>
    public EpochResult RunEpoch() => JsonSerializer.Deserialize<EpochResult>(Ask(WorkerLoop.EpochRequest), WorkerLoop.Format)!;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
            _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private string Ask(string line)
    {
        try
        {
            _process.StandardInput.WriteLine(line);
            _process.StandardInput.Flush();
            if (_process.StandardOutput.ReadLine() is string answer)
                return answer;
        }
        catch (IOException)
        {
            // The process has ended, which is reported below.
        }
        _process.WaitForExit();
        throw new UserException(
            $"{_name}: the worker process ended with exit code {_process.ExitCode}; what it wrote is above");
    }
}
