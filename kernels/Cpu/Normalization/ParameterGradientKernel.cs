using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu.Normalization;

/// <summary>
/// <see cref="NormalizeParameterGradient"/>: of each chunk Σ G (x − μ) and Σ G of every channel; then the chunks' added up in order
/// and in double precision, the first times 1 / √(σ² + ε). An item is a chunk, then a channel of an example.
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
        int sums = checked((int)operation.WeightGradient.Length);
        if (operation.X.Length < FewestShared)
        {
            Chunks<S, V>(&kernel, 0, layout.Items, 0);
            Merge(&kernel, 0, sums, 0);
            return;
        }
        device.Pool.Run(&Chunks<S, V>, &kernel, layout.Items);
        device.Pool.Run(&Merge, &kernel, sums);
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
                for (int channel = 0; channel < channels; channel++)
                    centers[channel] = kernel.Mean[(example * kernel.Groups) + (channel / size)];
                for (int place = channels; place < period; place++)
                    centers[place] = centers[place - channels];
                centered = example;
            }
            ChannelSums.Add<S, V, ProductTerm>(x, g, centers, length, period, sums);
            for (int channel = 0; channel < channels; channel++)
                products[channel] = (float)ChannelSums.Fold(sums, channel, channels, period);
            ChannelSums.Add<S, V, ValueTerm>(g, g, centers, length, period, sums);
            for (int channel = 0; channel < channels; channel++)
                plain[channel] = (float)ChannelSums.Fold(sums, channel, channels, period);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Merge(void* context, int first, int count, int worker)
    {
        ref readonly ParameterGradientKernel kernel = ref *(ParameterGradientKernel*)context;
        int channels = kernel.Layout.Channels, chunks = kernel.Layout.Chunks, size = channels / kernel.Groups;
        nint plain = (nint)kernel.Layout.Items * channels;
        for (int item = first; item < first + count; item++)
        {
            int example = item / channels, channel = item - (example * channels);
            float* parts = kernel.Parts + ((nint)example * chunks * channels) + channel;
            double product = 0, sum = 0;
            for (int chunk = 0; chunk < chunks; chunk++, parts += channels)
            {
                product += *parts;
                sum += parts[plain];
            }
            double variance = kernel.Variance[(example * kernel.Groups) + (channel / size)];
            kernel.WeightGradient[item] = (float)(product / Math.Sqrt(variance + kernel.Epsilon));
            kernel.BiasGradient[item] = (float)sum;
        }
    }
}
