using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// The first choice: what the encoder sees of an image. The decoder's target is the clean image always (Vincent,
/// Larochelle, Bengio and Manzagol 2008, section 2.3).
/// </summary>
public interface ICorruption : IDisposable
{
    /// <summary>x̃ ~ C(x̃ | x).</summary>
    /// <param name="clean">x (B, D); it stays as it is.</param>
    /// <param name="counters">(1, <see cref="Counter.Count"/>): the step of the noise.</param>
    /// <returns>x̃ (B, D).</returns>
    View<float> Apply(View<float> clean, View<int> counters);
}
