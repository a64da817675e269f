using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu;

/// <summary>
/// <see cref="GatherAugmented{T}"/>: a thread for each number of x (B, H·W·C), which draws the move of its picture again and reads
/// the pixel that comes to its place.
/// </summary>
internal static class GatherAugmentedKernel<TElement, TSource, TEncoder>
    where TElement : unmanaged
    where TSource : struct, IPixelSource<TElement>
    where TEncoder : struct, IPixelEncoder
{
    public static readonly LazyKernel<GatherAugmentedLauncher<TElement>> Kernel = new(Gather);

    /// <summary>Loops over the elements of x.</summary>
    public static void Gather(
        int length, PictureSettings picture, int batchSize, RandomSource noise, RandomSource moves,
        ArrayView<TElement> images, ArrayView<int> order, ArrayView<int> counters, ArrayView<float> x)
    {
        int first = counters[Counter.StepInEpoch] * batchSize;
        uint step = (uint)counters[Counter.GlobalStep];
        int dimensions = picture.Height * picture.Width * picture.Channels;
        int stride = Grid.DimX * Group.DimX;
        for (int element = (Grid.IdxX * Group.DimX) + Group.IdxX; element < length; element += stride)
        {
            int row = element / dimensions;
            int column = element - (row * dimensions);
            int place = column / picture.Channels;
            int down = place / picture.Width;
            PictureMove move = PictureMove.Draw(moves, step, row, picture.Shift, picture.Flip, picture.FlipVertical);
            int fromRow = Source(down, move.Down, picture.Height, move.FlipVertical);
            int fromColumn = Source(place - (down * picture.Width), move.Right, picture.Width, move.Flip);
            int from = (((fromRow * picture.Width) + fromColumn) * picture.Channels) + column - (place * picture.Channels);
            long pixel = ((long)order[first + row] * dimensions) + from;
            x[element] = TEncoder.Encode(TSource.Pixel(images[pixel]), noise, step, element);
        }
    }

    /// <summary>Where along a side the pixel comes from.</summary>
    private static int Source(int place, int moved, int side, int flip)
    {
        int from = place - moved;
        from = from < 0 ? 0 : from >= side ? side - 1 : from;
        return flip != 0 ? side - 1 - from : from;
    }
}

/// <summary>A picture and what is done to it, as kernels take it.</summary>
/// <param name="Height">H.</param>
/// <param name="Width">W.</param>
/// <param name="Channels">C.</param>
/// <param name="Shift">N.</param>
/// <param name="Flip">1 where left and right may change places, else 0.</param>
/// <param name="FlipVertical">1 where top and bottom may, else 0.</param>
internal readonly record struct PictureSettings(int Height, int Width, int Channels, int Shift, int Flip, int FlipVertical);

/// <summary>Launches a <see cref="GatherAugmentedKernel{T1, T2, T3}"/>.</summary>
internal delegate void GatherAugmentedLauncher<TElement>(
    AcceleratorStream stream, KernelConfig config, int length, PictureSettings picture, int batchSize, RandomSource noise,
    RandomSource moves, ArrayView<TElement> images, ArrayView<int> order, ArrayView<int> counters, ArrayView<float> x)
    where TElement : unmanaged;

/// <summary><see cref="GatherAugmented{T}"/>.</summary>
internal static class GatherAugmentedKernel
{
    internal static void Run(GpuDevice device, in GatherAugmented<byte> operation) =>
        Launch<byte, BytePixels>(device, in operation);

    internal static void Run(GpuDevice device, in GatherAugmented<float> operation) =>
        Launch<float, FloatPixels>(device, in operation);

    private static void Launch<TElement, TSource>(GpuDevice device, in GatherAugmented<TElement> operation)
        where TElement : unmanaged
        where TSource : struct, IPixelSource<TElement>
    {
        Gather<TElement> batch = operation.Batch;
        ArrayView<float> x = device.AsArray(batch.X);
        int length = x.IntLength;
        if (length == 0)
            return;
        LazyKernel<GatherAugmentedLauncher<TElement>> kernel = GatherKernel.Choose(
            batch.Encoding, GatherAugmentedKernel<TElement, TSource, ScaledEncoder>.Kernel,
            GatherAugmentedKernel<TElement, TSource, ThresholdEncoder>.Kernel,
            GatherAugmentedKernel<TElement, TSource, ResampledEncoder>.Kernel);
        (int height, int width, int channels) = operation.Picture;
        (int shift, bool flips, bool flipsVertically) = operation.Augmentation;
        var picture = new PictureSettings(height, width, channels, shift, flips ? 1 : 0, flipsVertically ? 1 : 0);
        kernel.On(device)(
            device.LaunchStream(), device.Configs.Elements(length), length, picture, batch.BatchSize, batch.Noise,
            operation.Moves, device.AsLargeArray(batch.Images), device.AsArray(batch.Order), device.AsArray(batch.Counters), x);
    }
}
