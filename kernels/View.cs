namespace GpuVae.Kernels;

/// <summary>Memory that a device owns. Only that device can read or write it.</summary>
/// <typeparam name="T">The element type: <c>float</c>, <c>int</c> or <c>byte</c>.</typeparam>
public abstract class DeviceBuffer<T>(long length) : IDisposable
    where T : unmanaged
{
    /// <summary>Number of elements.</summary>
    public long Length { get; } = length;

    /// <summary>
    /// The first element of each matrix in a buffer that holds several, in order. It decides no result: where an operation
    /// goes over the whole buffer, a device may cut its work as it cuts that on the single matrices.
    /// </summary>
    /// <exception cref="ArgumentException">They do not ascend from 0, or leave the buffer.</exception>
    public IReadOnlyList<long> Parts
    {
        get;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            bool ascends = value.Count > 0 && value[0] == 0 && value[^1] <= Length;
            for (int i = 1; i < value.Count; i++)
                ascends &= value[i] >= value[i - 1];
            field = ascends ? value : throw new ArgumentException("Parts ascend from 0.", nameof(value));
        }
    }
    = [0];

    /// <summary>The whole buffer as one row.</summary>
    public View<T> AsVector() => new(this, 0, 1, checked((int)Length));

    /// <summary>The whole buffer as a row-major matrix (<paramref name="rows"/>, <paramref name="columns"/>).</summary>
    public View<T> AsMatrix(int rows, int columns) => new(this, 0, rows, columns);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the memory back.</summary>
    protected abstract void Dispose(bool disposing);
}

/// <summary>
/// A row-major block (<see cref="Rows"/>, <see cref="Columns"/>) without gaps inside a device's buffer.
/// A vector is a block of one row.
/// </summary>
public readonly record struct View<T>
    where T : unmanaged
{
    /// <summary>Describes the block that starts at element <paramref name="offset"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The block does not lie inside the buffer.</exception>
    public View(DeviceBuffer<T> buffer, long offset, int rows, int columns)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, buffer.Length - ((long)rows * columns));
        Buffer = buffer;
        Offset = offset;
        Rows = rows;
        Columns = columns;
    }

    /// <summary>The memory that holds the block.</summary>
    public DeviceBuffer<T> Buffer { get; }

    /// <summary>First element of the block inside <see cref="Buffer"/>.</summary>
    public long Offset { get; }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Number of columns, which is also the distance between rows.</summary>
    public int Columns { get; }

    /// <summary>Number of elements.</summary>
    public long Length => (long)Rows * Columns;

    /// <summary>True for <c>default</c>: an operand that an operation may go without.</summary>
    public bool IsEmpty => Buffer is null;

    /// <summary>Rows <paramref name="first"/> … <paramref name="first"/> + <paramref name="count"/> − 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The view has not these rows.</exception>
    public View<T> RowRange(int first, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)first + count, Rows, nameof(count));
        return new(Buffer, Offset + ((long)first * Columns), count, Columns);
    }

    /// <summary>The same elements in another shape.</summary>
    /// <exception cref="ArgumentException">They are not as many.</exception>
    public View<T> Reshape(int rows, int columns) => (long)rows * columns == Length
        ? new(Buffer, Offset, rows, columns)
        : throw new ArgumentException($"({Rows}, {Columns}) has not as many elements as ({rows}, {columns}).", nameof(rows));
}
