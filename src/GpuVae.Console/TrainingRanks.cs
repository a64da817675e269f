using System.CommandLine;
using GpuVae.Data;
using GpuVae.Distributed;
using GpuVae.Kernels;
using GpuVae.Runs;
using GpuVae.Training;

namespace GpuVae.CommandLine;

/// <summary>The processes that train together, as <c>--distributed</c> asks for them.</summary>
/// <param name="communicator">Joins them.</param>
/// <param name="stop">Pulled by a signal to this one.</param>
internal sealed class TrainingRanks(ICommunicator communicator, CancellationToken stop) : IDisposable
{
    /// <summary>A device's name whose number is that of the rank among those on its machine.</summary>
    public const string OwnCard = "cuda:rank";

    /// <summary>All of them.</summary>
    public RankGroup Group { get; } = new(communicator, stop);

    /// <summary>Whether this one leads: it alone writes and speaks.</summary>
    public bool Leads => Group.Rank == 0;

    /// <summary>Those of mpirun; null where this process trains alone.</summary>
    /// <exception cref="UserException">There is no library for it.</exception>
    public static TrainingRanks? Start(ParseResult line, TrainOptions options, CancellationToken stop) =>
        options.IsDistributed(line) ? new TrainingRanks(MpiCommunicator.Start(), stop) : null;

    /// <summary>Opens the device of a rank, or of a process that trains alone: threads and cards are shared with the others there.</summary>
    /// <exception cref="DeviceException">It cannot be used.</exception>
    public static IDevice Open(RunConfiguration configuration, RankGroup? ranks)
    {
        if (ranks is null && configuration.Device == OwnCard)
            throw new DeviceException($"--device {OwnCard} gives each process of mpirun a card, and this one trains alone; --distributed mpi joins them");
        if (ranks is null)
            return Device.Open(configuration.Device, Registry.Precisions.Find(configuration.Precision));
        bool hasOwn = configuration.Device == OwnCard
            || (configuration.Device == "auto" && Device.Choose(Device.List()).StartsWith("cuda", StringComparison.Ordinal));
        return SweepRunner.Open(
            hasOwn ? configuration with { Device = ReportText.Text($"cuda:{ranks.LocalRank}") } : configuration, ranks.Threads);
    }

    /// <summary>Does what the first of them says, to the end.</summary>
    public int Follow()
    {
        try
        {
            TrainingFollower.Run(Group, configuration =>
            {
                DataSettings settings = configuration.ToDataSettings() with
                {
                    Data = configuration.DataPath ?? configuration.Data,
                    Tell = _ => { },
                };
                return (Datasets.Open(settings), Open(configuration, Group));
            });
            return ExitCode.Done;
        }
        catch (Exception) when (Group.HasFailed)
        {
            // The first says what it was, and has the exit code: at another's mpirun would end it before it has spoken.
            return ExitCode.Done;
        }
        catch (Exception exception)
        {
            Failure.WriteLine(ReportText.Text($"rank {Group.Rank} on {communicator.Machine}: {exception.Message}"));
            communicator.Abort(ExitCode.Failed);
            throw;
        }
    }

    /// <summary>Lets the others end, and waits for them.</summary>
    public void Dispose()
    {
        Group.Dispose();
        communicator.Dispose();
    }
}
