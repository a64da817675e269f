using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu;

/// <summary><see cref="Fill"/>: values[i] = value.</summary>
internal static class FillKernel
{
    private static readonly LazyKernel<Action<AcceleratorStream, KernelConfig, int, float, ArrayView<float>>> _kernel =
        new(Fill);

    /// <summary>Loops over the elements.</summary>
    public static void Fill(int length, float value, ArrayView<float> values)
    {
        int stride = Grid.DimX * Group.DimX;
        for (int i = (Grid.IdxX * Group.DimX) + Group.IdxX; i < length; i += stride)
            values[i] = value;
    }

    internal static void Run(GpuDevice device, in Fill operation)
    {
        ArrayView<float> values = device.AsArray(operation.Values);
        int length = values.IntLength;
        if (length > 0)
            _kernel.On(device)(device.LaunchStream(), device.Configs.Elements(length), length, operation.Value, values);
    }
}
