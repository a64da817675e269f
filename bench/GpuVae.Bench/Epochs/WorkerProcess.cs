using System.Diagnostics;
using System.Text.Json;
using GpuVae.Bench.Workers;

namespace GpuVae.Bench.Epochs;

/// <summary>A process that trains when it is asked to and is asleep otherwise.</summary>
internal sealed class WorkerProcess : IDisposable
{
    /// <summary>The verb that makes this program a worker.</summary>
    public const string Verb = "worker";

    private readonly string _name;
    private readonly Process _process;

    private WorkerProcess(string name, string program, params IEnumerable<string> arguments)
    {
        _name = name;
        _process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
    }

    /// <summary>A worker with this library.</summary>
    public static WorkerProcess StartGpuVae()
    {
        string program = Environment.ProcessPath!;
        bool isHost = Path.GetFileNameWithoutExtension(program) == "dotnet";
        return new WorkerProcess(
            "GpuVae", program, isHost ? [typeof(WorkerProcess).Assembly.Location, Verb] : [Verb]);
    }

    /// <summary>A worker with TorchSharp.</summary>
    /// <param name="assembly">What <see cref="TorchSharpProject.Build"/> built.</param>
    public static WorkerProcess StartTorchSharp(string assembly) =>
        new("TorchSharp", Repository.DotnetHost, assembly);

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
