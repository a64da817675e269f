using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// The mean over K draws, and with λ &gt; 0 the term Σⱼ max(λ, KLⱼ): a unit whose KLⱼ is below λ has no gradient from it.
/// </summary>
public sealed class FreeBitsTerm : IObjectiveTerm
{
    private readonly IDevice _backend;
    private readonly PosteriorCode _code;
    private readonly float _freeNats;
    private readonly DeviceBuffer<float> _divergence;  // (1, k)
    private readonly DeviceBuffer<float> _unitWeights; // (1, k)

    /// <summary>Takes memory for two numbers of each unit.</summary>
    /// <param name="backend">Where the model runs.</param>
    /// <param name="code">The model's code.</param>
    /// <param name="samples">K.</param>
    /// <param name="freeNats">λ.</param>
    public FreeBitsTerm(IDevice backend, PosteriorCode code, int samples, double freeNats)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(code);
        _backend = backend;
        _code = code;
        _freeNats = (float)freeNats;
        Samples = samples;
        _divergence = backend.Allocate<float>(code.Units);
        _unitWeights = backend.Allocate<float>(code.Units);
    }

    /// <inheritdoc/>
    public int Samples { get; }

    /// <inheritdoc/>
    public bool HasOwnTerm => _freeNats > 0;

    /// <inheritdoc/>
    public void Measure(in ForwardPass pass)
    {
        if (!HasOwnTerm)
            return;
        _code.UnitDivergence(pass.Head, _divergence.AsVector());
        _backend.Run(new FreeBits(
            _divergence.AsVector(), pass.Divergence, _freeNats, _unitWeights.AsVector(), pass.OwnTerm));
    }

    /// <inheritdoc/>
    public void WeighOutputs(in ForwardPass pass)
    {
    }

    /// <inheritdoc/>
    public DivergenceGradient WeighDivergence(in ForwardPass pass, View<float> zGradient) =>
        new(DivergenceForm.Exact, HasOwnTerm ? _unitWeights.AsVector() : default);

    /// <inheritdoc/>
    public void Dispose()
    {
        _divergence.Dispose();
        _unitWeights.Dispose();
    }
}
