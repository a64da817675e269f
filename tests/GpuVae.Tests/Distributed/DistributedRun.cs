using GpuVae.Data;
using GpuVae.Distributed;
using GpuVae.Kernels;
using GpuVae.Kernels.Cpu;
using GpuVae.Runs;
using GpuVae.Tests.Models;
using GpuVae.Tests.Training;
using GpuVae.Training;

namespace GpuVae.Tests.Distributed;

/// <summary>A run that ranks in threads train, in a folder that is gone afterwards.</summary>
internal sealed class DistributedRun : IDisposable
{
    private readonly string _parent = Directory.CreateTempSubdirectory("gpuvae-ranks-").FullName;

    /// <summary>45 training images and 1,100 test images, three batches.</summary>
    public static Dataset Data { get; } = new("small", SmallModels.Images(45, seed: 1), SmallModels.Images(1100, seed: 2));

    public string Path => System.IO.Path.Combine(_parent, "run");

    public RecordingObserver Observer { get; private set; } = new();

    /// <summary>The device of a rank.</summary>
    public Func<int, IDevice> Open { get; init; } = _ => CpuDevice.Create(1);

    /// <summary>What a rank reads.</summary>
    public Func<int, Dataset> DataOf { get; init; } = _ => Data;

    /// <summary>What would be pulled on a rank by SIGTERM.</summary>
    public Func<int, CancellationToken> StopOf { get; init; } = _ => default;

    /// <summary>Trains; or goes on with what is in the folder.</summary>
    /// <returns>What rank 0 says.</returns>
    public RunResult Train(
        RunConfiguration configuration, int size, bool isResumed = false, Action<TrainingProgress>? onProgress = null)
    {
        Observer = new RecordingObserver(onProgress);
        Dataset data = DataOf(0);
        if (!isResumed)
            RunFolder.Create(Path, configuration.Preset, data.Name, configuration.WriteJson);
        configuration = configuration with { DataFingerprint = DataFingerprint.Compute(data) };
        RunResult? result = null;
        ThreadCommunicator.Run(size, communicator =>
        {
            int rank = communicator.Rank;
            using var ranks = new RankGroup(communicator, StopOf(rank));
            if (rank > 0)
            {
                TrainingFollower.Run(ranks, _ => (DataOf(rank), Open(rank)));
                return;
            }
            using IDevice device = Open(0);
            result = isResumed
                ? TrainingRun.Resume(configuration, data, device, Path, Observer, StopOf(0), ranks: ranks)
                : TrainingRun.Execute(configuration, data, device, Path, Observer, StopOf(0), ranks: ranks);
        });
        return result!;
    }

    /// <summary>All that the run goes on from: configuration, parameters, moments, states, losses.</summary>
    public byte[] Checkpoint() => File.ReadAllBytes(RunFolder.Open(Path).CheckpointPath);

    public void Dispose() => Directory.Delete(_parent, recursive: true);
}
