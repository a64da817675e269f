using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// A loss whose gradient is −Σ_s v_s ∇ (log p(x | z_s) + β (log p(z_s) − log q(z_s | x))) through the draws z_s = μ + Lε_s,
/// with weights v_s that add up to 1/B for each image. Up to a constant log p(z) − log q(z | x) = −½ zᵀz + log det L at
/// such a draw: the draws' gradients of the outputs are weighed by v, βv · z is added to those of z, and what is left is
/// −β/B for log det L.
/// </summary>
public abstract class WeightedDrawsPass : IObjectivePass
{
    private readonly IPosteriorCode _code;
    private readonly LossTerm _term;
    private readonly DeviceBuffer<float> _logWeightsBuffer;
    private readonly DeviceBuffer<float> _weightsBuffer;
    private readonly View<float> _logWeights; // (images, K)
    private readonly View<float> _weights;    // (images, K)

    private protected WeightedDrawsPass(IDevice device, IPosteriorCode code, int images, int samples, LossTerm term)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(code);
        Device = device;
        _code = code;
        _term = term;
        Samples = samples;
        Terms = [term];
        _logWeightsBuffer = device.Allocate<float>((long)images * samples);
        _weightsBuffer = device.Allocate<float>((long)images * samples);
        _logWeights = _logWeightsBuffer.AsMatrix(images, samples);
        _weights = _weightsBuffer.AsMatrix(images, samples);
    }

    /// <inheritdoc/>
    public int Samples { get; }

    /// <inheritdoc/>
    public IReadOnlyList<LossTerm> Terms { get; }

    private protected IDevice Device { get; }

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
        Weigh(logWeights, DrawWeights(images), pass.Losses(_term));
    }

    /// <inheritdoc/>
    public void WeighOutputs(in ForwardPass pass) =>
        Device.Run(new ScaleRows(DrawWeights(pass.Head.Rows), pass.OutputGradient));

    /// <inheritdoc/>
    public DivergenceGradient WeighDivergence(in ForwardPass pass, View<float> zGradient)
    {
        Device.Run(new AddScaledRows(DivergenceWeights(pass.Head.Rows), pass.Z, zGradient));
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
    /// <param name="term">(1, images): the auxiliary term, to be filled.</param>
    private protected abstract void Weigh(View<float> logWeights, View<float> weights, View<float> term);

    /// <summary>βv (images, K).</summary>
    private protected virtual View<float> DivergenceWeights(int images) => DrawWeights(images);
}

/// <summary>
/// The mean of log w over K draws of each image, and the gradient of the ELBO whose divergence is the mean over these draws
/// of log q(z | x) − log p(z): a draw has the weight 1/(K·B). With β = 1 it is that of the mean of −log w, by which Burda,
/// Grosse and Salakhutdinov (2016, section 2) train a VAE; with one draw it is that of
/// <see cref="ImportanceWeightedPass"/> too.
/// </summary>
public sealed class SampledDivergencePass : WeightedDrawsPass
{
    private readonly float _beta;
    private readonly DeviceBuffer<float> _divergenceWeightsBuffer;
    private readonly View<float> _divergenceWeights; // (images, K)

    /// <summary>Takes memory for the weights.</summary>
    /// <param name="device">Where the model runs.</param>
    /// <param name="code">The model's code.</param>
    /// <param name="images">Rows of the largest batch.</param>
    /// <param name="samples">K.</param>
    /// <param name="beta">β, the same at every step.</param>
    public SampledDivergencePass(IDevice device, IPosteriorCode code, int images, int samples, double beta)
        : base(device, code, images, samples, MeanLogWeight)
    {
        _beta = (float)beta;
        _divergenceWeightsBuffer = Device.Allocate<float>((long)images * samples);
        _divergenceWeights = _divergenceWeightsBuffer.AsMatrix(images, samples);
    }

    /// <summary>The mean of log w over an image's draws.</summary>
    public static LossTerm MeanLogWeight { get; } = new("mean_log_weight");

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _divergenceWeightsBuffer.Dispose();
        base.Dispose(disposing);
    }

    private protected override void Weigh(View<float> logWeights, View<float> weights, View<float> term)
    {
        // The last batch of an epoch is smaller, so 1/B is known only here.
        int images = logWeights.Rows;
        Device.Run(new Fill(1f / images / Samples, weights));
        Device.Run(new Fill(_beta / images / Samples, DivergenceWeights(images)));
        Device.Run(new SumGroups(logWeights.Reshape(images * Samples, 1), Samples, term.Reshape(images, 1)));
    }

    private protected override View<float> DivergenceWeights(int images) => _divergenceWeights.RowRange(0, images);
}
