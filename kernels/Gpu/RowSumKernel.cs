using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu;

/// <summary>
/// sums[r] = Σⱼ values[r, j] with values (R, N): the second launch of operations whose threads leave parts of a sum.
/// </summary>
internal static class RowSumKernel
{
    private static readonly LazyKernel<
        Action<AcceleratorStream, KernelConfig, int, ArrayView<float>, ArrayView<float>>> _kernel = new(Sum);

    /// <summary>A group for each row.</summary>
    public static void Sum(int columns, ArrayView<float> values, ArrayView<float> sums)
    {
        float sum = GroupReduction.RowSum(columns, values);
        if (Group.IdxX == 0)
            sums[Grid.IdxX] = sum;
    }

    internal static void Launch(
        GpuDevice device, int rows, int columns, ArrayView<float> values, ArrayView<float> sums) =>
        _kernel.On(device)(device.LaunchStream(), device.Configs.Rows(rows, columns), columns, values, sums);
}
