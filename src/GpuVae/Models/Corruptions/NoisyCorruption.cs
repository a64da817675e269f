using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// Noise on each number of an example on its own, drawn afresh at every step. What the noise does is a
/// <see cref="CorruptionKind"/>.
/// </summary>
/// <param name="kind">What the noise does.</param>
/// <param name="amount">σ of gaussian noise; the probability of a number to be lost for the others.</param>
/// <param name="isClipped">Whether the range of the data is 0 … 1, which noise does not leave.</param>
public sealed class NoisyCorruption(CorruptionKind kind, double amount, bool isClipped = true) : ICorruption
{
    private readonly CorruptionSettings _settings = isClipped
        ? new(kind, (float)amount)
        : new(kind, (float)amount, float.NegativeInfinity, float.PositiveInfinity);

    private IDevice? _device;
    private View<float> _corrupted; // (images, D)

    /// <inheritdoc/>
    public bool AddsNoise => true;

    /// <inheritdoc/>
    public void Build(Shape input, LayerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        _device = builder.Device;
        _corrupted = builder.Allocate(builder.Images, input.Size);
    }

    /// <inheritdoc/>
    public View<float> Apply(View<float> clean, View<int> counters, RandomSource noise)
    {
        View<float> corrupted = _corrupted.RowRange(0, clean.Rows);
        _device!.Run(new Corrupt(clean, counters, _settings, noise, corrupted));
        return corrupted;
    }
}
