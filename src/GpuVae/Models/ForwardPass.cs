using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// What a forward pass leaves for <see cref="Autoencoder.Backward"/>: views, no copies. B images have K draws each.
/// </summary>
/// <param name="Input">x̃ (B, D), what the encoder saw.</param>
/// <param name="Head">(B, head width), the encoder's outputs.</param>
/// <param name="Z">(B·K, k), the codes; those of image b from row b·K on.</param>
/// <param name="OutputGradient">(B·K, D), ∂L/∂ of the decoder's outputs.</param>
/// <param name="Reconstruction">(1, B·K): −log p(x | z) of each draw in nats.</param>
/// <param name="Terms">What the rows of <paramref name="AllLosses"/> are.</param>
/// <param name="AllLosses">(R, B), the loss of each image in nats, a row for each term.</param>
/// <param name="Objective">The objective's own part of the pass, if it has one.</param>
public readonly record struct ForwardPass(
    View<float> Input, View<float> Head, View<float> Z, View<float> OutputGradient, View<float> Reconstruction,
    LossTerms Terms, View<float> AllLosses, IObjectivePass? Objective)
{
    /// <summary>(1, B) the losses of one term.</summary>
    /// <exception cref="KeyNotFoundException">There is no such term.</exception>
    public View<float> Losses(LossTerm term) => Terms.Row(AllLosses, term);
}
