using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Models;

namespace GpuVae.Evaluation;

/// <summary>
/// Says where in a picture a model is surprised: the score of each pixel is what its numbers have of the loss of the picture's
/// reconstruction from its mean code, each measured from its optimum (<see cref="ILikelihood.ColumnLosses"/>), in nats. The sum over
/// a picture is its score by <see cref="AnomalyScore.Reconstruction"/>.
/// </summary>
/// <remarks>
/// A likelihood that does not know the losses of single numbers has the squared error of each instead. Several threads may share the
/// device: they wait for each other.
/// </remarks>
/// <param name="device">Where the model is.</param>
/// <param name="model">What scores.</param>
/// <param name="encoding">What the encoder sees of a pixel.</param>
/// <param name="seed">Decides the draws of pixels that are drawn.</param>
public sealed class PixelScorer(IDevice device, Autoencoder model, PixelEncoding encoding, ulong seed)
{
    /// <summary>Scores every pixel of some pictures.</summary>
    /// <param name="pictures">N of them, H×W with C channels.</param>
    /// <param name="expected">(N, H·W·C), what the model makes of them.</param>
    /// <returns>(N, H·W), at least 0; +∞ where the model's own numbers overflow. The channels of a pixel are added up.</returns>
    /// <exception cref="ArgumentException">A picture has another number of numbers than the model takes.</exception>
    public float[] Score(ImageSet pictures, out float[] expected)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        ImageBatches.RequireWidth(model, pictures);
        int dimensions = pictures.Dimensions, channels = pictures.Channels, pixels = dimensions / channels;
        var scores = new float[pictures.Count * pixels];
        expected = new float[pictures.Count * dimensions];
        if (pictures.Count == 0)
            return scores;
        var losses = new double[dimensions];
        using Lock.Scope turn = DeviceTurn.Of(device).EnterScope();
        using var batches = new ImageBatches(device, pictures, model.Capacity, encoding, seed);
        float[] targets = new float[batches.LargestBatch * dimensions], outputs = new float[targets.Length];
        double logScale = LogScale();
        int first = 0;
        foreach (View<float> x in batches.Each())
        {
            int numbers = x.Rows * dimensions;
            device.Download(x, targets.AsSpan(0, numbers));
            View<float> z = model.EncodeMean(x);
            device.Download(model.DecodeOutputs(z), outputs.AsSpan(0, numbers));
            device.Download(model.DecodeMean(z), expected.AsSpan(first * dimensions, numbers));
            for (int row = 0; row < x.Rows; row++)
            {
                ReadOnlySpan<float> target = targets.AsSpan(row * dimensions, dimensions);
                if (!model.Likelihood.ColumnLosses(target, outputs.AsSpan(row * dimensions, dimensions), logScale, losses))
                    SquaredErrors(target, expected.AsSpan((first + row) * dimensions, dimensions), losses);
                Span<float> ofPicture = scores.AsSpan((first + row) * pixels, pixels);
                for (int pixel = 0; pixel < pixels; pixel++)
                    ofPicture[pixel] = Sum(losses.AsSpan(pixel * channels, channels));
            }
            first += x.Rows;
        }
        return scores;
    }

    private static float Sum(ReadOnlySpan<double> losses)
    {
        double sum = 0;
        foreach (double loss in losses)
            sum += loss;
        return double.IsNaN(sum) ? float.PositiveInfinity : (float)sum;
    }

    private static void SquaredErrors(ReadOnlySpan<float> target, ReadOnlySpan<float> mean, Span<double> errors)
    {
        for (int i = 0; i < errors.Length; i++)
            errors[i] = ((double)target[i] - mean[i]) * ((double)target[i] - mean[i]);
    }

    /// <summary>λ, wherever it lies.</summary>
    private double LogScale()
    {
        View<float> log = model.Likelihood.LogScale;
        if (log.Length == 0)
            return 0;
        var value = new float[1];
        device.Download(log, value);
        return value[0];
    }
}
