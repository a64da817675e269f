namespace GpuVae.Kernels.Cpu.Convolution;

/// <summary>The tables of the convolutions that a device has computed.</summary>
internal sealed class ConvolutionTables : IDisposable
{
    private readonly Dictionary<(ConvolutionGeometry Geometry, bool IsTransposed), ConvolutionTable> _tables = [];
    private readonly Dictionary<(ConvolutionGeometry Geometry, bool IsTransposed), ConvolutionPixelClasses> _classes = [];
    private readonly Dictionary<(ConvolutionGeometry Geometry, bool BroadcastsSmall), ConvolutionTapTable> _taps = [];
    private DeviceBuffer<float>? _columns;
    private DeviceBuffer<float>? _part;

    /// <summary>The table of a convolution, made when it is first asked for.</summary>
    public ConvolutionTable Find(in ConvolutionGeometry geometry, bool isTransposed)
    {
        if (!_tables.TryGetValue((geometry, isTransposed), out ConvolutionTable? table))
        {
            table = isTransposed ? ConvolutionTable.Transposed(geometry) : ConvolutionTable.Forward(geometry);
            _tables.Add((geometry, isTransposed), table);
        }
        return table;
    }

    /// <summary>The pixels of its table in classes.</summary>
    public ConvolutionPixelClasses FindClasses(in ConvolutionGeometry geometry, bool isTransposed)
    {
        if (!_classes.TryGetValue((geometry, isTransposed), out ConvolutionPixelClasses? classes))
            _classes.Add((geometry, isTransposed), classes = new ConvolutionPixelClasses(Find(geometry, isTransposed)));
        return classes;
    }

    /// <summary>The taps of a convolution.</summary>
    public ConvolutionTapTable FindTaps(in ConvolutionGeometry geometry, long groupBytes, bool broadcastsSmall)
    {
        if (!_taps.TryGetValue((geometry, broadcastsSmall), out ConvolutionTapTable? table))
        {
            table = new ConvolutionTapTable(geometry, groupBytes, broadcastsSmall);
            _taps.Add((geometry, broadcastsSmall), table);
        }
        return table;
    }

    /// <summary>Memory for the columns of windows; until the next call.</summary>
    public View<float> Columns(CpuDevice device, int rows, int columns) => Take(ref _columns, device, rows, columns);

    /// <summary>Memory for a part of a gradient; until the next call.</summary>
    public View<float> Part(CpuDevice device, int rows, int columns) => Take(ref _part, device, rows, columns);

    public void Dispose()
    {
        _columns?.Dispose();
        _part?.Dispose();
        foreach (ConvolutionPixelClasses classes in _classes.Values)
            classes.Dispose();
        foreach (ConvolutionTapTable table in _taps.Values)
            table.Dispose();
        foreach (ConvolutionTable table in _tables.Values)
            table.Dispose();
    }

    private static View<float> Take(ref DeviceBuffer<float>? buffer, CpuDevice device, int rows, int columns)
    {
        long length = (long)rows * columns;
        if (buffer is null || buffer.Length < length)
        {
            buffer?.Dispose();
            buffer = device.Allocate<float>(length);
        }
        return new View<float>(buffer, 0, rows, columns);
    }
}
