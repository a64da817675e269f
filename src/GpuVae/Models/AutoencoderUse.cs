using GpuVae.Kernels;

namespace GpuVae.Models;

/// <content>What a trained model is asked for: codes, pictures and likelihoods, without gradients.</content>
public sealed partial class Autoencoder
{
    /// <summary>
    /// log w = log p(x | z) + log p(z) − log q(z | x) of K draws of each image's code: log p(x) is about the logarithm of
    /// their mean (Burda, Grosse and Salakhutdinov 2016, equation 8). The encoder sees x itself.
    /// </summary>
    /// <remarks>
    /// What <see cref="ILikelihood.Constant"/> says is not in it: subtract it. More draws than fit come in chunks, each
    /// with another <see cref="Counter.GlobalStep"/> or another purpose, since the same step gives the same draws.
    /// </remarks>
    /// <param name="x">(B, D), B up to <see cref="Capacity"/> and B·K up to <see cref="DrawCapacity"/>.</param>
    /// <param name="counters">(1, <see cref="Counter.Count"/>): the step of the draws.</param>
    /// <param name="noise">Where they come from.</param>
    /// <param name="draws">K.</param>
    /// <returns>(B, K) in nats; it lasts until the next call.</returns>
    /// <exception cref="InvalidOperationException">The code has no posterior to draw from.</exception>
    public View<float> LogWeights(View<float> x, View<int> counters, RandomSource noise, int draws)
    {
        IPosteriorCode code = Posterior
            ?? throw new InvalidOperationException("Only a code that is drawn from a posterior has importance weights.");
        View<float> head = Head(PassContext.Use, x);
        View<float> z = code.Forward(
            head, new CodeDraws(counters, noise), draws, new View<float>(_losses.Buffer, 0, code.Terms.Count, x.Rows));
        var reconstruction = new View<float>(_reconstruction.Buffer, 0, 1, z.Rows);
        Reconstruct(PassContext.Use, z, x, gradientScale: 1, reconstruction);
        var logWeights = new View<float>(_logWeights.Buffer, 0, x.Rows, draws);
        code.LogWeights(head, z, reconstruction, logWeights);
        return logWeights;
    }

    /// <summary>
    /// The likelihood's scale as it was learned, one number for all of an example: σ of gaussian, b of laplace, s of logistic.
    /// </summary>
    /// <returns>e^λ of the parameter λ; null where the scale is a constant, or there is none.</returns>
    public double? LearnedScale()
    {
        Parameter? log = Parameters.Parameters.FirstOrDefault(
            parameter => parameter.Shape.Name.StartsWith(LikelihoodName, StringComparison.Ordinal)
                && parameter.Shape.Name.EndsWith($".{LikelihoodScale.Name}", StringComparison.Ordinal));
        if (log is null)
            return null;
        var value = new float[1];
        _device.Download<float>(log.Value, value);
        return Math.Exp(value[0]);
    }

    /// <summary>−log p(x | z) for given codes, without what <see cref="ILikelihood.Constant"/> says.</summary>
    /// <param name="x">(B, D) images, B up to <see cref="Capacity"/>.</param>
    /// <param name="z">(B, k) a code for each.</param>
    /// <returns>(1, B) in nats; it lasts until the next call.</returns>
    public View<float> NegativeLogLikelihood(View<float> x, View<float> z)
    {
        var reconstruction = new View<float>(_reconstruction.Buffer, 0, 1, x.Rows);
        Reconstruct(PassContext.Use, z, x, gradientScale: 1, reconstruction);
        return reconstruction;
    }

    /// <summary>The mean code of each image: no draw, and only the head's first k outputs are computed.</summary>
    /// <param name="x">(B, D), what the encoder is to see.</param>
    /// <returns>(B, k); it lasts until the next call.</returns>
    public View<float> EncodeMean(View<float> x)
    {
        View<float> mean = _mean.RowRange(0, x.Rows);
        var epilogue = Epilogue.Activate(_code.Mean);
        if (_encoderHead is null)
            Encoder.Forward(PassContext.Use, x, epilogue, mean);
        else
            _encoderHead.ForwardFirst(Encoder.ForwardHidden(PassContext.Use, x), epilogue, mean);
        return mean;
    }

    /// <summary>The whole head of each image: for a code that is drawn, its posterior.</summary>
    /// <param name="x">(B, D), what the encoder is to see.</param>
    /// <returns>(B, head width); it lasts until the next pass.</returns>
    public View<float> EncodePosterior(View<float> x) => Head(PassContext.Use, x);

    /// <summary>E[x | z], the picture of each code.</summary>
    /// <param name="z">(B, k).</param>
    /// <returns>(B, D); it lasts until the next call.</returns>
    public View<float> DecodeMean(View<float> z)
    {
        View<float> outputs = _output.RowRange(0, z.Rows);
        Decoder.Forward(PassContext.Use, z, Epilogue.Activate(Likelihood.Mean), outputs);
        return Likelihood.ToMeans(outputs);
    }

    /// <summary>d(z), the decoder's outputs for each code, before <see cref="ILikelihood.Mean"/>.</summary>
    /// <param name="z">(B, k).</param>
    /// <returns>(B, m·D) with the likelihood's m; it lasts until the next call.</returns>
    internal View<float> DecodeOutputs(View<float> z)
    {
        View<float> outputs = _output.RowRange(0, z.Rows);
        Decoder.Forward(PassContext.Use, z, Epilogue.Store, outputs);
        return outputs;
    }
}
