using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Ilgpu;

/// <summary>From a byte to the number that a model sees, as a type; see <see cref="PixelEncoding"/>.</summary>
internal interface IPixelEncoder
{
    /// <summary>The number for <paramref name="pixel"/>, 0…255, at <paramref name="element"/> of the batch.</summary>
    static abstract float Encode(int pixel, RandomSource noise, uint step, int element);
}

/// <summary>byte / 255.</summary>
internal readonly struct ScaledEncoder : IPixelEncoder
{
    public static float Encode(int pixel, RandomSource noise, uint step, int element) => pixel / 255f;
}

/// <summary>1 where byte ≥ 128.</summary>
internal readonly struct ThresholdEncoder : IPixelEncoder
{
    public static float Encode(int pixel, RandomSource noise, uint step, int element) => pixel >= 128 ? 1f : 0f;
}

/// <summary>1 with probability byte / 255.</summary>
internal readonly struct ResampledEncoder : IPixelEncoder
{
    public static float Encode(int pixel, RandomSource noise, uint step, int element)
    {
        PhiloxWords words = Philox.Block(noise, step, (uint)element / 4);
        return Philox.Uniform(Philox.Word(words, element % 4)) < pixel / 255f ? 1f : 0f;
    }
}

/// <summary>
/// x[i, j] = encoding(images[order[first + i], j]) with first = counters[StepInEpoch] · batchSize; images (N, D)
/// bytes, x (B, D). Threads with neighbouring indices have neighbouring pixels.
/// </summary>
internal static class GatherKernel<TEncoder>
    where TEncoder : struct, IPixelEncoder
{
    /// <summary>Loops over the elements of x.</summary>
    public static void Run(
        int length, int dimensions, int batchSize, RandomSource noise,
        ArrayView<byte> images, ArrayView<int> order, ArrayView<int> counters, ArrayView<float> x)
    {
        int first = counters[Counter.StepInEpoch] * batchSize;
        uint step = (uint)counters[Counter.GlobalStep];
        int stride = Grid.DimX * Group.DimX;
        for (int element = (Grid.IdxX * Group.DimX) + Group.IdxX; element < length; element += stride)
        {
            int row = element / dimensions;
            int column = element - (row * dimensions);
            long pixel = ((long)order[first + row] * dimensions) + column;
            x[element] = TEncoder.Encode(images[pixel], noise, step, element);
        }
    }
}

public sealed partial class IlgpuBackend
{
    private readonly Dictionary<PixelEncoding, GatherLauncher> gathers = [];

    private delegate void GatherLauncher(
        AcceleratorStream stream, KernelConfig config, int length, int dimensions, int batchSize, RandomSource noise,
        ArrayView<byte> images, ArrayView<int> order, ArrayView<int> counters, ArrayView<float> x);

    /// <inheritdoc/>
    public void Gather(
        View<byte> images, View<int> order, View<int> counters, int batchSize, PixelEncoding encoding, RandomSource noise,
        View<float> x)
    {
        RequireColumns(x, images.Columns, nameof(x));
        RequireLength(counters, Counter.Count, nameof(counters));
        if (x.Length == 0)
            return;
        if (!gathers.TryGetValue(encoding, out GatherLauncher? gather))
        {
            gather = encoding switch
            {
                PixelEncoding.Scaled => LoadGather<ScaledEncoder>(),
                PixelEncoding.Threshold => LoadGather<ThresholdEncoder>(),
                PixelEncoding.Resampled => LoadGather<ResampledEncoder>(),
                _ => throw new ArgumentOutOfRangeException(nameof(encoding), encoding, null),
            };
            gathers.Add(encoding, gather);
        }
        int length = ElementCount(x, nameof(x));
        gather(
            CountedStream(), shapes.Elements(length), length, x.Columns, batchSize, noise,
            Array(images), Array(order), Array(counters), Array(x));
    }

    private GatherLauncher LoadGather<TEncoder>()
        where TEncoder : struct, IPixelEncoder =>
        new(accelerator.LoadKernel<
            int, int, int, RandomSource, ArrayView<byte>, ArrayView<int>, ArrayView<int>, ArrayView<float>>(
            GatherKernel<TEncoder>.Run));
}
