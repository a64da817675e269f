using GpuVae.Kernels;

namespace GpuVae.Tests.Support;

/// <summary>Copies from a device in one expression.</summary>
internal static class DeviceReading
{
    /// <summary>The numbers of a view, once every operation before has ended.</summary>
    public static T[] Read<T>(this IDevice device, View<T> view)
        where T : unmanaged
    {
        var values = new T[view.Length];
        device.Download(view, values);
        return values;
    }
}
