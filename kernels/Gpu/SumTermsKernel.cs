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
    public static void Sum(int columns, ArrayView<float> terms, ArrayView<int> counters, ArrayView<float> history) =>
        SumRow(Grid.DimX, columns, terms, counters, history);

    /// <summary>The group of r, of R.</summary>
    internal static void SumRow(
        int rows, int columns, ArrayView<float> terms, ArrayView<int> counters, ArrayView<float> history)
    {
        float sum = GroupReduction.RowSum(columns, terms);
        if (Group.IdxX == 0)
            history[(counters[Counter.StepInEpoch] * rows) + Grid.IdxX] = sum;
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
