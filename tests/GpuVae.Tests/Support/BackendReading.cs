using GpuVae.Kernels;

namespace GpuVae.Tests.Support;

/// <summary>Copies from a backend in one expression.</summary>
internal static class BackendReading
{
    /// <summary>The numbers of a view, once every operation before has ended.</summary>
    public static T[] Read<T>(this IDevice backend, View<T> view)
        where T : unmanaged
    {
        var values = new T[view.Length];
        backend.Download(view, values);
        return values;
    }
}
