using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GpuVae.Kernels.Cpu.Normalization;

/// <summary>
/// <see cref="NormalizeParameterGradient"/>: of each chunk Σ G (x − μ) and Σ G of every channel; then the chunks' added up in order
/// and in double precision, the first times 1 / √(σ² + ε). An item is a chunk, then four
/// channels of an example.
/// </summary>
internal unsafe struct ParameterGradientKernel
{
    // With fewer numbers, to wake the other workers takes longer than to sum.
    private const int FewestShared = 4096;

    private static readonly ScratchUse _parts = new();
    private static readonly ScratchUse _periods = new();

    public float* X;
    public float* OutputGradient;
    public ChannelLayout Layout;
    public int Groups;
    public float* Mean;
    public float* Variance;
    public double Epsilon;
    public float* WeightGradient;
    public float* BiasGradient;

    /// <summary>Σ G (x − μ) of each chunk's channels, and then Σ G: (2, chunks, C).</summary>
    public float* Parts;

    /// <summary>For each worker the sums and the centers of a period.</summary>
    public float* Periods;

    public static void Run<S, V>(CpuDevice<S, V> device, in NormalizeParameterGradient operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        var layout = ChannelLayout.Of<S, V>(
            operation.X.Length, operation.WeightGradient.Columns, operation.Mean.Rows);
        var kernel = new ParameterGradientKernel
        {
            X = operation.X.Pointer(),
            OutputGradient = operation.OutputGradient.Pointer(),
            Layout = layout,
            Groups = operation.Mean.Columns,
            Mean = operation.Mean.Pointer(),
            Variance = operation.Variance.Pointer(),
            Epsilon = operation.Epsilon,
            WeightGradient = operation.WeightGradient.Pointer(),
            BiasGradient = operation.BiasGradient.Pointer(),
            Parts = device.Scratch.Take<float>(_parts, 2L * layout.Items * layout.Channels),
            Periods = device.Scratch.Take<float>(_periods, (long)device.Pool.Size * 2 * layout.PeriodScratch<S, V>()),
        };
        int blocks = checked(layout.Examples * Doubles.Blocks(layout.Channels));
        if (operation.X.Length < FewestShared)
        {
            Chunks<S, V>(&kernel, 0, layout.Items, 0);
            Merge(&kernel, 0, blocks, 0);
            return;
        }
        device.Pool.Run(&Chunks<S, V>, &kernel, layout.Items);
        device.Pool.Run(&Merge, &kernel, blocks);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Chunks<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ref readonly ParameterGradientKernel kernel = ref *(ParameterGradientKernel*)context;
        int channels = kernel.Layout.Channels, period = kernel.Layout.Period, size = channels / kernel.Groups;
        int scratch = kernel.Layout.PeriodScratch<S, V>(), centered = -1;
        float* sums = kernel.Periods + ((nint)worker * 2 * scratch);
        float* centers = sums + scratch;
        for (int item = first; item < first + count; item++)
        {
            int example = item / kernel.Layout.Chunks, chunk = item - (example * kernel.Layout.Chunks);
            int length = kernel.Layout.LengthOf(chunk);
            long begin = kernel.Layout.Begin(example, chunk);
            float* x = kernel.X + begin;
            float* g = kernel.OutputGradient + begin;
            float* products = kernel.Parts + ((nint)item * channels);
            float* plain = products + ((nint)kernel.Layout.Items * channels);
            if (example != centered)
            {
                for (int group = 0; group < kernel.Groups; group++)
                    new Span<float>(centers + (group * size), size).Fill(kernel.Mean[(example * kernel.Groups) + group]);
                ChannelSums.Spread(channels, period, centers);
                centered = example;
            }
            ChannelSums.Add<S, V, ProductTerm>(x, g, centers, length, period, sums);
            ChannelSums.Fold<S, V>(sums, channels, period, 1f, products);
            ChannelSums.Add<S, V, ValueTerm>(g, g, centers, length, period, sums);
            ChannelSums.Fold<S, V>(sums, channels, period, 1f, plain);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Merge(void* context, int first, int count, int worker)
    {
        ref readonly ParameterGradientKernel kernel = ref *(ParameterGradientKernel*)context;
        int channels = kernel.Layout.Channels, chunks = kernel.Layout.Chunks, blocks = Doubles.Blocks(channels);
        int size = channels / kernel.Groups;
        nint plain = (nint)kernel.Layout.Items * channels;
        float* variances = stackalloc float[Doubles.Count];
        for (int item = first; item < first + count; item++)
        {
            int example = item / blocks, channel = (item - (example * blocks)) * Doubles.Count;
            float* parts = kernel.Parts + ((nint)example * chunks * channels) + channel;
            Vector256<double> product = Vector256<double>.Zero, sum = product;
            for (int chunk = 0; chunk < chunks; chunk++, parts += channels)
            {
                product += Doubles.Load(parts);
                sum += Doubles.Load(parts + plain);
            }
            float* variance = kernel.Variance + ((nint)example * kernel.Groups);
            int group = channel / size, left = ((group + 1) * size) - channel;
            Vector256<double> deviation;
            if (left >= Math.Min(Doubles.Count, channels - channel))
            {
                deviation = Vector256.Create(Math.Sqrt(variance[group] + kernel.Epsilon));
            }
            else
            {
                for (int i = 0; i < Doubles.Count; i++)
                {
                    variances[i] = variance[group];
                    if (--left == 0 && group < kernel.Groups - 1)
                        (group, left) = (group + 1, size);
                }
                deviation = Vector256.Sqrt(Doubles.Load(variances) + Vector256.Create(kernel.Epsilon));
            }
            nint at = ((nint)example * channels) + channel;
            Doubles.Store(product / deviation, channels - channel, kernel.WeightGradient + at);
            Doubles.Store(sum, channels - channel, kernel.BiasGradient + at);
        }
    }
}
