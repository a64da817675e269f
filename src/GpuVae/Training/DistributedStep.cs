using GpuVae.Distributed;
using GpuVae.Kernels;
using GpuVae.Kernels.Cpu;
using GpuVae.Models;

namespace GpuVae.Training;

/// <summary>
/// A step that several ranks do together: each differentiates the loss of its slice of the batch, the gradients are added, and each takes
/// the same step down (synchronous data parallelism; Goyal and others 2017, "Accurate, large minibatch SGD", section 2). Losses and the
/// running estimates of batch norm are added too, so that all ranks know the same after it.
/// </summary>
/// <remarks>
/// A slice's gradient is that of its own mean, and counts by the slice's part of the batch. Ranks without a row in a last, smaller batch
/// count nothing. In memory of the host the gradients of the decoder, which are done first, are added on another thread while those of
/// the encoder are computed: each number in the same order, with the same bits.
/// </remarks>
internal sealed class DistributedStep : IRecording
{
    // Floats in 100 kB: what is less is mostly latency, of which one sum has less than two.
    private const int LeastPiece = 25_600;

    private readonly IDevice _device;
    private readonly RankGroup _ranks;
    private readonly ParameterArena _parameters;
    private readonly Action _show;
    private readonly Func<View<float>> _losses;
    private readonly BatchSlice _slice;
    private readonly float[] _weights;
    private readonly float[] _row;
    private readonly DeviceBuffer<float> _deviceWeights;
    private readonly IRecording _gradient;
    private readonly IRecording _update;
    private readonly RankWork _work;
    private readonly long _rest; // of the gradients, up to those of the decoder; all of them where they are added at once
    private Task? _begun;
    private float[] _host = [];
    private OrderedSum? _sum;
    private DeviceMeeting _meeting;

    /// <summary>Takes memory for the sums.</summary>
    /// <param name="device">Where the model is.</param>
    /// <param name="ranks">Who does it.</param>
    /// <param name="parameters">What is learned.</param>
    /// <param name="step">What the device does.</param>
    /// <param name="rows">Images of the batch.</param>
    /// <param name="show">Has the images of the step at hand on the device; where that fails the others are told.</param>
    /// <param name="losses">(1, R) the losses of the step at hand.</param>
    public DistributedStep(
        IDevice device, RankGroup ranks, ParameterArena parameters, TrainingStep step, int rows, Action show,
        Func<View<float>> losses)
    {
        _device = device;
        _ranks = ranks;
        _parameters = parameters;
        _show = show;
        _losses = losses;
        _slice = BatchSlice.Of(rows, ranks.Rank, ranks.Size);
        _weights = BatchSlice.Weights(rows, ranks.Size);
        _row = new float[step.Losses.Columns];
        _deviceWeights = device.Import(_weights);
        long start = parameters.DecoderStart, length = parameters.Gradients.Length;
        bool isCut = device is CpuDevice && ranks.Size > 1 && Math.Min(start, length - start) >= LeastPiece;
        _rest = isCut ? start : length;
        _gradient = device.Record(_slice.Count > 0
            ? () => step.RunGradient(_slice, isCut ? BeginDecoder : null)
            : () => device.Run(new Fill(0, parameters.Gradients)));
        _update = device.Record(step.RunUpdate);
        _work = Differentiate;
    }

    /// <inheritdoc/>
    public string Description
    {
        get
        {
            string added = $"{_gradient.Description}, with gradients of {_ranks.Size} ranks ";
            // Between processors there is no choice.
            return _device is CpuDevice || _meeting == default ? $"{added}added in their order"
                : $"{added}({_meeting.Devices}) added in their order, sent "
                    + (_meeting.Sum is DeviceSum sum ? $"by {sum.Description}" : $"through the host: {_meeting.Reason}");
        }
    }

    /// <summary>Numbers of the longest sum.</summary>
    public static int LongestSum(ParameterArena parameters) =>
        checked((int)Math.Max(parameters.Gradients.Length, parameters.States.Max(state => (long?)state.Value.Length) ?? 0));

    /// <summary>Says how gradients go from rank to rank from now on; they are added in the same order, with the same bits.</summary>
    public void SumBy(in DeviceMeeting meeting) => _meeting = meeting;

    /// <inheritdoc/>
    /// <exception cref="RankFailedException">A rank failed; nothing has been learned.</exception>
    public void Replay()
    {
        ReadOnlySpan<float> losses = _ranks.Gather(_row.Length, _work);
        Array.Clear(_row);
        for (int i = 0; i < losses.Length; i++)
            _row[i % _row.Length] += losses[i];
        try
        {
            Update();
        }
        catch (Exception exception)
        {
            // The others are in the middle of a sum.
            _ranks.Abort(exception);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _gradient.Dispose();
        _update.Dispose();
        _deviceWeights.Dispose();
    }

    private void Update()
    {
        _device.Upload<float>(_row, _losses());
        Add(Gradients(0, _rest));
        foreach (SavedState state in _parameters.States)
            Add(state.Value);
        _update.Replay();
    }

    private void Differentiate(Span<float> losses)
    {
        try
        {
            _show();
            _gradient.Replay();
            losses.Clear();
            if (_slice.Count > 0)
                _device.Download(_losses(), losses);
            else
                _device.Synchronize();
        }
        finally
        {
            EndDecoder();
        }
    }

    private void BeginDecoder() => _begun = Task.Run(() => Add(Gradients(_rest, _parameters.Gradients.Length)));

    /// <summary>Waits for what was begun. Where this rank failed before, the others wait in this sum for it, and are told after it.</summary>
    private void EndDecoder()
    {
        if (_rest == _parameters.Gradients.Length)
            return;
        if (_begun is null)
            BeginDecoder();
        try
        {
            _begun!.GetAwaiter().GetResult();
        }
        catch (Exception exception)
        {
            // The others are in the middle of a sum.
            _ranks.Abort(exception);
            throw;
        }
        finally
        {
            _begun = null;
        }
    }

    private View<float> Gradients(long first, long end) => new(_parameters.Gradients.Buffer, first, 1, (int)(end - first));

    private void Add(View<float> values)
    {
        if (_meeting.Sum is DeviceSum linked)
        {
            linked.Sum(values, _deviceWeights.AsVector());
            return;
        }
        _sum ??= _ranks.SumOf((int)_parameters.Gradients.Length);
        // Memory of the host is added up where it lies.
        if (_device is CpuDevice host)
        {
            _sum.Sum(host.Span(values), _weights);
            return;
        }
        if (_host.Length == 0)
            _host = GC.AllocateUninitializedArray<float>(LongestSum(_parameters), pinned: true);
        Span<float> copy = _host.AsSpan(0, (int)values.Length);
        _device.Download(values, copy);
        _sum.Sum(copy, _weights);
        _device.Upload<float>(copy, values);
    }
}
