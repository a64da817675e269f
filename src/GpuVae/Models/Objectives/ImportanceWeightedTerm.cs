using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// −L_K of each image, and its gradient −Σ_s w̃_s ∇log w_s with the normalised w̃_s = w_s / Σ w (Burda, Grosse and
/// Salakhutdinov 2016, equation 13): a draw has the weight w̃/B.
/// </summary>
/// <param name="backend">Where the model runs.</param>
/// <param name="code">The model's code.</param>
/// <param name="images">Rows of the largest batch.</param>
/// <param name="samples">K.</param>
public sealed class ImportanceWeightedTerm(IDevice backend, PosteriorCode code, int images, int samples)
    : WeightedDrawsTerm(backend, code, images, samples)
{
    private protected override void Weigh(View<float> logWeights, View<float> weights, View<float> ownTerm) =>
        Backend.Run(new ImportanceWeights(logWeights, 1f / logWeights.Rows, weights, ownTerm));
}
