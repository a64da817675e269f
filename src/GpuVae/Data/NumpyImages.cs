using System.Globalization;
using GpuVae.Imaging;

namespace GpuVae.Data;

/// <summary>Makes examples of an array that NumPy saved: what its axes and its type mean.</summary>
internal static class NumpyImages
{
    private const int AlphaChannels = 4;

    /// <summary>
    /// Whether arrays of bytes hold only 0 and 1, and not only 0: then these are the numbers and not shades of black.
    /// </summary>
    public static bool AreBinary(params ReadOnlySpan<NpyArray?> arrays)
    {
        bool one = false;
        foreach (NpyArray? array in arrays)
        {
            if (array is null)
                continue;
            if (array is not { Kind: 'u', Bytes: byte[] bytes } || bytes.AsSpan().IndexOfAnyExceptInRange((byte)0, (byte)1) >= 0)
                return false;
            one |= bytes.AsSpan().Contains((byte)1);
        }
        return one;
    }

    /// <summary>The examples of an array.</summary>
    /// <param name="array">
    /// (N, D), (N, height, width), (N, height, width, channels), or (N, channels, height, width) for 1, 3 or 4 channels.
    /// </param>
    /// <param name="name">The file, and the entry in it, for messages.</param>
    /// <param name="isBinary">Whether bytes are only 0 and 1; see <see cref="AreBinary"/>.</param>
    /// <param name="settings">What lies behind transparent pixels, and who is told of guesses.</param>
    /// <exception cref="DataException">The shape is another, or a number is infinite.</exception>
    public static ImageSet Of(NpyArray array, string name, bool isBinary, DataSettings settings)
    {
        if (array.Shape.Contains(0))
            throw new DataException($"{name}: has the shape ({array.Sizes}): there is nothing in it");
        (int height, int width, int channels, bool isPlanar) = array.Shape switch
        {
            [_, int columns] => (1, columns, 1, false),
            [_, int rows, int columns] => (rows, columns, 1, false),
            [_, int planes and (1 or 3 or AlphaChannels), int rows, int columns and not (1 or 3 or AlphaChannels)] =>
                (rows, columns, planes, true),
            [_, int rows, int columns, int depth] => (rows, columns, depth, false),
            _ => throw new DataException(
                $"{name}: has the shape ({array.Sizes}); examples are (N, D), (N, height, width) or (N, height, width, channels)"),
        };
        if (isPlanar)
        {
            settings.Tell?.Invoke(
                $"the shape ({array.Sizes}) is taken as (N, channels, height, width), {height}×{width} pixels of {channels} "
                + $"channel{(channels == 1 ? "" : "s")}");
        }
        ImageSet images = Store(array, isBinary, settings, (height, width, channels), isPlanar && channels > 1);
        if (!settings.KeepsImpossible)
            RefuseInfinite(name, images);
        return channels == AlphaChannels && array.Shape.Length == 4 ? WithoutAlpha(images, settings) : images;
    }

    private static ImageSet Store(
        NpyArray array, bool isBinary, DataSettings settings, (int Height, int Width, int Channels) shape, bool isPlanar)
    {
        (int height, int width, int channels) = shape;
        if (array.Exact is double[] exact)
            return new ImageSet(isPlanar ? Interleave(exact, shape) : exact, null, height, width, channels);
        if (array.Values is float[] values)
        {
            if (array is { Kind: 'u', Size: 2, Shape.Length: > 2 })
                TellRange(values, settings);
            return new ImageSet(isPlanar ? Interleave(values, shape) : values, null, height, width, channels);
        }
        byte[] bytes = isPlanar ? Interleave(array.Bytes!, shape) : array.Bytes!;
        bool isRow = array.Shape.Length == 2 && settings.ImageSize is null;
        if (array.Kind != 'b' && !isBinary && !isRow)
            return new ImageSet(bytes, null, height, width, channels);
        if (array.Kind != 'b')
        {
            settings.Tell?.Invoke(isBinary
                ? "the bytes are 0 and 1 only, and taken as these numbers"
                : "rows of bytes are taken as numbers of 0 … 255 (--image-size HEIGHTxWIDTH: as pixels)");
        }
        MemoryLimit.Require(settings.Data, bytes.Length, sizeof(float));
        return new ImageSet(Array.ConvertAll(bytes, value => (float)value), null, height, width, channels);
    }

