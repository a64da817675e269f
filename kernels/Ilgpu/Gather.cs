using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Ilgpu;

/// <summary>From a pixel to the number that a model sees, as a type; see <see cref="PixelEncoding"/>.</summary>
internal interface IPixelEncoder
{
    /// <summary>The number for <paramref name="pixel"/>, 1 the brightest, at <paramref name="element"/> of the batch.</summary>
    static abstract float Encode(float pixel, RandomSource noise, uint step, int element);
}

/// <summary>The pixel itself.</summary>
internal readonly struct ScaledEncoder : IPixelEncoder
{
    public static float Encode(float pixel, RandomSource noise, uint step, int element) => pixel;
}

/// <summary>1 where the pixel is above ½: 127 / 255 is below, 128 / 255 above.</summary>
internal readonly struct ThresholdEncoder : IPixelEncoder
{
    public static float Encode(float pixel, RandomSource noise, uint step, int element) => pixel > 0.5f ? 1f : 0f;
}

/// <summary>1 with the pixel's probability.</summary>
internal readonly struct ResampledEncoder : IPixelEncoder
{
    public static float Encode(float pixel, RandomSource noise, uint step, int element)
    {
        PhiloxWords words = Philox.Block(noise, step, (uint)element / 4);
        return Philox.Uniform(Philox.Word(words, element % 4)) < pixel ? 1f : 0f;
    }
}

/// <summary>From what an image is made of to a pixel, as a type.</summary>
/// <typeparam name="TElement">What an image is made of.</typeparam>
internal interface IPixelSource<TElement>
    where TElement : unmanaged
{
    /// <summary>The pixel, 1 the brightest.</summary>
    static abstract float Pixel(TElement element);
}

/// <summary>byte / 255.</summary>
internal readonly struct BytePixels : IPixelSource<byte>
{
    public static float Pixel(byte element) => element / 255f;
}

/// <summary>The number as it is.</summary>
internal readonly struct FloatPixels : IPixelSource<float>
{
    public static float Pixel(float element) => element;
}

/// <summary>
/// x[i, j] = encoding(images[order[first + i], j]) with first = counters[StepInEpoch] · batchSize; images (N, D), x
/// (B, D). Threads with neighbouring indices have neighbouring pixels.
/// </summary>
internal static class GatherKernel<TElement, TSource, TEncoder>
    where TElement : unmanaged
    where TSource : struct, IPixelSource<TElement>
    where TEncoder : struct, IPixelEncoder
{
    /// <summary>Loops over the elements of x.</summary>
    public static void Run(
        int length, int dimensions, int batchSize, RandomSource noise,
        ArrayView<TElement> images, ArrayView<int> order, ArrayView<int> counters, ArrayView<float> x)
    {
        int first = counters[Counter.StepInEpoch] * batchSize;
        uint step = (uint)counters[Counter.GlobalStep];
        int stride = Grid.DimX * Group.DimX;
        for (int element = (Grid.IdxX * Group.DimX) + Group.IdxX; element < length; element += stride)
        {
            int row = element / dimensions;
            int column = element - (row * dimensions);
            long pixel = ((long)order[first + row] * dimensions) + column;
            x[element] = TEncoder.Encode(TSource.Pixel(images[pixel]), noise, step, element);
        }
    }
}

public sealed partial class IlgpuBackend
{
    private readonly Dictionary<PixelEncoding, GatherLauncher<byte>> byteGathers = [];
    private readonly Dictionary<PixelEncoding, GatherLauncher<float>> floatGathers = [];

    private delegate void GatherLauncher<TElement>(
        AcceleratorStream stream, KernelConfig config, int length, int dimensions, int batchSize, RandomSource noise,
        ArrayView<TElement> images, ArrayView<int> order, ArrayView<int> counters, ArrayView<float> x)
        where TElement : unmanaged;

    /// <inheritdoc/>
    public void Gather(
        View<byte> images, View<int> order, View<int> counters, int batchSize, PixelEncoding encoding, RandomSource noise,
        View<float> x) =>
        Gather<byte, BytePixels>(byteGathers, images, order, counters, batchSize, encoding, noise, x);

    /// <inheritdoc/>
    public void Gather(
        View<float> images, View<int> order, View<int> counters, int batchSize, PixelEncoding encoding,
        RandomSource noise, View<float> x) =>
        Gather<float, FloatPixels>(floatGathers, images, order, counters, batchSize, encoding, noise, x);

    private void Gather<TElement, TSource>(
        Dictionary<PixelEncoding, GatherLauncher<TElement>> launchers, View<TElement> images, View<int> order,
        View<int> counters, int batchSize, PixelEncoding encoding, RandomSource noise, View<float> x)
        where TElement : unmanaged
        where TSource : struct, IPixelSource<TElement>
    {
        RequireColumns(x, images.Columns, nameof(x));
        RequireLength(counters, Counter.Count, nameof(counters));
        if (x.Length == 0)
            return;
        if (!launchers.TryGetValue(encoding, out GatherLauncher<TElement>? gather))
        {
            gather = encoding switch
            {
                PixelEncoding.Scaled => LoadGather<TElement, TSource, ScaledEncoder>(),
                PixelEncoding.Threshold => LoadGather<TElement, TSource, ThresholdEncoder>(),
                PixelEncoding.Resampled => LoadGather<TElement, TSource, ResampledEncoder>(),
                _ => throw new ArgumentOutOfRangeException(nameof(encoding), encoding, null),
            };
            launchers.Add(encoding, gather);
        }
        int length = ElementCount(x, nameof(x));
        gather(
            CountedStream(), shapes.Elements(length), length, x.Columns, batchSize, noise,
            Array(images), Array(order), Array(counters), Array(x));
    }

    private GatherLauncher<TElement> LoadGather<TElement, TSource, TEncoder>()
        where TElement : unmanaged
        where TSource : struct, IPixelSource<TElement>
        where TEncoder : struct, IPixelEncoder =>
        new(accelerator.LoadKernel<
            int, int, int, RandomSource, ArrayView<TElement>, ArrayView<int>, ArrayView<int>, ArrayView<float>>(
            GatherKernel<TElement, TSource, TEncoder>.Run));
}
