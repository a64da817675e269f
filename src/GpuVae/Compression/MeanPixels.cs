using GpuVae.Data;
using GpuVae.Models;

namespace GpuVae.Compression;

/// <summary>The byte k for which k/255 is nearest to E[x | z], numbers below 0 and above 1 being black and white.</summary>
internal sealed class MeanPixels : IReconstruction
{
    private readonly Func<float, float>? _mean;
    private readonly LogisticMixturePixels? _mixture;
    private readonly int _channels;
    private readonly int _parameters;

    /// <summary>Knows where the means stand in a decoder's outputs.</summary>
    /// <param name="likelihood">What the outputs mean.</param>
    /// <param name="channels">Numbers of a pixel.</param>
    /// <exception cref="UserException">The mean has no form that is the same on every machine.</exception>
    public MeanPixels(ILikelihood likelihood, int channels)
    {
        _mixture = likelihood is LogisticMixtureLikelihood mixture ? new LogisticMixturePixels(mixture.Components, channels) : null;
        _mean = likelihood switch
        {
            // The logistic's mean is within 0 and 1, as bytes are.
            LogisticMixtureLikelihood or DiscretizedLogisticLikelihood => null,
            BernoulliLikelihood or ScaledLikelihood or BetaBinomialLikelihood => CanonicalActivation.Of(likelihood.Mean, "the likelihood"),
            _ => throw new UserException(
                $"the likelihood {likelihood.GetType().Name} is not one of the library's own, and its mean has no form that is the same on every machine"),
        };
        _channels = channels;
        _parameters = likelihood.ParametersPerNumber;
    }

    /// <inheritdoc/>
    public void Reconstruct(ReadOnlySpan<float> outputs, Span<byte> symbols)
    {
        for (int pixel = 0; pixel < symbols.Length; pixel++)
        {
            if (_mixture is not null)
            {
                symbols[pixel] = PixelBytes.Of(_mixture.Mean(outputs, pixel));
                continue;
            }
            // Of a pixel's outputs the first parameters of its channels come first.
            float output = outputs[(pixel / _channels * _channels * _parameters) + (pixel % _channels)];
            symbols[pixel] = PixelBytes.Of(_mean is null ? output : _mean(output));
        }
    }

    /// <inheritdoc/>
    public void See(ReadOnlySpan<byte> symbols, Span<float> x)
    {
        for (int pixel = 0; pixel < symbols.Length; pixel++)
            x[pixel] = symbols[pixel] / 255f;
    }
}
