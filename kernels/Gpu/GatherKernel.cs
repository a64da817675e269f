using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu;

/// <summary>From a pixel to the number that a model sees, as a type; see <see cref="PixelEncoding"/>.</summary>
internal interface IPixelEncoder
{
    /// <summary>
    /// The number for <paramref name="pixel"/>, 1 the brightest, at <paramref name="element"/> of the batch.
    /// </summary>
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
    public static readonly LazyKernel<GatherLauncher<TElement>> Kernel = new(Gather);

    /// <summary>Loops over the elements of x.</summary>
    public static void Gather(
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

/// <summary>Launches a <see cref="GatherKernel{T1, T2, T3}"/>.</summary>
internal delegate void GatherLauncher<TElement>(
    AcceleratorStream stream, KernelConfig config, int length, int dimensions, int batchSize, RandomSource noise,
    ArrayView<TElement> images, ArrayView<int> order, ArrayView<int> counters, ArrayView<float> x)
    where TElement : unmanaged;

/// <summary><see cref="Gather{T}"/>.</summary>
internal static class GatherKernel
{
    internal static void Run(GpuDevice device, in Gather<byte> operation) =>
        Launch<byte, BytePixels>(device, in operation);

    internal static void Run(GpuDevice device, in Gather<float> operation) =>
        Launch<float, FloatPixels>(device, in operation);

    /// <summary>The kernel with the encoder of an encoding; none is compiled before it is launched.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such encoding.</exception>
    internal static LazyKernel<TLauncher> Choose<TLauncher>(
        PixelEncoding encoding, LazyKernel<TLauncher> scaled, LazyKernel<TLauncher> threshold, LazyKernel<TLauncher> resampled)
        where TLauncher : Delegate => encoding switch
        {
            PixelEncoding.Scaled => scaled,
            PixelEncoding.Threshold => threshold,
            PixelEncoding.Resampled => resampled,
            _ => throw new ArgumentOutOfRangeException(nameof(encoding), encoding, null),
        };

    private static void Launch<TElement, TSource>(GpuDevice device, in Gather<TElement> operation)
        where TElement : unmanaged
        where TSource : struct, IPixelSource<TElement>
    {
        ArrayView<float> x = device.AsArray(operation.X);
        int length = x.IntLength;
        if (length == 0)
            return;
        LazyKernel<GatherLauncher<TElement>> kernel = Choose(
            operation.Encoding, GatherKernel<TElement, TSource, ScaledEncoder>.Kernel,
            GatherKernel<TElement, TSource, ThresholdEncoder>.Kernel, GatherKernel<TElement, TSource, ResampledEncoder>.Kernel);
        kernel.On(device)(
            device.LaunchStream(), device.Configs.Elements(length), length, operation.X.Columns, operation.BatchSize,
            operation.Noise, device.AsLargeArray(operation.Images), device.AsArray(operation.Order),
            device.AsArray(operation.Counters), x);
    }
}
