using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// The first choice: what the encoder sees of an image. The decoder's target is the clean image always (Vincent,
/// Larochelle, Bengio and Manzagol 2008, section 2.3).
/// </summary>
public interface ICorruption : IDisposable
{
    /// <summary>Whether x̃ differs from x.</summary>
    bool AddsNoise { get; }

    /// <summary>x̃ ~ C(x̃ | x).</summary>
    /// <param name="clean">x (B, D); it stays as it is.</param>
    /// <param name="counters">(1, <see cref="Counter.Count"/>): the step of the noise.</param>
    /// <param name="noise">Where it comes from.</param>
    /// <returns>x̃ (B, D).</returns>
    View<float> Apply(View<float> clean, View<int> counters, RandomSource noise);
}

/// <summary>What a corruption is made for.</summary>
/// <param name="Amount">σ of gaussian noise; the probability of a number to be lost for the others.</param>
/// <param name="Dimensions">D, numbers of an image.</param>
/// <param name="Capacity">Images of the largest batch.</param>
public sealed record NoiseSettings(double Amount, int Dimensions, int Capacity);
