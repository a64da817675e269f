using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>The encoder sees the clean image: x̃ = x, without a copy.</summary>
public sealed class NoCorruption : ICorruption
{
    /// <inheritdoc/>
    public bool AddsNoise => false;

    /// <summary>It needs no memory.</summary>
    public void Build(Shape input, LayerBuilder builder)
    {
    }

    /// <inheritdoc/>
    public View<float> Apply(View<float> clean, View<int> counters, RandomSource noise) => clean;
}
