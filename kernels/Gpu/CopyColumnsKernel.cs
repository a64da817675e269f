using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu;

/// <summary><see cref="CopyColumns"/>: destination[r, first′ + j] = source[r, first + j].</summary>
internal static class CopyColumnsKernel
{
    private static readonly LazyKernel<Launcher> _kernel = new(Copy);

    private delegate void Launcher(
        AcceleratorStream stream, KernelConfig config, int length, int columns, Index2D firsts, Index2D widths,
        ArrayView<float> source, ArrayView<float> destination);

    /// <summary>Loops over the numbers that are copied: neighbouring threads copy neighbouring columns.</summary>
    public static void Copy(
        int length, int columns, Index2D firsts, Index2D widths, ArrayView<float> source, ArrayView<float> destination)
    {
        int stride = Grid.DimX * Group.DimX;
        for (int element = (Grid.IdxX * Group.DimX) + Group.IdxX; element < length; element += stride)
        {
            int row = element / columns, column = element - (row * columns);
            destination[(row * widths.Y) + firsts.Y + column] = source[(row * widths.X) + firsts.X + column];
        }
    }

    internal static void Run(GpuDevice device, in CopyColumns operation)
    {
        int length = operation.Destination.Rows * operation.Columns;
        if (length == 0)
            return;
        _kernel.On(device)(
            device.LaunchStream(), device.Configs.Elements(length), length, operation.Columns,
            new Index2D(operation.SourceFirst, operation.DestinationFirst),
            new Index2D(operation.Source.Columns, operation.Destination.Columns), device.AsArray(operation.Source),
            device.AsArray(operation.Destination));
    }
}
