using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Models;

namespace GpuVae.Evaluation;

/// <summary>Where in some pictures a model is surprised.</summary>
/// <param name="Heat">
/// (N, H·W), at least 0, of every pixel; +∞ where it has no probability or the model's own numbers overflow. Never NaN.
/// </param>
/// <param name="Inputs">(N, H·W·C), the pictures as the encoder sees them.</param>
/// <param name="Expected">(N, H·W·C), what the model makes of them: E[x | z] of their mean codes.</param>
public sealed record PixelScores(float[] Heat, float[] Inputs, float[] Expected);

/// <summary>
/// Says where in a picture a model is surprised: the heat of a pixel is what its numbers have of the loss of the picture's
/// reconstruction from its mean code, −log p(xⱼ | z) less the least that any output reaches for xⱼ
/// (<see cref="ILikelihood.ColumnLosses"/>), added up over the channels, in nats.
/// </summary>
/// <remarks>
/// The heat of a picture adds up to its score by <see cref="AnomalyScore.Reconstruction"/> less what the likelihood's constants have of
/// that, which is the same for every picture but under a likelihood of bytes. Of the other scores it is the part that has a place: what
/// the code costs has none. A likelihood that knows the loss of the whole picture alone has it divided as the squared error is.
/// <para>
/// Pixels that are drawn (<see cref="PixelEncoding.Resampled"/>) have the same draws in every picture, those of
/// <see cref="AnomalyScorer"/>, so that no picture's heat depends on the others. Several threads may share the device: they wait for
/// each other.
/// </para>
/// </remarks>
/// <param name="device">Where the model is.</param>
/// <param name="model">What scores.</param>
/// <param name="encoding">What the encoder sees of a pixel.</param>
/// <param name="seed">Decides the draws of pixels that are drawn.</param>
public sealed class PixelScorer(IDevice device, Autoencoder model, PixelEncoding encoding, ulong seed)
{
    /// <summary>Scores every pixel of some pictures.</summary>
    /// <param name="pictures">N of them, H×W with C channels.</param>
    /// <exception cref="ArgumentException">A picture has another number of numbers than the model takes.</exception>
    public PixelScores Score(ImageSet pictures)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        ImageBatches.RequireWidth(model, pictures);
        int dimensions = pictures.Dimensions, all = checked(pictures.Count * dimensions);
        var scores = new PixelScores(new float[all / pictures.Channels], new float[all], new float[all]);
        if (pictures.Count == 0)
            return scores;
        using Lock.Scope turn = DeviceTurn.Of(device).EnterScope();
        bool draws = encoding == PixelEncoding.Resampled;
        using var batches = new ImageBatches(device, pictures, draws ? 1 : model.Capacity, encoding, seed, sharesDraws: draws);
        int width = model.Outputs.Size;
        var outputs = new float[batches.LargestBatch * width];
        var totals = new float[batches.LargestBatch];
        var losses = new double[dimensions];
        double logScale = LogScale();
        int first = 0;
        foreach (View<float> x in batches.Each())
        {
            int length = x.Rows * dimensions;
            device.Download(x, scores.Inputs.AsSpan(first, length));
            View<float> z = model.EncodeMean(x);
            device.Download(model.DecodeOutputs(z), outputs.AsSpan(0, x.Rows * width));
            device.Download(model.DecodeMean(z), scores.Expected.AsSpan(first, length));
            bool knowsTotals = false;
            for (int row = 0; row < x.Rows; row++, first += dimensions)
            {
                ReadOnlySpan<float> target = scores.Inputs.AsSpan(first, dimensions);
                if (!model.Likelihood.ColumnLosses(target, outputs.AsSpan(row * width, width), logScale, losses))
                {
                    if (!knowsTotals)
                        device.Download(model.NegativeLogLikelihood(x, z), totals.AsSpan(0, x.Rows));
                    knowsTotals = true;
                    double loss = totals[row] + model.Likelihood.Constant(dimensions) - model.Likelihood.TargetLoss(target);
                    LossParts.Divide(loss, target, scores.Expected.AsSpan(first, dimensions), losses);
                }
                AddChannels(losses, scores.Heat.AsSpan(first / pictures.Channels, dimensions / pictures.Channels));
            }
        }
        return scores;
    }

    private static void AddChannels(ReadOnlySpan<double> losses, Span<float> heat)
    {
        int channels = losses.Length / heat.Length;
        for (int pixel = 0; pixel < heat.Length; pixel++)
        {
            double sum = 0;
            foreach (double loss in losses.Slice(pixel * channels, channels))
                sum += loss;
            heat[pixel] = double.IsNaN(sum) ? float.PositiveInfinity : (float)sum;
        }
    }

    /// <summary>λ, wherever it lies.</summary>
    private double LogScale()
    {
        Span<float> value = [0];
        if (!model.Likelihood.LogScale.IsEmpty)
            device.Download(model.Likelihood.LogScale, value);
        return value[0];
    }
}
