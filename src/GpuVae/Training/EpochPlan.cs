using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;

namespace GpuVae.Training;

/// <summary>
/// Everything that the steps of an epoch read besides images and parameters: the order of the images, the schedule,
/// and the counters that say which step it is. Uploaded once an epoch; the steps then ask the host for nothing.
/// </summary>
public sealed class EpochPlan : IDisposable
{
    private readonly IDevice _device;
    private readonly IObjective _objective;
    private readonly TrainerSettings _settings;
    private readonly WindowOrder? _windows;
    private readonly DeviceBuffer<int> _orderBuffer;
    private readonly DeviceBuffer<float> _scheduleBuffer;
    private readonly DeviceBuffer<int> _countersBuffer;
    private readonly int[] _order;
    private readonly float[] _schedule;
    private int _epoch = 1;

    /// <summary>Takes memory for epochs over <paramref name="images"/> images.</summary>
    public EpochPlan(IDevice device, IObjective objective, TrainerSettings settings, int images)
        : this(device, objective, settings, images, windows: null)
    {
    }

    /// <summary>The same where the images are seen in windows, whose order this then says.</summary>
    internal EpochPlan(IDevice device, IObjective objective, TrainerSettings settings, int images, WindowOrder? windows)
    {
        _windows = windows;
        _device = device;
        _objective = objective;
        _settings = settings;
        Steps = ((images - 1) / settings.Batch) + 1;
        _order = new int[images];
        _schedule = new float[Steps * Schedule.Columns];
        _orderBuffer = device.Allocate<int>(images);
        _scheduleBuffer = device.Allocate<float>(_schedule.Length);
        _countersBuffer = device.Allocate<int>(Counter.Count);
    }

    /// <summary>Steps of an epoch, of which the last may be a smaller one.</summary>
    public int Steps { get; }

    /// <summary>(1, N) the order of the images, a permutation; where they are seen in windows, of each window.</summary>
    public View<int> Order => _orderBuffer.AsVector();

    /// <summary>The order from a row of the first batch on: the counters then point at that row of every batch.</summary>
    internal View<int> OrderFrom(int row) => new(_orderBuffer, row, 1, _order.Length - row);

    /// <summary>(steps, <see cref="Schedule.Columns"/>).</summary>
    public View<float> Rows => _scheduleBuffer.AsMatrix(Steps, Schedule.Columns);

    /// <summary>(1, <see cref="Counter.Count"/>).</summary>
    public View<int> Counters => _countersBuffer.AsVector();

    /// <summary>
    /// One row of the schedule, computed in double precision: α/(1 − β₁ᵗ), 1/√(1 − β₂ᵗ) with t the step from 1 (Kingma
    /// and Ba 2015, section 2), the weight of KL, and αλ.
    /// </summary>
    /// <param name="globalStep">Steps done before this one: t − 1.</param>
    /// <param name="learningRate">α.</param>
    /// <param name="adam">β₁ and β₂.</param>
    /// <param name="divergenceWeight">The weight of KL.</param>
    /// <param name="row">(<see cref="Schedule.Columns"/>).</param>
    /// <param name="weightDecay">λ of decoupled weight decay.</param>
    public static void FillRow(
        long globalStep, double learningRate, AdamSettings adam, double divergenceWeight, Span<float> row,
        double weightDecay = 0)
    {
        double t = globalStep + 1;
        row[Schedule.StepSize] = (float)(learningRate / (1 - Math.Pow(adam.Beta1, t)));
        row[Schedule.SecondMomentCorrection] = (float)(1 / Math.Sqrt(1 - Math.Pow(adam.Beta2, t)));
        row[Schedule.DivergenceWeight] = (float)divergenceWeight;
        row[Schedule.WeightDecay] = (float)(learningRate * weightDecay);
    }

    /// <summary>Shuffles for an epoch, computes its schedule and sets the counters to one of its steps.</summary>
    /// <param name="epoch">From 1; each has its own order.</param>
    /// <param name="done">Steps of it that are done already.</param>
    public void Begin(int epoch, int done = 0)
    {
        if (_windows is null)
        {
            Philox.FillPermutation(new RandomSource(_settings.Seed, RandomPurpose.Shuffle), (uint)epoch, _order);
        }
        else
        {
            _windows.Begin(epoch);
            _windows.Fill(_order);
        }
        _epoch = epoch;
        long first = (epoch - 1L) * Steps;
        for (int step = 0; step < Steps; step++)
        {
            FillRow(
                first + step, LearningRate(step), _settings.Adam,
                _objective.DivergenceWeight(first + step),
                _schedule.AsSpan(step * Schedule.Columns, Schedule.Columns), _settings.WeightDecay);
        }
        Span<int> counters = stackalloc int[Counter.Count];
        counters[Counter.StepInEpoch] = done;
        counters[Counter.GlobalStep] = checked((int)(first + done));
        _device.Upload<int>(_order, Order);
        _device.Upload<float>(_schedule, Rows);
        _device.Upload<int>(counters, Counters);
    }

    /// <summary>α of a step of this epoch.</summary>
    public double LearningRate(int step) => _settings.Schedule.RateAt(_epoch, (double)step / Steps);

    /// <summary>The weight of KL that a step of this epoch has.</summary>
    public double DivergenceWeight(int step) => _schedule[(step * Schedule.Columns) + Schedule.DivergenceWeight];

    /// <inheritdoc/>
    public void Dispose()
    {
        _orderBuffer.Dispose();
        _scheduleBuffer.Dispose();
        _countersBuffer.Dispose();
    }
}
