using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// A posterior whose units may depend on each other (Kingma and Welling 2019, section 2.5.1): q(z | x) = N(μ, LLᵀ) with L
/// lower triangular. The head is μ, d = log Lⱼⱼ, clamped to ±<see cref="GaussianCode.LogDeviationLimit"/>, and the
/// entries below the diagonal row by row: 2k + k(k − 1)/2 numbers.
/// </summary>
/// <param name="backend">Where the model runs.</param>
/// <param name="settings">Units and rows.</param>
public sealed class FullGaussianCode(IDevice backend, CodeSettings settings)
    : PosteriorCode(
        backend, settings, Covariance.Full,
        checked((int)((2L * settings.Units) + ((long)settings.Units * (settings.Units - 1) / 2))))
{
    private protected override void Sample(
        View<float> head, in CodeDraws draws, View<float> epsilon, View<float> z, View<float> divergence) =>
        Backend.Run(new SampleGaussian(Covariance.Full, head, draws.Counters, draws.Noise, epsilon, z, divergence));

    private protected override void Differentiate(
        View<float> head, View<float> epsilon, View<float> zGradient, View<float> schedule, View<int> counters,
        float gradientScale, in DivergenceGradient divergence, View<float> headGradient) =>
        Backend.Run(new SampleGaussianGradient(
            Covariance.Full, head, epsilon, zGradient, schedule, counters, gradientScale, divergence, headGradient));
}
