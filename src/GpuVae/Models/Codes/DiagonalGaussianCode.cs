using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// The variational autoencoder's code (Kingma and Welling 2014, section 3): the head is (μ, log σ²) of the posterior
/// q(z | x) = N(μ, diag σ²), and z = μ + σ ⊙ ε with ε ~ N(0, I).
/// </summary>
public sealed class DiagonalGaussianCode : ICode
{
    private readonly IBackend _backend;
    private readonly DeviceBuffer<float> _epsilonBuffer;
    private readonly DeviceBuffer<float> _zBuffer;
    private readonly DeviceBuffer<float> _headGradientBuffer;
    private readonly View<float> _epsilon;      // (capacity, k)
    private readonly View<float> _z;            // (capacity, k)
    private readonly View<float> _headGradient; // (capacity, 2k)

    /// <summary>Takes memory for batches of up to <paramref name="capacity"/> images.</summary>
    /// <param name="backend">Where the model runs.</param>
    /// <param name="units">k.</param>
    /// <param name="capacity">Rows of the largest batch.</param>
    public DiagonalGaussianCode(IBackend backend, int units, int capacity)
    {
        _backend = backend;
        Units = units;
        _epsilonBuffer = backend.Allocate<float>((long)capacity * units);
        _zBuffer = backend.Allocate<float>((long)capacity * units);
        _headGradientBuffer = backend.Allocate<float>((long)capacity * HeadWidth);
        _epsilon = _epsilonBuffer.AsMatrix(capacity, units);
        _z = _zBuffer.AsMatrix(capacity, units);
        _headGradient = _headGradientBuffer.AsMatrix(capacity, HeadWidth);
    }

    /// <inheritdoc/>
    public int Units { get; }

    /// <inheritdoc/>
    public int HeadWidth => 2 * Units;

    /// <inheritdoc/>
    public bool HasDivergence => true;

    /// <inheritdoc/>
    public View<float> Forward(View<float> head, View<int> counters, RandomSource noise, View<float> divergence)
    {
        View<float> z = _z.RowRange(0, head.Rows);
        _backend.SampleDiagonal(head, counters, noise, _epsilon.RowRange(0, head.Rows), z, divergence);
        return z;
    }

    /// <inheritdoc/>
    public View<float> Backward(
        View<float> head, View<float> zGradient, View<float> schedule, View<int> counters, float gradientScale)
    {
        View<float> headGradient = _headGradient.RowRange(0, head.Rows);
        _backend.SampleDiagonalGradient(
            head, _epsilon.RowRange(0, head.Rows), zGradient, schedule, counters, gradientScale, default, headGradient);
        return headGradient;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _epsilonBuffer.Dispose();
        _zBuffer.Dispose();
        _headGradientBuffer.Dispose();
    }
}
