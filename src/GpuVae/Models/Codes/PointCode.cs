using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>The plain autoencoder's code: the head is z itself, and so are the gradients. Nothing is copied.</summary>
/// <param name="units">k.</param>
public sealed class PointCode(int units) : ICode
{
    /// <inheritdoc/>
    public int Units { get; } = units;

    /// <inheritdoc/>
    public int HeadWidth => Units;

    /// <inheritdoc/>
    public bool HasDivergence => false;

    /// <inheritdoc/>
    public View<float> Forward(View<float> head, in CodeDraws draws, int count, View<float> divergence) => head;

    /// <inheritdoc/>
    public View<float> Backward(
        View<float> head, View<float> zGradient, View<float> schedule, View<int> counters, float gradientScale,
        in DivergenceGradient divergence) =>
        zGradient;

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
