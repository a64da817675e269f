using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu;

/// <summary><see cref="RepeatRows"/>: repeated[r, :] = rows[r / K, :] with rows (B, N) and repeated (B·K, N).</summary>
internal static class RepeatRowsKernel
{
    private static readonly LazyKernel<Launcher> _kernel = new(Repeat);

    private delegate void Launcher(
        AcceleratorStream stream, KernelConfig config, int length, int columns, int draws, ArrayView<float> rows,
        ArrayView<float> repeated);

    /// <summary>Loops over the elements of repeated.</summary>
    public static void Repeat(int length, int columns, int draws, ArrayView<float> rows, ArrayView<float> repeated)
    {
        int stride = Grid.DimX * Group.DimX;
        for (int element = (Grid.IdxX * Group.DimX) + Group.IdxX; element < length; element += stride)
        {
            int row = element / columns;
            repeated[element] = rows[element - ((row - (row / draws)) * columns)];
        }
    }

    internal static void Run(GpuDevice device, in RepeatRows operation)
    {
        ArrayView<float> repeated = device.AsArray(operation.Repeated);
        int length = repeated.IntLength;
        if (length == 0)
            return;
        _kernel.On(device)(
            device.LaunchStream(), device.Configs.Elements(length), length, operation.Rows.Columns, operation.Draws,
            device.AsArray(operation.Rows), repeated);
    }
}
