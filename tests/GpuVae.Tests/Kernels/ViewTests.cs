using GpuVae.Kernels;
using Xunit;

namespace GpuVae.Tests;

public sealed class ViewTests
{
    private sealed class HostBuffer(long length) : DeviceBuffer<float>(length)
    {
        protected override void Dispose(bool disposing)
        {
        }
    }

    [Fact]
    public void Row_range_starts_where_its_first_row_starts()
    {
        using var buffer = new HostBuffer(12);
        View<float> rows = buffer.AsMatrix(4, 3).RowRange(1, 2);
        Assert.Equal((3, 2, 3, 6), (rows.Offset, rows.Rows, rows.Columns, rows.Length));
    }

    [Fact]
    public void View_outside_its_buffer_is_refused()
    {
        using var buffer = new HostBuffer(12);
        Assert.Throws<ArgumentOutOfRangeException>(() => new View<float>(buffer, 1, 4, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.AsMatrix(4, 3).RowRange(3, 2));
    }
}
