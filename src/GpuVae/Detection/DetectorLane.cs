using GpuVae.Kernels;
using GpuVae.Kernels.Cpu;
using GpuVae.Models;
using GpuVae.Runs;

namespace GpuVae.Detection;

/// <summary>
/// Memory of its own for one caller at a time: a device without worker threads, and models that share their parameters
/// with all other
/// lanes. <see cref="Measure"/> is the one place that says how a row becomes a loss of each of its numbers.
/// </summary>
internal sealed class DetectorLane : IDisposable
{
    private readonly CpuDevice _device = CpuDevice.Create(threads: 1);
    private readonly Action _disposed;
    private readonly Autoencoder[] _members;
    private readonly double[] _logScales;
    private readonly DeviceBuffer<float> _xBuffer;
    private readonly View<float> _x;        // (capacity, D)
    private readonly double[] _losses;      // (capacity, D)
    private readonly double[] _memberLosses; // (D), of one member where there are several
    private readonly int _dimensions;

    /// <summary>Takes memory.</summary>
    /// <param name="configuration">Of every member.</param>
    /// <param name="shape">An example.</param>
    /// <param name="members">Whose parameters are shared.</param>
    /// <param name="capacity">Rows at once.</param>
    /// <param name="disposed">Is told when the parameters are no longer used.</param>
    public DetectorLane(
        RunConfiguration configuration, Shape shape, IReadOnlyList<Autoencoder> members, int capacity, Action disposed)
    {
        _disposed = disposed;
        _dimensions = shape.Size;
        Capacity = capacity;
        _members = new Autoencoder[members.Count];
        _logScales = new double[members.Count];
        for (int i = 0; i < _members.Length; i++)
        {
            Autoencoder member = _members[i] = ModelBuilder.BuildForUse(
                configuration, _device, shape, capacity, members[i].Parameters);
            View<float> logScale = member.Likelihood.LogScale;
            _logScales[i] = logScale.IsEmpty ? 0 : _device.Span(logScale)[0];
        }
        _xBuffer = _device.Allocate<float>((long)capacity * _dimensions);
        _x = _xBuffer.AsMatrix(capacity, _dimensions);
        _losses = new double[capacity * _dimensions];
        _memberLosses = new double[_members.Length > 1 ? _dimensions : 0];
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
    /// The loss of each number of some rows: the mean over the members of what the decoder makes of the mean code of
    /// the row, measured by
    /// <see cref="ILikelihood.ColumnLosses"/>. A row's losses have the same bits whatever the other rows are.
    /// </summary>
    /// <param name="rows">How many of the rows.</param>
    /// <returns>(rows, D) in nats, at least 0, or NaN or +∞ where the model's own numbers overflow; it lasts until the
    /// next call.</returns>
    public ReadOnlySpan<double> Measure(int rows)
    {
        View<float> x = _x.RowRange(0, rows);
        for (int i = 0; i < _members.Length; i++)
            MeasureMember(i, x, i == 0);
        Span<double> losses = _losses.AsSpan(0, rows * _dimensions);
        if (_members.Length > 1)
        {
            foreach (ref double loss in losses)
                loss /= _members.Length;
        }
        return losses;
    }

    /// <summary>What the members make of the first row on average: (D), allocated, as the model has numbers.</summary>
    public float[] Expect()
    {
        View<float> x = _x.RowRange(0, 1);
        var means = new float[_dimensions];
        foreach (Autoencoder member in _members)
        {
            Span<float> mean = _device.Span(member.DecodeMean(member.EncodeMean(x)));
            for (int i = 0; i < means.Length; i++)
                means[i] += mean[i] / _members.Length;
        }
        return means;
    }

    /// <summary>The mean code of the first row: (k), allocated.</summary>
    public float[] Encode(int member) => [.. _device.Span(_members[member].EncodeMean(_x.RowRange(0, 1)))];

    /// <summary>What a member makes of a code: (D), allocated, as the model has numbers.</summary>
    public float[] Decode(ReadOnlySpan<float> code, int member)
    {
        using DeviceBuffer<float> buffer = _device.Allocate<float>(code.Length);
        View<float> z = buffer.AsMatrix(1, code.Length);
        code.CopyTo(_device.Span(z));
        return [.. _device.Span(_members[member].DecodeMean(z))];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Autoencoder member in _members)
            member.Dispose();
        _xBuffer.Dispose();
        _device.Dispose();
        _disposed();
    }

    private void MeasureMember(int index, View<float> x, bool isFirst)
    {
        Autoencoder member = _members[index];
        View<float> z = member.EncodeMean(x);
        ReadOnlySpan<float> targets = _device.Span(x), outputs = _device.Span(member.DecodeOutputs(z));
        for (int row = 0; row < x.Rows; row++)
        {
            int first = row * _dimensions;
            Span<double> sums = _losses.AsSpan(first, _dimensions), losses = isFirst ? sums : _memberLosses;
            ReadOnlySpan<float> target = targets.Slice(first, _dimensions);
            if (!member.Likelihood.ColumnLosses(target, outputs.Slice(first, _dimensions), _logScales[index], losses))
                Divide(member, x.RowRange(row, 1), z.RowRange(row, 1), target, losses);
            for (int i = 0; i < sums.Length && !isFirst; i++)
                sums[i] += losses[i];
        }
    }

    /// <summary>
    /// The loss of a row under a likelihood that knows only the whole row's: each number has of it what it has of the
    /// squared error.
    /// </summary>
    private void Divide(Autoencoder member, View<float> x, View<float> z, ReadOnlySpan<float> target, Span<double> losses)
    {
        double loss = _device.Span(member.NegativeLogLikelihood(x, z))[0] + member.Likelihood.Constant(_dimensions)
            - member.Likelihood.TargetLoss(target);
        ReadOnlySpan<float> means = _device.Span(member.DecodeMean(z));
        double sum = 0;
        for (int i = 0; i < losses.Length; i++)
        {
            double error = (double)target[i] - means[i];
            sum += losses[i] = error * error;
        }
        for (int i = 0; i < losses.Length; i++)
            losses[i] = loss * (sum > 0 ? losses[i] / sum : 1.0 / losses.Length);
    }
}
