using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// The third choice: what the encoder's outputs, here called its head, mean, and how the code z comes from them. Of
/// each of B images there are K draws, K = 1 for a code that is not drawn. A code owns the memory that its z and its
/// gradients need.
/// </summary>
/// <remarks>
/// The first k columns of every head make the code's mean, which is what pictures and errors are made from.
/// </remarks>
public interface ICode : IDisposable
{
    /// <summary>k, the numbers in a code.</summary>
    int Units { get; }

    /// <summary>Columns of the head: k and whatever else the code needs, all from one product.</summary>
    int HeadWidth { get; }

    /// <summary>
    /// True if z is a draw from a posterior q(z | x) that has a divergence KL(q(z | x) ‖ N(0, I)), which is then
    /// part of what is measured. Such a code is a <see cref="PosteriorCode"/>.
    /// </summary>
    bool HasDivergence { get; }

    /// <summary>What makes the mean code of the head's first k columns, at use.</summary>
    Activation Mean => Activation.Identity;

    /// <summary>Whether the mean code is near 0 or 1 in each unit, so that its bits above ½ are an address.</summary>
    bool IsBinary => false;

    /// <summary>Head → z, and the divergence of each image where there is one.</summary>
    /// <param name="head">(B, <see cref="HeadWidth"/>).</param>
    /// <param name="draws">Where noise comes from.</param>
    /// <param name="count">K; 1 for a code without a divergence.</param>
    /// <param name="divergence">(1, B) in nats; empty for a code without one.</param>
    /// <returns>z (B·K, k), the draws of image b from row b·K on.</returns>
    View<float> Forward(View<float> head, in CodeDraws draws, int count, View<float> divergence);

    /// <summary>What ∂L/∂z goes through as the decoder's product stores it.</summary>
    /// <param name="z">(B·K, k) as <see cref="Forward"/> returned it.</param>
    Epilogue GradientEpilogue(View<float> z) => Epilogue.Store;

    /// <summary>∂L/∂z → ∂L/∂head, where L has gained the weighted mean of the divergence.</summary>
    /// <param name="head">(B, <see cref="HeadWidth"/>) as given to <see cref="Forward"/>, which came before.</param>
    /// <param name="zGradient">(B·K, k), scaled already, after <see cref="GradientEpilogue"/>.</param>
    /// <param name="schedule">(steps, <see cref="Schedule.Columns"/>): the weight of the divergence.</param>
    /// <param name="counters">(1, <see cref="Counter.Count"/>): which row of the schedule.</param>
    /// <param name="gradientScale">1/B for a mean over the batch.</param>
    /// <param name="divergence">How the divergence enters, where there is one.</param>
    /// <returns>(B, <see cref="HeadWidth"/>).</returns>
    View<float> Backward(
        View<float> head, View<float> zGradient, View<float> schedule, View<int> counters, float gradientScale,
        in DivergenceGradient divergence);
}
