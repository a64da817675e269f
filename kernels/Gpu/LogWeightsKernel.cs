using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu;

/// <summary>
/// <see cref="LogWeights"/>: log w = −reconstruction + ½ Σⱼ (εⱼ² − zⱼ²) + log det L of each draw; ε and z are (B·K, k),
/// log w is (B, K).
/// </summary>
internal static class LogWeightsKernel
{
    private static readonly LazyKernel<Launcher> _kernel = new(LogWeights);

    private delegate void Launcher(
        AcceleratorStream stream, KernelConfig config, int units, int draws, int width, int isDiagonal,
        ArrayView<float> posterior, ArrayView<float> epsilon, ArrayView<float> z, ArrayView<float> reconstruction,
        ArrayView<float> logWeights);

    /// <summary>A group for each draw; a thread has every G-th unit.</summary>
    public static void LogWeights(
        int units, int draws, int width, int isDiagonal, ArrayView<float> posterior, ArrayView<float> epsilon,
        ArrayView<float> z, ArrayView<float> reconstruction, ArrayView<float> logWeights)
    {
        int row = Grid.IdxX;
        int scales = ((row / draws) * width) + units;
        float terms = 0f;
        for (int unit = Group.IdxX; unit < units; unit += Group.DimX)
        {
            float scale = posterior[scales + unit];
            float e = epsilon[(row * units) + unit];
            float c = z[(row * units) + unit];
            terms += (0.5f * (e - c) * (e + c))
                + GaussianMath.ClampLogDeviation(isDiagonal != 0 ? 0.5f * scale : scale);
        }
        float sum = GroupReduction.Sum(terms);
        if (Group.IdxX == 0)
            logWeights[row] = sum - reconstruction[row];
    }

    internal static void Run(GpuDevice device, in LogWeights operation)
    {
        ArrayView<float> posterior = device.AsArray(operation.Posterior), z = device.AsArray(operation.Z);
        (int rows, int units) = (operation.Z.Rows, operation.Z.Columns);
        if (rows == 0)
            return;
        _kernel.On(device)(
            device.LaunchStream(), device.Configs.Rows(rows, units), units, operation.Draws,
            operation.Posterior.Columns, operation.Covariance == Covariance.Diagonal ? 1 : 0, posterior,
            device.AsArray(operation.Epsilon), z, device.AsArray(operation.Reconstruction),
            device.AsArray(operation.Weights));
    }
}
