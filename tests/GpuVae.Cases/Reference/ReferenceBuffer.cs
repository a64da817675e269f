using System.Runtime.InteropServices;
using GpuVae.Kernels;

namespace GpuVae.Cases.Reference;

/// <summary>
/// Memory of the <see cref="ReferenceDevice"/>: every number is held as a double, whatever the element type, so
/// that a difference of two losses keeps the digits that float32 would round away.
/// </summary>
internal sealed class ReferenceBuffer<T>(long length) : DeviceBuffer<T>(length)
    where T : unmanaged
{
    /// <summary>The numbers themselves; tests read and change them directly.</summary>
    public double[] Values { get; } = new double[length];

    protected override void Dispose(bool disposing)
    {
    }
}

/// <summary>Reads and writes a <see cref="ReferenceDevice"/>'s views in double precision.</summary>
public static class ReferenceViews
{
    /// <summary>The numbers of a view, without a copy.</summary>
    /// <exception cref="ArgumentException">It is empty, or of another device.</exception>
    public static Span<double> Span<T>(this View<T> view)
        where T : unmanaged
    {
        if (view.IsEmpty)
            throw new ArgumentException("The view is empty, but the operation needs it.", nameof(view));
        return view.Buffer is ReferenceBuffer<T> buffer
            ? buffer.Values.AsSpan((int)view.Offset, (int)view.Length)
            : throw new ArgumentException("The view belongs to another device.", nameof(view));
    }

    /// <summary>A counter, or an index.</summary>
    internal static int At(this View<int> view, int position) => (int)view.Span()[position];

    /// <summary>A number of the schedule's row for this step.</summary>
    internal static double At(this View<float> schedule, View<int> counters, int column) =>
        schedule.Span()[(counters.At(Counter.StepInEpoch) * Schedule.Columns) + column];

    /// <summary>Converts numbers of the host's type.</summary>
    internal static void FromHost<T>(ReadOnlySpan<T> source, Span<double> destination)
        where T : unmanaged
    {
        for (int i = 0; i < source.Length; i++)
        {
            ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(source.Slice(i, 1));
            destination[i] =
                typeof(T) == typeof(float) ? MemoryMarshal.Read<float>(bytes)
                : typeof(T) == typeof(int) ? MemoryMarshal.Read<int>(bytes)
                : typeof(T) == typeof(byte) ? bytes[0]
                : throw new NotSupportedException($"No device holds {typeof(T)}.");
        }
    }

    /// <summary>Converts to the host's type; a float32 is rounded here and nowhere before.</summary>
    internal static void ToHost<T>(ReadOnlySpan<double> source, Span<T> destination)
        where T : unmanaged
    {
        for (int i = 0; i < source.Length; i++)
        {
            Span<byte> bytes = MemoryMarshal.AsBytes(destination.Slice(i, 1));
            if (typeof(T) == typeof(float))
                MemoryMarshal.Write(bytes, (float)source[i]);
            else if (typeof(T) == typeof(int))
                MemoryMarshal.Write(bytes, (int)source[i]);
            else
                bytes[0] = (byte)source[i];
        }
    }
}
