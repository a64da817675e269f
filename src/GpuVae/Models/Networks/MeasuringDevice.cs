using System.Runtime.CompilerServices;
using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// Counts the memory and the work that are asked for, and gives and does none: what is built with it cannot compute.
/// </summary>
internal sealed class MeasuringDevice : IDevice
{
    /// <summary>Bytes that were asked for.</summary>
    public decimal Bytes { get; private set; }

    /// <summary>Floating-point operations that were asked for.</summary>
    public double Flops { get; private set; }

    /// <inheritdoc/>
    public string Name => "measuring";

    /// <inheritdoc/>
    public string Description => "counts memory and work";

    /// <inheritdoc/>
    public DeviceBuffer<T> Allocate<T>(long length)
        where T : unmanaged
    {
        Bytes += (decimal)length * Unsafe.SizeOf<T>();
        return new NoMemory<T>(length);
    }

    /// <inheritdoc/>
    public DeviceBuffer<T> Import<T>(T[] values)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(values);
        return Allocate<T>(values.Length);
    }

    /// <inheritdoc/>
    public void Upload<T>(ReadOnlySpan<T> source, View<T> destination)
        where T : unmanaged
    {
    }

    /// <inheritdoc/>
    public void Download<T>(View<T> source, Span<T> destination)
        where T : unmanaged => destination.Clear();

    /// <inheritdoc/>
    public void Synchronize()
    {
    }

    /// <inheritdoc/>
    public void Run<TOperation>(in TOperation operation)
        where TOperation : struct, IOperation => Flops += operation.Cost.Flops;

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private sealed class NoMemory<T>(long length) : DeviceBuffer<T>(length)
        where T : unmanaged
    {
        protected override void Dispose(bool disposing)
        {
        }
    }
}
