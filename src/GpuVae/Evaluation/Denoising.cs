using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Models;

namespace GpuVae.Evaluation;

/// <summary>What a model makes of images after its own corruption.</summary>
/// <param name="NoisyError">The mean of (x̃ − x)² over all numbers of all images.</param>
/// <param name="DenoisedError">The mean of (x̂ − x)², where x̂ is the picture of x̃'s mean code.</param>
/// <param name="Shown">(3·n, D): the first n images corrupted, denoised, and clean.</param>
public sealed record Denoising(double NoisyError, double DenoisedError, float[] Shown)
{
    /// <summary>Corrupts images as evaluation does, and denoises them: the model never sees a clean one.</summary>
    /// <param name="device">Where the model is.</param>
    /// <param name="model">What denoises; it has a corruption.</param>
    /// <param name="images">The clean images, at least n.</param>
    /// <param name="encoding">What becomes of a pixel before it is corrupted.</param>
    /// <param name="seed">Decides the noise.</param>
    /// <param name="shown">n.</param>
    public static Denoising Of(
        IDevice device, Autoencoder model, ImageSet images, PixelEncoding encoding, ulong seed, int shown)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(images);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(shown, images.Count);
        int dimensions = model.Dimensions;
        var code = new RandomSource(seed, RandomPurpose.EvaluationCode);
        var picture = new float[3 * shown * dimensions];
        double noisyError = 0, denoisedError = 0;
        int first = 0;
        ImageBatches.RequireWidth(model, images);
        using Lock.Scope turn = DeviceTurn.Of(device).EnterScope();
        using var batches = new ImageBatches(device, images, model.Capacity, encoding, seed);
        foreach (View<float> x in batches.Each())
        {
            View<float> corrupted = model.Corrupt(x, batches.Counters, code);
            float[] clean = Download(device, x), noisy = Download(device, corrupted);
            float[] denoised = Download(device, model.DecodeMean(model.EncodeMean(corrupted)));
            noisyError += SquaredError(noisy, clean);
            denoisedError += SquaredError(denoised, clean);

            int left = Math.Clamp(shown - first, 0, x.Rows) * dimensions;
            noisy.AsSpan(0, left).CopyTo(picture.AsSpan(Math.Min(first, shown) * dimensions));
            denoised.AsSpan(0, left).CopyTo(picture.AsSpan((shown + Math.Min(first, shown)) * dimensions));
            clean.AsSpan(0, left).CopyTo(picture.AsSpan(((2 * shown) + Math.Min(first, shown)) * dimensions));
            first += x.Rows;
        }
        double numbers = (double)images.Count * dimensions;
        return new Denoising(noisyError / numbers, denoisedError / numbers, picture);
    }

    private static float[] Download(IDevice device, View<float> view)
    {
        var values = new float[view.Length];
        device.Download<float>(view, values);
        return values;
    }

    private static double SquaredError(float[] values, float[] clean)
    {
        double sum = 0;
        for (int i = 0; i < values.Length; i++)
        {
            double difference = (double)values[i] - clean[i];
            sum += difference * difference;
        }
        return sum;
    }
}
