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
        Assert.Throws<ArgumentOutOfRangeException>(() => new View<float>(buffer, long.MaxValue - 2, 4, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.AsMatrix(4, 3).RowRange(3, 2));
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(-2, 3)]
    [InlineData(int.MaxValue, 1)]
    [InlineData(1, int.MaxValue)]
    [InlineData(0, -1)]
    public void Rows_that_a_view_has_not_are_refused_though_its_buffer_has_them(int first, int count)
    {
        using var buffer = new HostBuffer(12);
        View<float> rows = buffer.AsMatrix(4, 3).RowRange(2, 2);
        Assert.Throws<ArgumentOutOfRangeException>(() => rows.RowRange(first, count));
    }

    [Fact]
    public void Reshaped_view_has_the_same_elements()
    {
        using var buffer = new HostBuffer(14);
        View<float> rows = new View<float>(buffer, 1, 4, 3).RowRange(1, 2);
        View<float> reshaped = rows.Reshape(3, 2);
        Assert.Same(buffer, reshaped.Buffer);
        Assert.Equal((4, 3, 2, 6), (reshaped.Offset, reshaped.Rows, reshaped.Columns, reshaped.Length));
        Assert.Equal(rows, reshaped.Reshape(2, 3));
        Assert.Equal((0, 7), (rows.RowRange(0, 0).Reshape(0, 7).Rows, rows.RowRange(0, 0).Reshape(0, 7).Columns));
    }

    [Theory]
    [InlineData(2, 2)]
    [InlineData(7, 1)]
    [InlineData(65536, 65536)]
    public void Reshaping_to_another_number_of_elements_is_refused(int rows, int columns)
    {
        using var buffer = new HostBuffer(12);
        View<float> view = buffer.AsMatrix(2, 3);
        ArgumentException exception = Assert.Throws<ArgumentException>(() => view.Reshape(rows, columns));
        Assert.StartsWith(
            $"(2, 3) has not as many elements as ({rows}, {columns})", exception.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => view.Reshape(-2, -3));
    }
}
