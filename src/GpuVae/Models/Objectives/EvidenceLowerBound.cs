using System.Globalization;
using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// −ELBO: w = β. At β = 1 it bounds −log p(x) from above (Kingma and Welling 2014, equation 3); above 1 codes are more
/// regular and reconstructions worse (Higgins and others 2017, equation 4). −log p(x | z) is the mean over K draws. β may
/// rise linearly from 0 over the first steps (Sønderby and others 2016, section 3.1), and λ nats of each unit's KL may be
/// free: Σⱼ max(λ, KLⱼ), KLⱼ the mean over the batch (Kingma and others 2016, appendix C.8). KL is taken exactly (Kingma and
/// Welling 2014, equation 7), or as the mean of log q(z | x) − log p(z) over the same K draws (equation 6).
/// </summary>
/// <param name="settings">β, K, the form of KL, λ and the steps of the rise.</param>
public sealed class EvidenceLowerBound(ObjectiveSettings settings) : IObjective
{
    /// <summary>With one draw, no warm-up and no free bits.</summary>
    public EvidenceLowerBound(double beta)
        : this(new ObjectiveSettings(beta))
    {
    }

    /// <inheritdoc/>
    public bool UsesPrior => true;

    /// <inheritdoc/>
    public bool TakesWeight => true;

    /// <inheritdoc/>
    public bool TakesTerms => true;

    /// <summary>With free bits, which are of the batch's mean.</summary>
    public bool NeedsWholeBatches => settings.FreeNats > 0;

    /// <inheritdoc/>
    public int Samples => settings.Samples;

    /// <inheritdoc/>
    public string Description => string.Create(
        CultureInfo.InvariantCulture,
        $" with β = {settings.Beta}{(settings.WarmUpSteps > 0 ? $" from step {settings.WarmUpSteps} on" : "")}"
        + $"{(IsSampled ? ", sampled KL" : "")}"
        + $"{(settings.Samples > 1 ? $", {settings.Samples} samples" : "")}"
        + $"{(settings.FreeNats > 0 ? $", {settings.FreeNats} free nats a unit" : "")}");

    private bool IsSampled => settings.Divergence == DivergenceForm.Sampled;

    /// <inheritdoc/>
    public long WarmUpSteps => settings.WarmUpSteps;

    /// <inheritdoc/>
    public double DivergenceWeight(long globalStep) =>
        globalStep >= settings.WarmUpSteps ? settings.Beta : settings.Beta * globalStep / settings.WarmUpSteps;

    /// <inheritdoc/>
    public double Loss(LossValues values, double weight)
    {
        // The mean of log w is −reconstruction − KL, both at the draws.
        if (IsSampled)
        {
            return ((1 - weight) * values.Reconstruction) - (weight * values[SampledDivergencePass.MeanLogWeight])
                + values.SumOfWeighted();
        }
        return settings.FreeNats > 0
            ? values.Reconstruction + (weight * values[FreeBitsPass.ChargedDivergence]) + values.SumOfWeighted()
            : values.Sum(weight);
    }

    /// <summary>Reconstruction + β · KL, with KL as it is and not as free bits charge it, and β at its full value.</summary>
    /// <inheritdoc/>
    public double ComparedLoss(LossValues values) =>
        IsSampled ? Loss(values, settings.Beta) : values.Sum(settings.Beta);

    /// <inheritdoc/>
    public IObjectivePass? Prepare(IDevice device, ICode code, int images)
    {
        if (code is not IPosteriorCode posterior)
            return null;
        if (IsSampled)
            return new SampledDivergencePass(device, posterior, images, settings.Samples, settings.Beta);
        return settings.FreeNats > 0 || settings.Samples > 1
            ? new FreeBitsPass(device, posterior, settings.Samples, settings.FreeNats)
            : null;
    }
}

/// <summary>
/// The mean over K draws, and with λ &gt; 0 the term Σⱼ max(λ, KLⱼ): a unit whose KLⱼ is below λ has no gradient from it.
/// </summary>
public sealed class FreeBitsPass : IObjectivePass
{
    private readonly IDevice _device;
    private readonly IPosteriorCode _code;
    private readonly float _freeNats;
    private readonly DeviceBuffer<float> _divergence;  // (1, k)
    private readonly DeviceBuffer<float> _unitWeights; // (1, k)

    /// <summary>Takes memory for two numbers of each unit.</summary>
    /// <param name="device">Where the model runs.</param>
    /// <param name="code">The model's code.</param>
    /// <param name="samples">K.</param>
    /// <param name="freeNats">λ.</param>
    public FreeBitsPass(IDevice device, IPosteriorCode code, int samples, double freeNats)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(code);
        _device = device;
        _code = code;
        _freeNats = (float)freeNats;
        Samples = samples;
        Terms = freeNats > 0 ? [ChargedDivergence] : [];
        _divergence = device.Allocate<float>(code.Units);
        _unitWeights = device.Allocate<float>(code.Units);
    }

    /// <summary>KL with the missing nats of units that have fewer than λ, which are charged all the same.</summary>
    public static LossTerm ChargedDivergence { get; } = new("charged_kl");

    /// <inheritdoc/>
    public int Samples { get; }

    /// <inheritdoc/>
    public IReadOnlyList<LossTerm> Terms { get; }

    private bool HasFreeBits => Terms.Count > 0;

    /// <inheritdoc/>
    public void Measure(in ForwardPass pass)
    {
        if (!HasFreeBits)
            return;
        _code.UnitDivergence(pass.Head, _divergence.AsVector());
        _device.Run(new FreeBits(
            _divergence.AsVector(), pass.Losses(LossTerm.Divergence), _freeNats, _unitWeights.AsVector(),
            pass.Losses(ChargedDivergence)));
    }

    /// <inheritdoc/>
    public DivergenceGradient WeighDivergence(in ForwardPass pass, View<float> zGradient) =>
        new(DivergenceForm.Exact, HasFreeBits ? _unitWeights.AsVector() : default);

    /// <inheritdoc/>
    public void Dispose()
    {
        _divergence.Dispose();
        _unitWeights.Dispose();
    }
}
