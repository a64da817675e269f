using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// The variational autoencoder's code (Kingma and Welling 2014, section 3): the head is (μ, log σ²) of the posterior
/// q(z | x) = N(μ, diag σ²), and z = μ + σ ⊙ ε.
/// </summary>
/// <param name="backend">Where the model runs.</param>
/// <param name="settings">Units and rows.</param>
public sealed class DiagonalGaussianCode(IDevice backend, CodeSettings settings)
    : PosteriorCode(backend, settings, Covariance.Diagonal, 2 * settings.Units)
{
    private protected override void Sample(
        View<float> head, in CodeDraws draws, View<float> epsilon, View<float> z, View<float> divergence) =>
        Backend.Run(new SampleGaussian(Covariance.Diagonal, head, draws.Counters, draws.Noise, epsilon, z, divergence));

    private protected override void Differentiate(
        View<float> head, View<float> epsilon, View<float> zGradient, View<float> schedule, View<int> counters,
        float gradientScale, in DivergenceGradient divergence, View<float> headGradient) =>
        Backend.Run(new SampleGaussianGradient(
            Covariance.Diagonal, head, epsilon, zGradient, schedule, counters, gradientScale, divergence, headGradient));
}
