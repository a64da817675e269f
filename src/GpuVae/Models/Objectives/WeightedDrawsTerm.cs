using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// A loss whose gradient is −Σ_s v_s ∇ (log p(x | z_s) + β (log p(z_s) − log q(z_s | x))) through the draws z_s = μ + Lε_s,
/// with weights v_s that add up to 1/B for each image. Up to a constant log p(z) − log q(z | x) = −½ zᵀz + log det L at
/// such a draw: the draws' gradients of the outputs are weighed by v, βv · z is added to those of z, and what is left is
/// −β/B for log det L.
/// </summary>
public abstract class WeightedDrawsTerm : IObjectiveTerm
{
    private readonly PosteriorCode _code;
    private readonly DeviceBuffer<float> _logWeightsBuffer;
    private readonly DeviceBuffer<float> _weightsBuffer;
    private readonly View<float> _logWeights; // (images, K)
    private readonly View<float> _weights;    // (images, K)

    private protected WeightedDrawsTerm(IDevice backend, PosteriorCode code, int images, int samples)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(code);
        Backend = backend;
        _code = code;
        Samples = samples;
        _logWeightsBuffer = backend.Allocate<float>((long)images * samples);
        _weightsBuffer = backend.Allocate<float>((long)images * samples);
        _logWeights = _logWeightsBuffer.AsMatrix(images, samples);
        _weights = _weightsBuffer.AsMatrix(images, samples);
    }

    /// <inheritdoc/>
    public int Samples { get; }

    /// <inheritdoc/>
    public bool HasOwnTerm => true;

    private protected IDevice Backend { get; }

    /// <inheritdoc/>
    public float OutputScale(int images) => 1;

    /// <inheritdoc/>
    public View<float> DrawWeights(int images) => _weights.RowRange(0, images);

    /// <inheritdoc/>
    public void Measure(in ForwardPass pass)
    {
        int images = pass.Head.Rows;
        View<float> logWeights = _logWeights.RowRange(0, images);
        _code.LogWeights(pass.Head, pass.Z, pass.Reconstruction, logWeights);
        Weigh(logWeights, DrawWeights(images), pass.OwnTerm);
    }

    /// <inheritdoc/>
    public void WeighOutputs(in ForwardPass pass) =>
        Backend.Run(new ScaleRows(DrawWeights(pass.Head.Rows), pass.OutputGradient));

    /// <inheritdoc/>
    public DivergenceGradient WeighDivergence(in ForwardPass pass, View<float> zGradient)
    {
        Backend.Run(new AddScaledRows(DivergenceWeights(pass.Head.Rows), pass.Z, zGradient));
        return new DivergenceGradient(DivergenceForm.Sampled, default);
    }

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
        _logWeightsBuffer.Dispose();
        _weightsBuffer.Dispose();
    }

    /// <summary>Weighs the draws.</summary>
    /// <param name="logWeights">(images, K): log w = log p(x | z) + log p(z) − log q(z | x) of each draw.</param>
    /// <param name="weights">(images, K): v, to be filled.</param>
    /// <param name="ownTerm">(1, images): the objective's own term, to be filled.</param>
    private protected abstract void Weigh(View<float> logWeights, View<float> weights, View<float> ownTerm);

    /// <summary>βv (images, K).</summary>
    private protected virtual View<float> DivergenceWeights(int images) => DrawWeights(images);
}
