using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu;

/// <summary>
/// <see cref="AddScaledRows"/>: values[r, :] ← values[r, :] + factors[r] · addend[r, :] with values and addend (R, N).
/// </summary>
internal static class AddScaledRowsKernel
{
    private static readonly LazyKernel<Launcher> _kernel = new(AddScaled);

    private delegate void Launcher(
        AcceleratorStream stream, KernelConfig config, int length, int columns, ArrayView<float> factors,
        ArrayView<float> addend, ArrayView<float> values);

    /// <summary>Loops over the elements.</summary>
    public static void AddScaled(
        int length, int columns, ArrayView<float> factors, ArrayView<float> addend, ArrayView<float> values)
    {
        int stride = Grid.DimX * Group.DimX;
        for (int element = (Grid.IdxX * Group.DimX) + Group.IdxX; element < length; element += stride)
            values[element] += factors[element / columns] * addend[element];
    }

    internal static void Run(GpuDevice device, in AddScaledRows operation)
    {
        ArrayView<float> values = device.AsArray(operation.Values);
        int length = values.IntLength;
        if (length == 0)
            return;
        _kernel.On(device)(
            device.LaunchStream(), device.Configs.Elements(length), length, operation.Values.Columns,
            device.AsArray(operation.Factors), device.AsArray(operation.Addend), values);
    }
}
