using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// λ, the logarithm of a likelihood's scale, on the device: a parameter <c>log_scale</c> where it is learned, else a constant.
/// </summary>
/// <param name="settings">e^λ, or where it starts, and whether it is learned.</param>
internal sealed class LikelihoodScale(ScaleSettings settings)
{
    /// <summary>The parameter's last name.</summary>
    public const string Name = "log_scale";

    private View<float> _constant; // (1, 1), empty where λ is learned

    /// <summary>The parameter; null where λ is a constant.</summary>
    public Parameter? Learned { get; private set; }

    /// <summary>λ (1, 1).</summary>
    public View<float> Log => Learned?.Value ?? _constant;

    /// <summary>Declares the parameter, or takes memory for the constant.</summary>
    public void Build(LayerBuilder builder)
    {
        double logScale = Math.Log(settings.Scale);
        if (settings.IsLearned)
        {
            Learned = builder.Parameter(Name, [1], fanIn: 1, fanOut: 1, start: logScale);
            return;
        }
        _constant = builder.Allocate(1, 1);
        builder.Device.Upload<float>([(float)logScale], _constant);
    }
}
