using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>The encoder sees the clean image: x̃ = x, without a copy.</summary>
public sealed class NoCorruption : ICorruption
{
    /// <inheritdoc/>
    public View<float> Apply(View<float> clean, View<int> counters) => clean;

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
