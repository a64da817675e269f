using GpuVae.Kernels;

namespace GpuVae.Data;

/// <summary>What <see cref="PixelEncoding"/> makes of a few numbers on the host, the same as on every device.</summary>
public static class PixelEncodings
{
    /// <summary>Encodes numbers that were scaled to 0…1.</summary>
    /// <param name="encoding">How.</param>
    /// <param name="noise">Where <see cref="PixelEncoding.Resampled"/> draws from.</param>
    /// <param name="step">The step that it draws for.</param>
    /// <param name="x">Elements 0, 1, … of a batch; overwritten.</param>
    public static void Apply(PixelEncoding encoding, RandomSource noise, uint step, Span<float> x)
    {
        switch (encoding)
        {
            case PixelEncoding.Threshold:
                foreach (ref float value in x)
                    value = value > 0.5f ? 1 : 0;
                break;
            case PixelEncoding.Resampled:
                var uniform = new float[x.Length];
                Philox.FillUniform(noise, step, uniform);
                for (int i = 0; i < x.Length; i++)
                    x[i] = uniform[i] < x[i] ? 1 : 0;
                break;
            default:
                break;
        }
    }

    /// <summary>The mean of each number over the images of a set, as a model sees them: (D).</summary>
    /// <remarks>Pixels that are drawn with a probability have that as their mean, so that no draw is needed.</remarks>
    public static double[] Means(ImageSet images, PixelEncoding encoding)
    {
        ArgumentNullException.ThrowIfNull(images);
        PixelEncoding certain = encoding == PixelEncoding.Resampled ? PixelEncoding.Scaled : encoding;
        var sums = new double[images.Dimensions];
        // Some at once: those of a file are read by each call.
        int atOnce = Math.Clamp((1 << 20) / images.Dimensions, 1, Math.Max(images.Count, 1));
        var part = new float[atOnce * images.Dimensions];
        for (int first = 0; first < images.Count; first += atOnce)
        {
            Span<float> x = part.AsSpan(0, Math.Min(atOnce, images.Count - first) * images.Dimensions);
            images.CopyTo(first, x);
            Apply(certain, default, 0, x);
            for (int i = 0; i < x.Length; i++)
                sums[i % sums.Length] += x[i];
        }
        return Array.ConvertAll(sums, sum => sum / images.Count);
    }
}
