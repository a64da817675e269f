using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// Noise on each number of an image on its own, drawn afresh at every step; the range of the data is 0 … 1. What the
/// noise does is a <see cref="CorruptionKind"/>.
/// </summary>
public sealed class NoisyCorruption : ICorruption
{
    private readonly IDevice _backend;
    private readonly CorruptionSettings _settings;
    private readonly DeviceBuffer<float> _buffer;
    private readonly View<float> _corrupted; // (capacity, D)

    /// <summary>Takes memory for x̃.</summary>
    /// <param name="backend">Where the model runs.</param>
    /// <param name="kind">What the noise does.</param>
    /// <param name="settings">How much of it, for what images.</param>
    public NoisyCorruption(IDevice backend, CorruptionKind kind, NoiseSettings settings)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(settings);
        _backend = backend;
        _settings = new CorruptionSettings(kind, (float)settings.Amount);
        _buffer = backend.Allocate<float>((long)settings.Capacity * settings.Dimensions);
        _corrupted = _buffer.AsMatrix(settings.Capacity, settings.Dimensions);
    }

    /// <inheritdoc/>
    public bool AddsNoise => true;

    /// <inheritdoc/>
    public View<float> Apply(View<float> clean, View<int> counters, RandomSource noise)
    {
        View<float> corrupted = _corrupted.RowRange(0, clean.Rows);
        _backend.Run(new Corrupt(clean, counters, _settings, noise, corrupted));
        return corrupted;
    }

    /// <inheritdoc/>
    public void Dispose() => _buffer.Dispose();
}
