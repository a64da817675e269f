using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu;

/// <summary>
/// <see cref="LogScaleGradient"/>: Σᵣ wᵣ · (D − p · (loss[r] − Dλ)) with λ (1, 1) and loss (1, R).
/// </summary>
internal static class LogScaleGradientKernel
{
    private static readonly LazyKernel<Launcher> _kernel = new(Gradient);

    private delegate void Launcher(
        AcceleratorStream stream, KernelConfig config, int rows, int dimensions, float power, float weight,
        ArrayView<float> logScale, ArrayView<float> loss, ArrayView<float> weights, ArrayView<float> logScaleGradient);

    /// <summary>One group: a thread adds every G-th row, then the threads' sums make a tree.</summary>
    public static void Gradient(
        int rows, int dimensions, float power, float weight, ArrayView<float> logScale, ArrayView<float> loss,
        ArrayView<float> weights, ArrayView<float> logScaleGradient)
    {
        float constant = dimensions * logScale[0];
        float sum = 0f;
        for (int row = Group.IdxX; row < rows; row += Group.DimX)
        {
            float factor = weights.Length > 0 ? weights[row] : weight;
            sum += factor * (dimensions - (power * (loss[row] - constant)));
        }
        float total = GroupReduction.Sum(sum);
        if (Group.IdxX == 0)
            logScaleGradient[0] = total;
    }

    internal static void Run(GpuDevice device, in LogScaleGradient operation)
    {
        ArrayView<float> loss = device.AsArray(operation.Loss);
        int rows = loss.IntLength;
        _kernel.On(device)(
            device.LaunchStream(), device.Configs.Rows(1, rows), rows, operation.Dimensions, operation.Power,
            operation.Weight, device.AsArray(operation.LogScale), loss, device.AsArray(operation.Weights),
            device.AsArray(operation.Gradient));
    }
}
