using GpuVae.Kernels;

namespace GpuVae.Cases;

/// <summary>
/// A device that hands everything to another one: a base for devices that watch or disturb what passes. Recordings call
/// their operations each time, so that every operation passes here.
/// </summary>
/// <param name="inner">Does the work; it belongs to who made it, unless it is said otherwise.</param>
public abstract class ForwardingDevice(IDevice inner) : IDevice
{
    /// <inheritdoc/>
    public string Name => inner.Name;

    /// <inheritdoc/>
    public string Description => inner.Description;

    /// <summary>The device that does the work.</summary>
    protected IDevice Inner => inner;

    /// <inheritdoc/>
    public virtual DeviceBuffer<T> Allocate<T>(long length)
        where T : unmanaged => inner.Allocate<T>(length);

    /// <inheritdoc/>
    public virtual DeviceBuffer<T> Import<T>(T[] values)
        where T : unmanaged => inner.Import(values);

    /// <inheritdoc/>
    public virtual void Upload<T>(ReadOnlySpan<T> source, View<T> destination)
        where T : unmanaged => inner.Upload(source, destination);

    /// <inheritdoc/>
    public virtual void Download<T>(View<T> source, Span<T> destination)
        where T : unmanaged => inner.Download(source, destination);

    /// <inheritdoc/>
    public virtual void Synchronize() => inner.Synchronize();

    /// <inheritdoc/>
    public abstract void Run<TOperation>(in TOperation operation)
        where TOperation : struct, IOperation;

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives back what this device owns; by itself nothing.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}
