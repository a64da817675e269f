using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// The scale e^λ of a likelihood on a device: a parameter of the arena where it is learned, else a constant. Both give
/// the loss and its gradient at that scale from those at scale 1, so that neither is looked at by the host.
/// </summary>
internal sealed class DecoderScale : IDisposable
{
    private const string Name = "likelihood.log_scale";

    private readonly IDevice _backend;
    private readonly float _power;
    private readonly DeviceBuffer<float>? _constant;
    private readonly View<float> _logScale;         // (1, 1)
    private readonly View<float> _logScaleGradient; // (1, 1), empty where λ is a constant

    /// <summary>Finds λ in the arena, or takes memory for it.</summary>
    public DecoderScale(IDevice backend, ParameterArena arena, LikelihoodScale scale)
    {
        _backend = backend;
        _power = scale.Power;
        if (scale.IsLearned)
        {
            Parameter parameter = arena[Name];
            _logScale = parameter.Value;
            _logScaleGradient = parameter.Gradient;
            return;
        }
        _constant = backend.Allocate<float>(1);
        _logScale = _constant.AsVector();
        backend.Upload<float>([(float)scale.LogScale], _logScale);
    }

    /// <summary>The tensor of a learned scale, in the model's arena.</summary>
    public static IEnumerable<ParameterShape> Shapes(LikelihoodScale? scale) =>
        scale is { IsLearned: true } ? [new(Name, [1], FanIn: 1) { Start = scale.LogScale }] : [];

    /// <summary>Turns loss (1, R) and gradient (R, D) of scale 1 into those of this scale.</summary>
    public void Apply(View<float> loss, View<float> outputGradient) =>
        _backend.Run(new ScaleLikelihood(_logScale, _power, loss, outputGradient));

    /// <summary>∂L/∂λ, where λ is learned.</summary>
    /// <param name="dimensions">D.</param>
    /// <param name="loss">(1, R) as <see cref="Apply"/> left it.</param>
    /// <param name="weights">The weight of each row in L (1, R), or empty.</param>
    /// <param name="weight">The weight of every row, where there are no weights.</param>
    public void Backward(int dimensions, View<float> loss, View<float> weights, float weight)
    {
        if (!_logScaleGradient.IsEmpty)
            _backend.Run(new LogScaleGradient(_logScale, _power, dimensions, loss, weights, weight, _logScaleGradient));
    }

    /// <inheritdoc/>
    public void Dispose() => _constant?.Dispose();
}
