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
/// <param name="Terms">
/// (R, B), the loss of each image in nats: row 0 is −log p(x | z), the mean over its draws, row 1 KL where the code has a
/// divergence, and the last row is the objective's own term where it has one.
/// </param>
/// <param name="Term">The objective's own part of the pass, if it has one.</param>
public readonly record struct ForwardPass(
    View<float> Input, View<float> Head, View<float> Z, View<float> OutputGradient, View<float> Reconstruction,
    View<float> Terms, IObjectiveTerm? Term)
{
    /// <summary>KL (1, B), for a code that has it.</summary>
    public View<float> Divergence => Terms.RowRange(1, 1);

    /// <summary>(1, B), for an objective that has it.</summary>
    public View<float> OwnTerm => Terms.RowRange(Terms.Rows - 1, 1);
}
