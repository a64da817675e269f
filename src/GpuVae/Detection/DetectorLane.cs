using GpuVae.Kernels;
using GpuVae.Kernels.Cpu;
using GpuVae.Models;
using GpuVae.Runs;

namespace GpuVae.Detection;

/// <summary>
/// Memory of its own for one caller at a time: a device without worker threads, and a model that shares its parameters
/// with all other lanes. <see cref="Measure"/> is the one place that says how a row becomes a loss of each of its
/// numbers.
/// </summary>
internal sealed class DetectorLane : IDisposable
{
    private readonly CpuDevice _device = CpuDevice.Create(threads: 1);
    private readonly Action _disposed;
    private readonly CodeMemory? _memory;
    private readonly CodeMemory.Scratch? _scratch;
    private readonly Autoencoder _model;
    private readonly double _logScale;
    private readonly DeviceBuffer<float> _xBuffer;
    private readonly View<float> _x;   // (capacity, D)
    private readonly double[] _losses; // (capacity, D)
    private readonly int _dimensions;

    /// <summary>Takes memory.</summary>
    /// <param name="configuration">Of the model.</param>
    /// <param name="shape">An example.</param>
    /// <param name="shared">Its parameters.</param>
    /// <param name="capacity">Rows at once.</param>
    /// <param name="memory">What rows are compared with; null to measure them by their own reconstruction.</param>
    /// <param name="disposed">Is told when the parameters are no longer used.</param>
    public DetectorLane(
        RunConfiguration configuration, Shape shape, ParameterArena shared, int capacity, CodeMemory? memory,
        Action disposed)
    {
        _disposed = disposed;
        _memory = memory;
        _scratch = memory?.CreateScratch();
        _dimensions = shape.Size;
        Capacity = capacity;
        _model = ModelBuilder.BuildForUse(configuration, _device, shape, capacity, shared);
        View<float> logScale = _model.Likelihood.LogScale;
        _logScale = logScale.IsEmpty ? 0 : _device.Span(logScale)[0];
        _xBuffer = _device.Allocate<float>((long)capacity * _dimensions);
        _x = _xBuffer.AsMatrix(capacity, _dimensions);
        _losses = new double[capacity * _dimensions];
        Table = new double[_dimensions];
    }

    /// <summary>Rows at once.</summary>
    public int Capacity { get; }

    /// <summary>Room for a row of the table, which has no more columns than the model: (D).</summary>
    public double[] Table { get; }

    /// <summary>A row as the model takes it, to be written before <see cref="Measure"/>: (D), finite.</summary>
    /// <param name="row">From 0 to below <see cref="Capacity"/>.</param>
    public Span<float> Input(int row) => _device.Span(_x.RowRange(row, 1));

    /// <summary>
    /// The loss of each number of some rows. With a memory, the number's part of the row's distance from what is
    /// remembered (<see cref="CodeMemory.Measure"/>); else what <see cref="ILikelihood.ColumnLosses"/> makes of the
    /// reconstruction from the mean code. A row's losses have the same bits whatever the other rows are.
    /// </summary>
    /// <param name="rows">How many of the rows.</param>
    /// <param name="remembered">(rows) which of the remembered rows each is, −1 for none; empty where none is.</param>
    /// <returns>
    /// (rows, D), in nats without a memory, at least 0, or NaN or +∞ where the model's own numbers overflow; it lasts
    /// until the next call.
    /// </returns>
    public ReadOnlySpan<double> Measure(int rows, ReadOnlySpan<int> remembered = default)
    {
        View<float> x = _x.RowRange(0, rows), z = _model.EncodeMean(x);
        ReadOnlySpan<float> targets = _device.Span(x);
        ReadOnlySpan<float> outputs = _device.Span(_memory is null ? _model.DecodeOutputs(z) : _model.DecodeMean(z));
        for (int row = 0; row < rows; row++)
        {
            int first = row * _dimensions, width = outputs.Length / rows;
            ReadOnlySpan<float> target = targets.Slice(first, _dimensions), output = outputs.Slice(row * width, width);
            Span<double> losses = _losses.AsSpan(first, _dimensions);
            if (_memory is not null)
                _memory.Measure(target, Code(z, row), output, remembered.IsEmpty ? -1 : remembered[row], _scratch!, losses);
            else if (!_model.Likelihood.ColumnLosses(target, output, _logScale, losses))
                Divide(x.RowRange(row, 1), z.RowRange(row, 1), target, losses);
        }
        return _losses.AsSpan(0, rows * _dimensions);
    }

    /// <summary>
    /// What the model makes of the first row, or, with a memory, of the remembered rows that are nearest to it: (D),
    /// allocated, as the model has numbers.
    /// </summary>
    public float[] Expect()
    {
        View<float> z = _model.EncodeMean(_x.RowRange(0, 1));
        var means = new float[_dimensions];
        if (_memory is null)
            _device.Span(_model.DecodeMean(z)).CopyTo(means);
        else
            _memory.Expect(Code(z, 0), _scratch!, means);
        return means;
    }

    /// <summary>What the model makes of the first row.</summary>
    /// <param name="code">(k).</param>
    /// <param name="reconstruction">(D).</param>
    public void Encode(Span<float> code, Span<float> reconstruction)
    {
        View<float> z = _model.EncodeMean(_x.RowRange(0, 1));
        Code(z, 0).CopyTo(code);
        _device.Span(_model.DecodeMean(z)).CopyTo(reconstruction);
    }

    /// <summary>The mean code of the first row: (k), allocated.</summary>
    public float[] Encode() => [.. _device.Span(_model.EncodeMean(_x.RowRange(0, 1)))];

    /// <summary>What the model makes of a code: (D), allocated, as the model has numbers.</summary>
    public float[] Decode(ReadOnlySpan<float> code)
    {
        using DeviceBuffer<float> buffer = _device.Allocate<float>(code.Length);
        View<float> z = buffer.AsMatrix(1, code.Length);
        code.CopyTo(_device.Span(z));
        return [.. _device.Span(_model.DecodeMean(z))];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _model.Dispose();
        _xBuffer.Dispose();
        _device.Dispose();
        _disposed();
    }

    private Span<float> Code(View<float> codes, int row) => _device.Span(codes.RowRange(row, 1));

    /// <summary>
    /// The loss of a row under a likelihood that knows only the whole row's: each number has of it what it has of the
    /// squared error.
    /// </summary>
    private void Divide(View<float> x, View<float> z, ReadOnlySpan<float> target, Span<double> losses)
    {
        double loss = _device.Span(_model.NegativeLogLikelihood(x, z))[0] + _model.Likelihood.Constant(_dimensions)
            - _model.Likelihood.TargetLoss(target);
        LossParts.Divide(loss, target, _device.Span(_model.DecodeMean(z)), losses);
    }
}
