namespace GpuVae.Kernels.Cpu;

/// <summary>
/// <see cref="SampleGaussian"/> and <see cref="SampleGaussianGradient"/>: to <see cref="DiagonalSampling"/> or
/// <see cref="FullSampling"/>, and what kernels of gaussian codes have in common.
/// </summary>
internal static class GaussianSampling
{
    public static void Run<S, V>(CpuDevice<S, V> device, in SampleGaussian operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        if (operation.Covariance == Covariance.Diagonal)
            DiagonalSampling.Run(device, in operation);
        else
            FullSampling.Run(device, in operation);
    }

    public static void Run<S, V>(CpuDevice<S, V> device, in SampleGaussianGradient operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        if (operation.Covariance == Covariance.Diagonal)
            DiagonalSampling.Run(device, in operation);
        else
            FullSampling.Run(device, in operation);
    }

    /// <summary>Where row <paramref name="unit"/> of L begins among the entries below the diagonal.</summary>
    public static int RowStart(int unit) => unit * (unit - 1) / 2;

    /// <summary>d within ±<see cref="GaussianCode.LogDeviationLimit"/>. What is not a number stays so.</summary>
    public static float Clamp(float d) =>
        d > GaussianCode.LogDeviationLimit ? GaussianCode.LogDeviationLimit
        : d < -GaussianCode.LogDeviationLimit ? -GaussianCode.LogDeviationLimit
        : d;
}
