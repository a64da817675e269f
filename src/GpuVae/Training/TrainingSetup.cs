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

    /// <inheritdoc/>
    public void Dispose()
    {
        Evaluator.Dispose();
        Trainer.Dispose();
        _meeting?.Sum?.Dispose();
        Model.Dispose();
    }
}
