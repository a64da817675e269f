using GpuVae.Files;
using GpuVae.Kernels;
using GpuVae.Kernels.Cpu;
using GpuVae.Models;
using GpuVae.Runs;

namespace GpuVae.Detection;

/// <summary>
/// The trained part of a detector: the parameters of an autoencoder, held once, and lanes that compute with them. Any
/// number of threads may rent lanes at once.
/// </summary>
internal sealed class DetectorModel : IDisposable
{
    // Rows that a lane for many takes at once: more would not be faster, and less would read the weights too often.
    private const int LargestBatch = 64;

    // Numbers of a batch, so that lanes for large pictures stay small.
    private const int LargestBatchNumbers = 1 << 17;

    private readonly CpuDevice _device = CpuDevice.Create(threads: 1);
    private readonly Autoencoder? _model;
    private int _users = 1; // this object and every lane

    /// <summary>Holds a model's parameters.</summary>
    /// <param name="configuration">What was trained.</param>
    /// <param name="shape">An example of the model.</param>
    /// <param name="parameters">As files have them.</param>
    /// <param name="memory">What rows are compared with; null for none.</param>
    /// <exception cref="UserException">The parameters are not those of such a model.</exception>
    public DetectorModel(
        RunConfiguration configuration, Shape shape, IReadOnlyList<NamedTensor> parameters, CodeMemory? memory = null)
    {
        Memory = memory;
        Configuration = configuration;
        Shape = shape;
        try
        {
            RequireEnough(parameters);
            _model = ModelBuilder.BuildForUse(configuration, _device, shape, capacity: 1, shared: null);
            ParameterTensors.Load(_device, _model.Parameters, parameters, (what, _) => new UserException(what));
        }
        catch
        {
            Dispose();
            throw;
        }
        BatchRows = Math.Clamp(LargestBatchNumbers / shape.Size, 1, Math.Min(LargestBatch, configuration.EvaluationBatch));
        Rows = new LanePool(() => CreateLane(1));
        Batches = BatchRows == 1 ? Rows : new LanePool(() => CreateLane(BatchRows));
    }

    /// <summary>What was trained.</summary>
    public RunConfiguration Configuration { get; }

    /// <summary>An example of the model.</summary>
    public Shape Shape { get; }

    /// <summary>What rows are compared with; null where their own reconstruction says how strange they are.</summary>
    public CodeMemory? Memory { get; }

    /// <summary>k, the numbers in a code of each of them.</summary>
    public int CodeUnits => _model!.Units;

    /// <summary>Rows that a lane of <see cref="Batches"/> takes at once.</summary>
    public int BatchRows { get; }

    /// <summary>Lanes for a row.</summary>
    public LanePool Rows { get; }

    /// <summary>Lanes for many rows; a row's losses have the same bits.</summary>
    public LanePool Batches { get; }

    /// <summary>The parameters, as files have them, copied.</summary>
    public NamedTensor[] CopyParameters() => Read((device, model) => ParameterTensors.Copy(device, model.Parameters));

    /// <summary>Looks at the model and its parameters, which must stay as they are.</summary>
    /// <param name="read">Is given the device that they lie on, while no other caller is.</param>
    public T Read<T>(Func<IDevice, Autoencoder, T> read)
    {
        // The device serves one caller at a time.
        lock (_device)
            return read(_device, _model!);
    }

    /// <summary>The same model with a memory of rows.</summary>
    /// <param name="rows">(M, D) as the model takes them, possible ones, M from 2.</param>
    /// <param name="areAllNormal">Whether none of them is an anomaly.</param>
    public DetectorModel Remembering(float[] rows, bool areAllNormal)
    {
        int dimensions = Shape.Size, units = Configuration.Latent, count = rows.Length / dimensions;
        var codes = new float[count * units];
        var reconstructions = new float[rows.Length];
        using LaneLease lease = Rows.Lease();
        for (int row = 0; row < count; row++)
        {
            Range numbers = (row * dimensions)..((row + 1) * dimensions);
            rows.AsSpan(numbers).CopyTo(lease.Lane.Input(0));
            lease.Lane.Encode(codes.AsSpan(row * units, units), reconstructions.AsSpan(numbers));
        }
        return new DetectorModel(
            Configuration, Shape, CopyParameters(), CodeMemory.Of(rows, codes, reconstructions, units, areAllNormal));
    }

    /// <summary>Gives everything back that no lane uses; the rest goes with the last lane.</summary>
    public void Dispose()
    {
        Rows?.Dispose();
        Batches?.Dispose();
        Release();
    }

    private DetectorLane CreateLane(int capacity)
    {
        // A lane that is made while the model is disposed of would find no parameters.
        int users = Volatile.Read(ref _users);
        while (true)
        {
            ObjectDisposedException.ThrowIf(users == 0, typeof(AnomalyDetector));
            int before = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (before == users)
                break;
            users = before;
        }
        try
        {
            return new DetectorLane(Configuration, Shape, _model!.Parameters, capacity, Memory, Release);
        }
        catch
        {
            Release();
            throw;
        }
    }

    private void Release()
    {
        if (Interlocked.Decrement(ref _users) != 0)
            return;
        _model?.Dispose();
        _device.Dispose();
    }

    /// <summary>Refuses an encoder with more weights than there are numbers, before memory is taken for it.</summary>
    private void RequireEnough(IReadOnlyList<NamedTensor> tensors)
    {
        long held = tensors.Sum(tensor => (long)tensor.Values.Length);
        long needed = Configuration.CreateNetwork().EncoderSize(Shape, Configuration.CreateCode().HeadWidth).Parameters;
        if (needed > held)
            throw new UserException($"the encoder has {needed} weights, and {held} numbers are there");
    }
}
