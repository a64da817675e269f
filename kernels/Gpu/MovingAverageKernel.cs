using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu;

/// <summary><see cref="MovingAverage"/>: a ← kept · a + added · v, element by element.</summary>
internal static class MovingAverageKernel
{
    private static readonly LazyKernel<Launcher> _kernel = new(Average);

    private delegate void Launcher(
        AcceleratorStream stream, KernelConfig config, int length, float kept, float added, ArrayView<float> values,
        ArrayView<float> average);

    /// <summary>Loops over the elements.</summary>
    public static void Average(int length, float kept, float added, ArrayView<float> values, ArrayView<float> average)
    {
        int stride = Grid.DimX * Group.DimX;
        for (int i = (Grid.IdxX * Group.DimX) + Group.IdxX; i < length; i += stride)
            average[i] = (kept * average[i]) + (added * values[i]);
    }

    internal static void Run(GpuDevice device, in MovingAverage operation)
    {
        ArrayView<float> average = device.AsArray(operation.Average);
        int length = average.IntLength;
        if (length == 0)
            return;
        _kernel.On(device)(
            device.LaunchStream(), device.Configs.Elements(length), length, 1f - operation.Momentum,
            operation.Momentum * operation.Scale, device.AsArray(operation.Values), average);
    }
}
