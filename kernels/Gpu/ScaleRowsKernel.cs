using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu;

/// <summary><see cref="ScaleRows"/>: values[r, :] ← factors[r] · values[r, :] with values (R, N).</summary>
internal static class ScaleRowsKernel
{
    private static readonly LazyKernel<
        Action<AcceleratorStream, KernelConfig, int, int, ArrayView<float>, ArrayView<float>>> _kernel = new(Scale);

    /// <summary>Loops over the elements.</summary>
    public static void Scale(int length, int columns, ArrayView<float> factors, ArrayView<float> values)
    {
        int stride = Grid.DimX * Group.DimX;
        for (int element = (Grid.IdxX * Group.DimX) + Group.IdxX; element < length; element += stride)
            values[element] *= factors[element / columns];
    }

    internal static void Run(GpuDevice device, in ScaleRows operation)
    {
        ArrayView<float> values = device.AsArray(operation.Values);
        int length = values.IntLength;
        if (length == 0)
            return;
        _kernel.On(device)(
            device.LaunchStream(), device.Configs.Elements(length), length, operation.Values.Columns,
            device.AsArray(operation.Factors), values);
    }
}
