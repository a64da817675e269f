using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu;

/// <summary>
/// <see cref="SumTerms"/>: history[counters[StepInEpoch], r] = Σⱼ terms[r, j] with terms (R, N) and history (steps, R).
/// </summary>
internal static class SumTermsKernel
{
    private static readonly LazyKernel<
        Action<AcceleratorStream, KernelConfig, int, ArrayView<float>, ArrayView<int>, ArrayView<float>>> _kernel =
        new(Sum);

    /// <summary>A group for each r.</summary>
    public static void Sum(int columns, ArrayView<float> terms, ArrayView<int> counters, ArrayView<float> history)
    {
        float sum = GroupReduction.RowSum(columns, terms);
        if (Group.IdxX == 0)
            history[(counters[Counter.StepInEpoch] * Grid.DimX) + Grid.IdxX] = sum;
    }

    internal static void Run(GpuDevice device, in SumTerms operation)
    {
        (int rows, int columns) = (operation.Terms.Rows, operation.Terms.Columns);
        if (rows == 0)
            return;
        _kernel.On(device)(
            device.LaunchStream(), device.Configs.Rows(rows, columns), columns, device.AsArray(operation.Terms),
            device.AsArray(operation.Counters), device.AsArray(operation.History));
    }
}
