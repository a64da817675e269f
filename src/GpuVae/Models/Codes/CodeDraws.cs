using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>What a code draws by.</summary>
/// <param name="Counters">(1, <see cref="Counter.Count"/>): the step of the noise.</param>
/// <param name="Noise">Where draws come from.</param>
/// <param name="Order">
/// (1, N), in training: row i of a batch is image order[StepInEpoch · <paramref name="BatchSize"/> + i]. Empty at use,
/// where a code adds no noise that is there for training alone.
/// </param>
/// <param name="BatchSize">Images in a full batch.</param>
public readonly record struct CodeDraws(
    View<int> Counters, RandomSource Noise, View<int> Order = default, int BatchSize = 0);

/// <summary>What a code is made for.</summary>
/// <param name="Units">k.</param>
/// <param name="Capacity">Images of the largest batch.</param>
/// <param name="DrawCapacity">Most draws of a batch: B·K where each of B images has K.</param>
/// <param name="Noise">Standard deviation of the noise of a code that has such noise.</param>
public sealed record CodeSettings(int Units, int Capacity, int DrawCapacity, double Noise = 0);
