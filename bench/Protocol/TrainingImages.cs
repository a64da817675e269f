using GpuVae.Data;

namespace GpuVae.Bench.Workers;

/// <summary>What both libraries train on.</summary>
public static class TrainingImages
{
    private const int Side = 64;
    private const int Colors = 3;

    /// <summary>The images that settings name.</summary>
    public static ImageSet Load(EpochSettings settings)
    {
        ImageSet images = Repeat(Datasets.Mnist().Train, settings.Images);
        if (settings.Convolutional is { TakesPictures: true })
            images = Paint(images);
        if (settings.WithoutZeros)
            BlackPixels.Lift(images.Pixels!);
        return images;
    }

    /// <summary>The first <paramref name="count"/> images, from the start again where there are not so many.</summary>
    private static ImageSet Repeat(ImageSet images, int count)
    {
        if (count <= images.Count)
            return images.Take(count);
        return images.Take([.. Enumerable.Range(0, count).Select(index => index % images.Count)]);
    }

    /// <summary>
    /// Pictures of 64×64 pixels of digits: enlarged by lines between pixels, in a color of its own each, on a ground of another
    /// that grows lighter downwards.
    /// </summary>
    private static ImageSet Paint(ImageSet digits)
    {
        var pixels = new byte[digits.Count * Side * Side * Colors];
        for (int i = 0; i < digits.Count; i++)
        {
            ReadOnlySpan<byte> digit = digits.Pixels.AsSpan(i * digits.Dimensions, digits.Dimensions);
            Span<byte> picture = pixels.AsSpan(i * Side * Side * Colors, Side * Side * Colors);
            for (int y = 0; y < Side; y++)
            {
                for (int x = 0; x < Side; x++)
                {
                    float ink = Between(digit, digits.Height, digits.Width, y, x);
                    for (int color = 0; color < Colors; color++)
                    {
                        // Steps without a common divisor with 256, so that neighbours differ.
                        int front = 128 + (i * (37 + (22 * color)) % 128);
                        int ground = (i * (53 + (14 * color)) % 64) + y;
                        picture[(((y * Side) + x) * Colors) + color] = (byte)(ground + (ink * (front - ground)));
                    }
                }
            }
        }
        return new ImageSet(pixels, digits.Labels, Side, Side, Colors, digits.LabelNames);
    }

    /// <summary>How bright a digit is where a pixel of the large picture has its middle, 0 … 1.</summary>
    private static float Between(ReadOnlySpan<byte> digit, int height, int width, int y, int x)
    {
        float row = Math.Clamp(((y + 0.5f) * height / Side) - 0.5f, 0, height - 1);
        float column = Math.Clamp(((x + 0.5f) * width / Side) - 0.5f, 0, width - 1);
        int top = Math.Min((int)row, height - 2), left = Math.Min((int)column, width - 2);
        float down = row - top, right = column - left;
        int first = (top * width) + left;
        float above = digit[first] + (right * (digit[first + 1] - digit[first]));
        float below = digit[first + width] + (right * (digit[first + width + 1] - digit[first + width]));
        return (above + (down * (below - above))) / 255;
    }
}
