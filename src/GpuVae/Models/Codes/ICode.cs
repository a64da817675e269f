using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// The third choice: what the encoder's outputs, here called its head, mean, and how the code z (B, k) comes from
/// them. A code owns the memory that its z and its gradients need.
/// </summary>
/// <remarks>The first k columns of every head are the code's mean, which is what pictures and errors are made from.</remarks>
public interface ICode : IDisposable
{
    /// <summary>k, the numbers in a code.</summary>
    int Units { get; }

    /// <summary>Columns of the head: k and whatever else the code needs, all from one product.</summary>
    int HeadWidth { get; }

    /// <summary>
    /// True if z is a draw from a posterior q(z | x) that has a divergence KL(q(z | x) ‖ N(0, I)), which is then
    /// part of what is measured.
    /// </summary>
    bool HasDivergence { get; }

    /// <summary>Head → z, and the divergence of each image where there is one.</summary>
    /// <param name="head">(B, <see cref="HeadWidth"/>).</param>
    /// <param name="counters">(1, <see cref="Counter.Count"/>): the step of the noise.</param>
    /// <param name="noise">Where draws come from.</param>
    /// <param name="divergence">(1, B) in nats; empty for a code without one.</param>
    /// <returns>z (B, k).</returns>
    View<float> Forward(View<float> head, View<int> counters, RandomSource noise, View<float> divergence);

    /// <summary>∂L/∂z → ∂L/∂head, where L has gained the weighted mean of the divergence.</summary>
    /// <param name="head">(B, <see cref="HeadWidth"/>) as given to <see cref="Forward"/>, which came before.</param>
    /// <param name="zGradient">(B, k), already scaled by <paramref name="gradientScale"/>.</param>
    /// <param name="schedule">(steps, <see cref="Schedule.Columns"/>): the weight of the divergence.</param>
    /// <param name="counters">(1, <see cref="Counter.Count"/>): which row of the schedule.</param>
    /// <param name="gradientScale">1/B for a mean over the batch.</param>
    /// <returns>(B, <see cref="HeadWidth"/>).</returns>
    View<float> Backward(
        View<float> head, View<float> zGradient, View<float> schedule, View<int> counters, float gradientScale);
}
