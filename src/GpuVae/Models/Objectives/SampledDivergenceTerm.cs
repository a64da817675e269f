using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// The mean of log w over K draws of each image, and the gradient of the ELBO whose divergence is the mean over these draws
/// of log q(z | x) − log p(z): a draw has the weight 1/(K·B). With β = 1 it is that of the mean of −log w, by which Burda,
/// Grosse and Salakhutdinov (2016, section 2) train a VAE; with one draw it is that of <see cref="ImportanceWeightedTerm"/>
/// too.
/// </summary>
public sealed class SampledDivergenceTerm : WeightedDrawsTerm
{
    private readonly float _beta;
    private readonly DeviceBuffer<float> _equalBuffer;
    private readonly DeviceBuffer<float> _divergenceWeightsBuffer;
    private readonly View<float> _equal;             // (images, K), zeros
    private readonly View<float> _divergenceWeights; // (images, K)

    /// <summary>Takes memory for the weights.</summary>
    /// <param name="backend">Where the model runs.</param>
    /// <param name="code">The model's code.</param>
    /// <param name="images">Rows of the largest batch.</param>
    /// <param name="samples">K.</param>
    /// <param name="beta">β, the same at every step.</param>
    public SampledDivergenceTerm(IDevice backend, PosteriorCode code, int images, int samples, double beta)
        : base(backend, code, images, samples)
    {
        _beta = (float)beta;
        _equalBuffer = Backend.Allocate<float>((long)images * samples);
        _divergenceWeightsBuffer = Backend.Allocate<float>((long)images * samples);
        _equal = _equalBuffer.AsMatrix(images, samples);
        _divergenceWeights = _divergenceWeightsBuffer.AsMatrix(images, samples);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _equalBuffer.Dispose();
            _divergenceWeightsBuffer.Dispose();
        }
        base.Dispose(disposing);
    }

    private protected override void Weigh(View<float> logWeights, View<float> weights, View<float> ownTerm)
    {
        // Draws of equal importance have 1/K each. The last batch of an epoch is smaller, so 1/B is known only here, where
        // nothing may be uploaded. The bound that comes along says nothing, and its place is the mean's.
        int images = logWeights.Rows;
        View<float> equal = _equal.RowRange(0, images);
        Backend.Run(new ImportanceWeights(equal, 1f / images, weights, ownTerm));
        Backend.Run(new ImportanceWeights(equal, _beta / images, DivergenceWeights(images), ownTerm));
        Backend.Run(new SumGroups(logWeights.Reshape((int)logWeights.Length, 1), Samples, ownTerm.Reshape(images, 1)));
    }

    private protected override View<float> DivergenceWeights(int images) => _divergenceWeights.RowRange(0, images);
}
