namespace GpuVae.Kernels.Cpu.Convolution;

/// <summary>The tables of the convolutions that a device has computed.</summary>
internal sealed class ConvolutionTables : IDisposable
{
    private readonly Dictionary<(ConvolutionGeometry Geometry, bool IsTransposed), ConvolutionTable> _tables = [];
    private readonly Dictionary<ConvolutionGeometry, ConvolutionTapTable> _taps = [];

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

    /// <summary>The taps of a convolution.</summary>
    public ConvolutionTapTable FindTaps(in ConvolutionGeometry geometry, long groupBytes)
    {
        if (!_taps.TryGetValue(geometry, out ConvolutionTapTable? table))
            _taps.Add(geometry, table = new ConvolutionTapTable(geometry, groupBytes));
        return table;
    }

    public void Dispose()
    {
        foreach (ConvolutionTapTable table in _taps.Values)
            table.Dispose();
        foreach (ConvolutionTable table in _tables.Values)
            table.Dispose();
    }
}
