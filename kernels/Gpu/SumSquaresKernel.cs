using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu;

/// <summary><see cref="SumSquares"/>: Σ valueᵢ² over a flat array (1, n), in a fixed order.</summary>
internal static class SumSquaresKernel
{
    private static readonly LazyKernel<
        Action<AcceleratorStream, KernelConfig, int, ArrayView<float>, ArrayView<float>>> _kernel = new(Sum);

    /// <summary>
    /// A sum for each group: a thread adds every stride-th square, then the group's threads make a tree.
    /// </summary>
    public static void Sum(int length, ArrayView<float> values, ArrayView<float> sums)
    {
        float sum = 0f;
        int stride = Grid.DimX * Group.DimX;
        for (int i = (Grid.IdxX * Group.DimX) + Group.IdxX; i < length; i += stride)
            sum += values[i] * values[i];
        float total = GroupReduction.Sum(sum);
        if (Group.IdxX == 0)
            sums[Grid.IdxX] = total;
    }

    internal static void Run(GpuDevice device, in SumSquares operation)
    {
        ArrayView<float> values = device.AsArray(operation.Values);
        int length = values.IntLength;
        KernelConfig config = device.Configs.Elements(Math.Max(length, 1));
        ArrayView<float> sums = device.PartialSums.Take(config.GridDim.X);
        _kernel.On(device)(device.LaunchStream(), config, length, values, sums);
        RowSumKernel.Launch(device, 1, config.GridDim.X, sums, device.AsArray(operation.Sum));
    }
}
