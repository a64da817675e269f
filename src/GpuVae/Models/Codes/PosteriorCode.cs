using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// A code that is drawn from a normal posterior q(z | x) = N(μ, LLᵀ): z = μ + Lε with ε ~ N(0, I) (Kingma and Welling 2014,
/// section 2.4). What L is made of, the head says.
/// </summary>
public abstract class PosteriorCode : ICode
{
    private readonly DeviceBuffer<float> _epsilonBuffer;
    private readonly DeviceBuffer<float> _zBuffer;
    private readonly DeviceBuffer<float> _headGradientBuffer;
    private readonly View<float> _epsilon;      // (draw capacity, k)
    private readonly View<float> _z;            // (draw capacity, k)
    private readonly View<float> _headGradient; // (capacity, head width)

    private protected PosteriorCode(IDevice backend, CodeSettings settings, Covariance covariance, int headWidth)
    {
        ArgumentNullException.ThrowIfNull(backend);
        Backend = backend;
        Covariance = covariance;
        Units = settings.Units;
        HeadWidth = headWidth;
        _epsilonBuffer = backend.Allocate<float>((long)settings.DrawCapacity * Units);
        _zBuffer = backend.Allocate<float>((long)settings.DrawCapacity * Units);
        _headGradientBuffer = backend.Allocate<float>((long)settings.Capacity * HeadWidth);
        _epsilon = _epsilonBuffer.AsMatrix(settings.DrawCapacity, Units);
        _z = _zBuffer.AsMatrix(settings.DrawCapacity, Units);
        _headGradient = _headGradientBuffer.AsMatrix(settings.Capacity, HeadWidth);
    }

    /// <inheritdoc/>
    public int Units { get; }

    /// <inheritdoc/>
    public int HeadWidth { get; }

    /// <inheritdoc/>
    public bool HasDivergence => true;

    /// <summary>How a row of the head holds Σ.</summary>
    public Covariance Covariance { get; }

    private protected IDevice Backend { get; }

    /// <inheritdoc/>
    public View<float> Forward(View<float> head, in CodeDraws draws, int count, View<float> divergence)
    {
        View<float> z = _z.RowRange(0, head.Rows * count);
        Sample(head, draws, _epsilon.RowRange(0, z.Rows), z, divergence);
        return z;
    }

    /// <inheritdoc/>
    public View<float> Backward(
        View<float> head, View<float> zGradient, View<float> schedule, View<int> counters, float gradientScale,
        in DivergenceGradient divergence)
    {
        View<float> headGradient = _headGradient.RowRange(0, head.Rows);
        Differentiate(
            head, _epsilon.RowRange(0, zGradient.Rows), zGradient, schedule, counters, gradientScale, divergence,
            headGradient);
        return headGradient;
    }

    /// <summary>log p(x | z) + log p(z) − log q(z | x) of each draw of the last <see cref="Forward"/>.</summary>
    /// <param name="head">(B, <see cref="HeadWidth"/>) as given to it.</param>
    /// <param name="z">(B·K, k) as it returned it.</param>
    /// <param name="reconstruction">(1, B·K): −log p(x | z).</param>
    /// <param name="logWeights">(B, K).</param>
    public void LogWeights(
        View<float> head, View<float> z, View<float> reconstruction, View<float> logWeights) =>
        Backend.Run(new LogWeights(head, Covariance, _epsilon.RowRange(0, z.Rows), z, reconstruction, logWeights));

    /// <summary>Each unit's part of the divergence, the mean over the batch; they add up to it.</summary>
    /// <param name="head">(B, <see cref="HeadWidth"/>).</param>
    /// <param name="divergence">(1, k) in nats.</param>
    public void UnitDivergence(View<float> head, View<float> divergence) =>
        Backend.Run(new UnitDivergence(head, Covariance, divergence));

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the memory.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (!disposing)
            return;
        _epsilonBuffer.Dispose();
        _zBuffer.Dispose();
        _headGradientBuffer.Dispose();
    }

    private protected abstract void Sample(
        View<float> head, in CodeDraws draws, View<float> epsilon, View<float> z, View<float> divergence);

    private protected abstract void Differentiate(
        View<float> head, View<float> epsilon, View<float> zGradient, View<float> schedule, View<int> counters,
        float gradientScale, in DivergenceGradient divergence, View<float> headGradient);
}
