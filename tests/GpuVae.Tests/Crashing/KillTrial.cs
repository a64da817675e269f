using System.Diagnostics;
using System.Text.Json;
using GpuVae.Imaging;
using GpuVae.Runs;
using GpuVae.Tests.Support;

namespace GpuVae.Tests.Crashing;

/// <summary>What became of a run that was killed again and again.</summary>
/// <param name="Kills">Times that it was killed while it ran.</param>
/// <param name="Resumptions">Times that it went on from what was there.</param>
/// <param name="NewBeginnings">Times that it was killed before there was a run to go on with.</param>
/// <param name="IsSame">Whether all of its files are those of the run that was never killed.</param>
internal sealed record KillResult(int Kills, int Resumptions, int NewBeginnings, bool IsSame);

/// <summary>
/// Small runs of the program as a process, which get SIGKILL at random instants and go on each time: one to the end, to
/// compare with, then as many as are asked for.
/// </summary>
/// <param name="folder">An empty folder to work in.</param>
/// <param name="program">What starts the program.</param>
/// <param name="epochs">Epochs of a run, each of 15 steps.</param>
/// <param name="interval">Steps from a checkpoint to the next.</param>
internal sealed class KillTrial(string folder, string[] program, int epochs, int interval = 4)
{
    private const int Height = 8;
    private const int Width = 8;
    private const int TrainImages = 150;
    private const int TestImages = 40;

    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(2);

    private TimeSpan _whole;

    /// <summary>Writes the data, and runs once without a kill.</summary>
    public void RunWhole()
    {
        string data = Directory.CreateDirectory(Path.Combine(folder, "data")).FullName;
        File.WriteAllBytes(
            Path.Combine(data, "train-images-idx3-ubyte"), IdxFiles.BuildImages(TrainImages, Height, Width));
        File.WriteAllBytes(
            Path.Combine(data, "t10k-images-idx3-ubyte"), IdxFiles.BuildImages(TestImages, Height, Width, first: 7));
        long start = Stopwatch.GetTimestamp();
        Require(Run("whole", TimeSpan.MaxValue) == 0, "the run without a kill failed");
        _whole = Stopwatch.GetElapsedTime(start);
    }

    /// <summary>Runs, killed at random instants until it is through or was killed often enough.</summary>
    /// <param name="name">Of the run's folder.</param>
    /// <param name="random">Decides the instants.</param>
    /// <param name="mostKills">After so many it may run to its end.</param>
    /// <exception cref="InvalidDataException">A kill left something that cannot be gone on from.</exception>
    public KillResult RunKilled(string name, Random random, int mostKills)
    {
        string run = Path.Combine(folder, name);
        int kills = 0, resumptions = 0, newBeginnings = 0;
        while (true)
        {
            bool hasBegun = File.Exists(Path.Combine(run, "config.json"));
            if (hasBegun)
                resumptions++;
            else if (kills > 0)
                newBeginnings++;
            TimeSpan instant = kills < mostKills ? _whole * random.NextDouble() : TimeSpan.MaxValue;
            int? code = Run(name, instant);
            if (code is not null)
            {
                Require(code == 0, $"{name} ended with exit code {code}");
                break;
            }
            kills++;
            RequireWholeFiles(run);
        }
        bool isSame = RunContent.Describe(Path.Combine(folder, "whole")).SequenceEqual(RunContent.Describe(run));
        return new KillResult(kills, resumptions, newBeginnings, isSame);
    }

    /// <summary>What starts a run, or goes on with it where there is one.</summary>
    public string[] Arguments(string name) => File.Exists(Path.Combine(folder, name, "config.json"))
        ? ["train", "--resume", name]
        :
        [
            "train", "--out", name, "--data", "data", "--device", "cpu", "--hidden", "16", "--latent", "2", "--batch", "10",
            "--epochs", $"{epochs}", "--checkpoint-every", $"{interval}", "--pictures", "all",
        ];

    /// <returns>The exit code, or null where the kill came first.</returns>
    private int? Run(string name, TimeSpan instant)
    {
        string[] arguments = Arguments(name);
        var start = new ProcessStartInfo(program[0], [.. program[1..], .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        bool isOver = process.WaitForExit(instant < _limit ? instant : _limit);
        if (!isOver)
            process.Kill();
        process.WaitForExit();
        string text = output.Result + error.Result;
        Require(isOver || instant < _limit, $"{name} took over {_limit}");
        Require(!isOver || process.ExitCode == 0, $"{name} {string.Join(' ', arguments)}: {text}");
        return isOver ? process.ExitCode : null;
    }

    /// <summary>Whatever has its final name is whole; only the last line of the metrics may be cut.</summary>
    /// <exception cref="InvalidDataException">One is not.</exception>
    public static void RequireWholeFiles(string run)
    {
        string configuration = Path.Combine(run, "config.json");
        if (!File.Exists(configuration))
            return;
        try
        {
            RunConfiguration.ReadJson(File.ReadAllBytes(configuration), configuration);
            foreach (string name in (string[])["checkpoint.safetensors", "checkpoint.previous.safetensors"])
            {
                if (File.Exists(Path.Combine(run, name)))
                    CheckpointFile.Read(Path.Combine(run, name));
            }
            if (File.Exists(Path.Combine(run, "best.safetensors")))
                CheckpointFile.ReadVerified(Path.Combine(run, "best.safetensors"));
            foreach (string picture in Directory.EnumerateFiles(run, "*.png", SearchOption.AllDirectories))
                Png.Read(picture);
            string metrics = Path.Combine(run, "metrics.jsonl");
            if (File.Exists(metrics))
            {
                foreach (string line in File.ReadAllText(metrics).Split('\n')[..^1])
                    JsonDocument.Parse(line).Dispose();
            }
        }
        catch (Exception exception) when (exception is UserException or JsonException)
        {
            throw new InvalidDataException($"A kill left a file half written: {exception.Message}", exception);
        }
    }

    private static void Require(bool holds, string message)
    {
        if (!holds)
            throw new InvalidDataException(message);
    }
}
