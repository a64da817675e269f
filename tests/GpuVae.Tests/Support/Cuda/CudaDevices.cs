using GpuVae.Kernels;

namespace GpuVae.Tests.Support.Cuda;

/// <summary>One of each precision, so that each compiles its kernels once.</summary>
public sealed class CudaDevices : IDisposable
{
    private readonly Dictionary<Precision, IDevice> _open = [];

    /// <summary>What CUDA is compared with.</summary>
    public IDevice Cpu { get; } = Device.Open("cpu");

    /// <summary>The device <c>cuda</c>; skips the test, with the reason, where there is none.</summary>
    public IDevice Open(Precision precision)
    {
        if (!_open.TryGetValue(precision, out IDevice? device))
            device = _open[precision] = TestDevices.OpenCuda(precision);
        return device;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Cpu.Dispose();
        foreach (IDevice device in _open.Values)
            device.Dispose();
    }
}
