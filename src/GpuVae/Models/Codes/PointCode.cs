using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>The plain autoencoder's code: the head is z itself, and so are the gradients. Nothing is copied.</summary>
/// <param name="units">k.</param>
public sealed class PointCode(int units) : ICode
{
    /// <inheritdoc/>
    public int Units => units;

    /// <inheritdoc/>
    public int HeadWidth => units;

    /// <summary>It needs no memory.</summary>
    public void Build(LayerBuilder builder)
    {
    }

    /// <inheritdoc/>
    public View<float> Forward(View<float> head, in CodeDraws draws, int count, View<float> terms) => head;

    /// <inheritdoc/>
    public View<float> Backward(View<float> head, View<float> zGradient, in CodeGradient gradient) => zGradient;
}