    /// <summary>From (N, channels, height, width) to (N, height, width, channels).</summary>
    private static T[] Interleave<T>(T[] source, (int Height, int Width, int Channels) shape)
    {
        int pixels = shape.Height * shape.Width, length = pixels * shape.Channels;
        var target = new T[source.Length];
        for (int first = 0; first < source.Length; first += length)
        {
            for (int channel = 0; channel < shape.Channels; channel++)
            {
                for (int pixel = 0; pixel < pixels; pixel++)
                    target[first + (pixel * shape.Channels) + channel] = source[first + (channel * pixels) + pixel];
            }
        }
        return target;
    }

    private static void TellRange(float[] values, DataSettings settings)
    {
        if (settings.Tell is null)
            return;
        float most = values.Max();
        int bits = (int)Math.Ceiling(Math.Log2(most + 1));
        settings.Tell(string.Create(
            CultureInfo.InvariantCulture,
            $"pixels of 16 bits go from {values.Min()} to {most}, which takes {bits} bits (--scale min-max brings them to 0 … 1)"));
    }

    /// <summary>Pixels of red, green, blue and alpha as they look before the background.</summary>
    private static ImageSet WithoutAlpha(ImageSet images, DataSettings settings)
    {
        if (images.Pixels is null && !AllWithinOne(images))
            return images;
        settings.Tell?.Invoke($"the fourth channel is taken as alpha, over {settings.Background} (--background says otherwise)");
        var behind = PictureBackground.Parse(settings.Background);
        int count = images.Count * images.Height * images.Width;
        ReadOnlySpan<byte> background = [behind.Red, behind.Green, behind.Blue];
        if (images.Pixels is byte[] pixels)
        {
            var opaque = new byte[count * 3];
            for (int i = 0; i < opaque.Length; i++)
            {
                int alpha = pixels[(i / 3 * AlphaChannels) + 3];
                int sum = (pixels[(i / 3 * AlphaChannels) + (i % 3)] * alpha) + (background[i % 3] * (255 - alpha));
                opaque[i] = (byte)((sum + 127) / 255);
            }
            return new ImageSet(opaque, null, images.Height, images.Width, 3);
        }
        var mixed = new float[count * 3];
        for (int i = 0; i < mixed.Length; i++)
        {
            double alpha = Number(images, (i / 3 * AlphaChannels) + 3);
            double colour = Number(images, (i / 3 * AlphaChannels) + (i % 3));
            mixed[i] = (float)((colour * alpha) + (background[i % 3] / 255.0 * (1 - alpha)));
        }
        return new ImageSet(mixed, null, images.Height, images.Width, 3);
    }

    private static bool AllWithinOne(ImageSet images)
    {
        for (int i = 0; i < images.Count * images.Dimensions; i++)
        {
            if (Number(images, i) is not (>= 0 and <= 1))
                return false;
        }
        return true;
    }

    private static double Number(ImageSet images, int index) => images.Exact?[index] ?? images.Values![index];

    private static void RefuseInfinite(string name, ImageSet images)
    {
        const int MostPlaces = 10;
        if (images.AreBytes)
            return;
        int count = 0;
        var places = new List<string>();
        for (int i = 0; i < images.Count * images.Dimensions; i++)
        {
            if (!double.IsInfinity(Number(images, i)))
                continue;
            count++;
            if (places.Count < MostPlaces)
                places.Add(ValueCheck.Place(images, i));
        }
        if (count == 0)
            return;
        throw new DataException(
            $"{name}: {(count == 1 ? "a number is" : $"{count} numbers are")} infinite: {string.Join("; ", places)}"
            + $"{(count > places.Count ? "; …" : "")}; leave the rows out, or put finite numbers there");
    }
}
