using System.Diagnostics;
using System.Globalization;
using System.Text;
using GpuVae.Files;
using GpuVae.Runs;

namespace GpuVae.Bench.Crash;

/// <summary>A run of very many epochs, made up from a short one, that goes on for one more.</summary>
internal static class LongRunTrial
{
    /// <summary>Makes it up: as many lines of metrics, and a checkpoint that stands after the last of them.</summary>
    /// <param name="run">A finished run, which is changed.</param>
    /// <param name="epochs">How many it is to have.</param>
    public static void Lengthen(string run, int epochs)
    {
        RunFolder folder = RunFolder.Open(run);
        RunConfiguration configuration = folder.ReadConfiguration() with { Epochs = epochs + 1, EvaluateEvery = 1 };
        TrainingPosition position = CheckpointFile.Read(folder.CheckpointPath).Position;
        foreach (string path in (string[])[folder.CheckpointPath, folder.BestPath])
        {
            SafetensorsFile file = CheckpointFile.ReadVerified(path);
            var metadata = new Dictionary<string, string>(file.Metadata)
            {
                ["epoch"] = epochs.ToString(CultureInfo.InvariantCulture),
                ["step"] = ((long)epochs * position.StepInEpoch).ToString(CultureInfo.InvariantCulture),
                ["configuration"] = Checkpoint.Text(configuration),
            };
            Checksums.Add(file.Tensors, metadata);
            Safetensors.Write(path, file.Tensors, metadata);
        }
        folder.WriteConfiguration(configuration);
        using var metrics = new StreamWriter(folder.MetricsPath, append: false, new UTF8Encoding(false));
        for (int epoch = 1; epoch <= epochs; epoch++)
        {
            metrics.Write(string.Create(
                CultureInfo.InvariantCulture,
                $"{{\"epoch\":{epoch},\"train_loss\":{40 + (1.0 / epoch)},\"test_loss\":{41 + (1.0 / epoch)},\"reconstruction\":41.25,\"kl\":0.0123456789,\"seconds\":0.001,\"images_per_second\":50000}}\n"));
        }
    }

    /// <summary>Goes on with it to its end.</summary>
    /// <param name="program">What starts the program.</param>
    /// <param name="run">The run.</param>
    /// <returns>How long that took, and the most memory that it held, in MiB.</returns>
    /// <exception cref="InvalidDataException">It failed, or its metrics are not what they have to be.</exception>
    public static (double Seconds, double Memory) GoOn(string[] program, string run)
    {
        long start = Stopwatch.GetTimestamp(), most = 0;
        var asked = new ProcessStartInfo(program[0], [.. program[1..], "train", "--resume", run])
        {
            WorkingDirectory = Path.GetDirectoryName(run),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(asked)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        while (!process.WaitForExit(50))
        {
            most = Math.Max(most, WorkingSet(process));
        }
        if (process.ExitCode != 0)
            throw new InvalidDataException($"{output.Result}{error.Result}");
        return (Stopwatch.GetElapsedTime(start).TotalSeconds, most / 1048576.0);
    }

    /// <summary>Bytes that a process holds now; 0 where it has just ended.</summary>
    private static long WorkingSet(Process process)
    {
        try
        {
            process.Refresh();
            return process.WorkingSet64;
        }
        catch (InvalidOperationException)
        {
            return 0;
        }
    }
}
