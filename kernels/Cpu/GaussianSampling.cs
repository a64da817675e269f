namespace GpuVae.Kernels.Cpu;

/// <summary>Draws from a normal posterior and their gradients, by what its covariance is made of.</summary>
internal static class GaussianSampling
{
    /// <summary><see cref="SampleGaussian"/>.</summary>
    public static void Run<S, V>(CpuDevice<S, V> device, in SampleGaussian operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        if (operation.Covariance == Covariance.Diagonal)
            DiagonalSampling.Run(device, operation);
        else
            FullSampling.Run(device, operation);
    }

    /// <summary><see cref="SampleGaussianGradient"/>.</summary>
    public static void Run<S, V>(CpuDevice<S, V> device, in SampleGaussianGradient operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        if (operation.Covariance == Covariance.Diagonal)
            DiagonalSampling.Run(device, operation);
        else
            FullSampling.Run(device, operation);
    }
}
