using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu;

/// <summary>
/// <see cref="SumGroups"/>: sums[b, :] = 1/divisor · Σ_s values[b·K + s, :] with values (B·K, N) and sums (B, N), in
/// order and in float32.
/// </summary>
internal static class SumGroupsKernel
{
    private static readonly LazyKernel<Launcher> _kernel = new(Sum);

    private delegate void Launcher(
        AcceleratorStream stream, KernelConfig config, int length, int columns, int group, int divisor,
        ArrayView<float> values, ArrayView<float> sums);

    /// <summary>Loops over the elements of sums: neighbouring threads add neighbouring columns.</summary>
    public static void Sum(
        int length, int columns, int group, int divisor, ArrayView<float> values, ArrayView<float> sums)
    {
        int stride = Grid.DimX * Group.DimX;
        for (int element = (Grid.IdxX * Group.DimX) + Group.IdxX; element < length; element += stride)
        {
            int row = element / columns;
            int first = element + (row * (group - 1) * columns);
            int end = first + (group * columns);
            float sum = 0f;
            for (int addend = first; addend < end; addend += columns)
                sum += values[addend];
            sums[element] = sum / divisor;
        }
    }

    internal static void Run(GpuDevice device, in SumGroups operation)
    {
        ArrayView<float> sums = device.AsArray(operation.Sums);
        int length = sums.IntLength;
        if (length == 0)
            return;
        _kernel.On(device)(
            device.LaunchStream(), device.Configs.Elements(length), length, operation.Sums.Columns, operation.Group,
            operation.Divisor, device.AsArray(operation.Values), sums);
    }
}
