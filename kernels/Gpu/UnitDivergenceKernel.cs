using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu;

/// <summary>
/// <see cref="UnitDivergence"/>: KLⱼ (1, k), the mean over the batch of each unit's part of the divergence.
/// </summary>
internal static class UnitDivergenceKernel
{
    private static readonly LazyKernel<
        Action<AcceleratorStream, KernelConfig, int, int, int, int, ArrayView<float>, ArrayView<float>>> _kernel =
        new(UnitDivergence);

    /// <summary>A group for each unit; a thread adds every G-th row.</summary>
    public static void UnitDivergence(
        int rows, int units, int width, int isDiagonal, ArrayView<float> posterior, ArrayView<float> divergence)
    {
        int unit = Grid.IdxX;
        float terms = 0f;
        for (int row = Group.IdxX; row < rows; row += Group.DimX)
        {
            int start = row * width;
            float mean = posterior[start + unit];
            float scale = posterior[start + units + unit];
            float d = GaussianMath.ClampLogDeviation(isDiagonal != 0 ? 0.5f * scale : scale);
            float deviation = MathF.Exp(d);
            float part = (mean * mean) + (deviation * deviation) - 1f - (2f * d);
            if (isDiagonal == 0)
            {
                int below = start + (2 * units) + GaussianMath.RowStart(unit);
                for (int i = 0; i < unit; i++)
                    part += posterior[below + i] * posterior[below + i];
            }
            terms += part;
        }
        float sum = GroupReduction.Sum(terms);
        if (Group.IdxX == 0)
            divergence[unit] = 0.5f * sum / rows;
    }

    internal static void Run(GpuDevice device, in UnitDivergence operation)
    {
        ArrayView<float> divergence = device.AsArray(operation.Divergence);
        (int units, int rows) = (divergence.IntLength, operation.Posterior.Rows);
        if (units == 0)
            return;
        _kernel.On(device)(
            device.LaunchStream(), device.Configs.Rows(units, rows), rows, units, operation.Posterior.Columns,
            operation.Covariance == Covariance.Diagonal ? 1 : 0, device.AsArray(operation.Posterior), divergence);
    }
}
