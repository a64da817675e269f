using System.IO.Hashing;
using System.Runtime.InteropServices;
using GpuVae.Data;
using GpuVae.Distributed;
using GpuVae.Evaluation;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;

namespace GpuVae.Training;

/// <summary>What a configuration and its data make on a device: the same on every rank of a training.</summary>
internal sealed class TrainingSetup : IDisposable
{
    private readonly IDevice _device;
    private readonly RankGroup? _ranks;
    private DeviceMeeting? _meeting;

    /// <summary>Builds the model, with its first parameters, and puts everything on the device.</summary>
    /// <exception cref="UserException">The configuration does not fit to the data, or cannot be trained by so many ranks.</exception>
    public TrainingSetup(RunConfiguration configuration, Dataset data, IDevice device, RankGroup? ranks)
    {
        _device = device;
        _ranks = ranks;
        (_, Train, Test) = TrainingSets.Select(configuration, data);
        Values = ValueCheck.Of(Train);
        configuration.RequireFit(data.Name, Values);
        if (Train.Stream is StreamedBytes stream && configuration.DataMemory != ByteSize.Text(stream.Memory))
        {
            throw new UserException(
                $"--data-memory {ByteSize.Text(stream.Memory)}: the run began with {configuration.DataMemory ?? "all examples in memory"}, which is "
                + "another order of examples; open the data with what it began with");
        }
        int batch = Math.Min(configuration.Batch, Train.Count);
        Objective = configuration.CreateObjective((int)(((long)Train.Count + batch - 1) / batch));

        int rows = batch;
        if (ranks is not null)
        {
            // A rank never trains on more of a batch than its slice. All measure by batches of the same size, which are those of one process,
            // with the same draws, unless these are larger than is measured by otherwise.
            int slice = DistributedRules.LargestSlice(ranks, Objective, batch, ((Train.Count - 1) % batch) + 1);
            rows = Math.Max(slice, Math.Min(batch, configuration.EvaluationBatch));
        }
        int capacity = Math.Max(rows, Math.Min(configuration.EvaluationBatch, Test.Count));
        Model = ModelBuilder.Build(configuration, device, Train.Shape, capacity, (long)rows * Objective.Samples);
        ModelBuilder.InitializeParameters(configuration, device, Model, Train);
        TrainerSettings settings = configuration.TrainerSettings;
        Trainer = new Trainer(device, Model, Objective, Train, settings, ranks);
        Evaluator = new Evaluator(device, Model, Test, configuration.Seed, settings.Encoding, Objective, ranks);
    }

    /// <summary>What is trained on.</summary>
    public ImageSet Train { get; }

    /// <summary>What is measured by.</summary>
    public ImageSet Test { get; }

    /// <summary>What the numbers of <see cref="Train"/> are.</summary>
    public ValueCheck Values { get; }

    /// <summary>What is minimised.</summary>
    public IObjective Objective { get; }

    /// <summary>What is trained.</summary>
    public Autoencoder Model { get; }

    /// <summary>What trains it.</summary>
    public Trainer Trainer { get; }

    /// <summary>What measures it.</summary>
    public Evaluator Evaluator { get; }

    /// <summary>
    /// Gives every rank the parameters, moments and saved states of rank 0, and links their devices the first time; nothing without ranks.
    /// </summary>
    public void Synchronize()
    {
        if (_ranks is null)
            return;
        _ranks.Lead(new RankCommand(RankAction.Synchronize));
        ParameterArena arena = Model.Parameters;
        if (_meeting is null && _ranks.Size > 1)
        {
            _meeting = DeviceSum.Join(_ranks, _device, DistributedStep.LongestSum(arena));
            Trainer.SumBy(_meeting.Value);
        }
        View<float>[] all =
            [arena.Values, arena.FirstMoments, arena.SecondMoments, .. arena.States.Select(state => state.Value)];
        foreach (View<float> values in all)
        {
            var copy = new float[values.Length];
            _device.Download(values, copy);
            _ranks.Broadcast<float>(copy);
            _device.Upload<float>(copy, values);
        }
    }

    /// <summary>
    /// Refuses to go on where a rank's parameters are not those of rank 0: each takes the same step down the same gradient, and only a
    /// processor that rounds otherwise, or a fault of its memory, leads them apart, which no loss would show.
    /// </summary>
    /// <exception cref="UserException">They differ here.</exception>
    /// <exception cref="RankFailedException">They differ on another rank.</exception>
    public void RequireSameParameters()
    {
        if (_ranks is null)
            return;
        _ranks.Lead(new RankCommand(RankAction.Compare));
        const int Floats = sizeof(ulong) / sizeof(float);
        ReadOnlySpan<ulong> hashes = MemoryMarshal.Cast<float, ulong>(_ranks.Gather(Floats, mine =>
        {
            var values = new float[Model.Parameters.Values.Length];
            _device.Download(Model.Parameters.Values, values);
            MemoryMarshal.Write(MemoryMarshal.AsBytes(mine), XxHash3.HashToUInt64(MemoryMarshal.AsBytes<float>(values)));
        }));
        bool isSame = hashes[_ranks.Rank] == hashes[0];
        _ranks.Gather(0, _ =>
        {
            if (!isSame)
            {
                throw new UserException(
                    "its parameters are no longer those of rank 0, so that its part of what was learned since the last checkpoint is not to be "
                    + "trusted; resume on machines of one kind, and test the memory of this one");
            }
        });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Evaluator.Dispose();
        Trainer.Dispose();
        _meeting?.Sum?.Dispose();
        Model.Dispose();
    }
}
