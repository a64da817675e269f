using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// −L_K of each image, and its gradient Σ_s w̃_s ∇log w_s through the draws z_s = μ + Lε_s (Burda, Grosse and Salakhutdinov
/// 2016, equation 13). With log w = −log 1/p(x | z) − ½ zᵀz + log det L + const, the draws' gradients of the outputs are
/// weighed by w̃/B, w̃/B · z is added to those of z, and what is left is −1/B for log det L.
/// </summary>
public sealed class ImportanceWeightedTerm : IObjectiveTerm
{
    private readonly IBackend _backend;
    private readonly PosteriorCode _code;
    private readonly DeviceBuffer<float> _logWeightsBuffer;
    private readonly DeviceBuffer<float> _weightsBuffer;
    private readonly View<float> _logWeights; // (images, K)
    private readonly View<float> _weights;    // (images, K)

    /// <summary>Takes memory for the weights.</summary>
    /// <param name="backend">Where the model runs.</param>
    /// <param name="code">The model's code.</param>
    /// <param name="images">Rows of the largest batch.</param>
    /// <param name="samples">K.</param>
    public ImportanceWeightedTerm(IBackend backend, PosteriorCode code, int images, int samples)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(code);
        _backend = backend;
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
        _backend.ImportanceWeights(logWeights, 1f / images, _weights.RowRange(0, images), pass.OwnTerm);
    }

    /// <inheritdoc/>
    public void WeighOutputs(in ForwardPass pass) =>
        _backend.ScaleRows(_weights.RowRange(0, pass.Head.Rows), pass.OutputGradient);

    /// <inheritdoc/>
    public DivergenceGradient WeighDivergence(in ForwardPass pass, View<float> zGradient)
    {
        _backend.AddScaledRows(_weights.RowRange(0, pass.Head.Rows), pass.Z, zGradient);
        return new DivergenceGradient(DivergenceForm.Sampled, default);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _logWeightsBuffer.Dispose();
        _weightsBuffer.Dispose();
    }
}
