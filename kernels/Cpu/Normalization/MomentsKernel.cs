using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu.Normalization;

/// <summary>
/// <see cref="Moments"/>: of each chunk the mean of every channel and the squares around it, while the chunk is in the cache; then
/// for each group of channels the chunks' merged in order and in double precision:
/// μ = Σ nₖ μₖ / Σ nₖ, σ² = Σ (Mₖ + nₖ (μₖ − μ)²) / Σ nₖ. An item is a chunk, then a mean and a variance.
/// </summary>
internal unsafe struct MomentsKernel
{
    // With fewer numbers, to wake the other workers takes longer than to sum.
    private const int FewestShared = 4096;

    private static readonly ScratchUse _parts = new();
    private static readonly ScratchUse _periods = new();

    public float* X;
    public ChannelLayout Layout;
    public int Groups;
    public float* Mean;
    public float* Variance;

    /// <summary>The means of each chunk's channels, and then their squares: (2, chunks, C).</summary>
    public float* Parts;

    /// <summary>For each worker the sums and the centers of a period.</summary>
    public float* Periods;

    public static void Run<S, V>(CpuDevice<S, V> device, in Moments operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        var layout = ChannelLayout.Of<S, V>(operation.X.Length, operation.X.Columns, operation.Mean.Rows);
        var kernel = new MomentsKernel
        {
            X = operation.X.Pointer(),
            Layout = layout,
            Groups = operation.Mean.Columns,
            Mean = operation.Mean.Pointer(),
            Variance = operation.Variance.Pointer(),
            Parts = device.Scratch.Take<float>(_parts, 2L * layout.Items * layout.Channels),
            Periods = device.Scratch.Take<float>(_periods, (long)device.Pool.Size * 2 * layout.PeriodScratch<S, V>()),
        };
        int moments = checked((int)operation.Mean.Length);
        if (operation.X.Length < FewestShared)
        {
            Chunks<S, V>(&kernel, 0, layout.Items, 0);
            Merge(&kernel, 0, moments, 0);
            return;
        }
        device.Pool.Run(&Chunks<S, V>, &kernel, layout.Items);
        device.Pool.Run(&Merge, &kernel, moments);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Chunks<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ref readonly MomentsKernel kernel = ref *(MomentsKernel*)context;
        int channels = kernel.Layout.Channels, period = kernel.Layout.Period;
        int scratch = kernel.Layout.PeriodScratch<S, V>();
        float* sums = kernel.Periods + ((nint)worker * 2 * scratch);
        float* centers = sums + scratch;
        for (int item = first; item < first + count; item++)
        {
            int example = item / kernel.Layout.Chunks, chunk = item - (example * kernel.Layout.Chunks);
            int length = kernel.Layout.LengthOf(chunk);
            float* x = kernel.X + kernel.Layout.Begin(example, chunk);
            float* means = kernel.Parts + ((nint)item * channels);
            float* squares = means + ((nint)kernel.Layout.Items * channels);
            double share = 1.0 / (length / channels);
            ChannelSums.Add<S, V, ValueTerm>(x, x, sums, length, period, sums);
            for (int channel = 0; channel < channels; channel++)
                means[channel] = (float)(ChannelSums.Fold(sums, channel, channels, period) * share);
            ChannelSums.Spread(means, channels, period, centers);
            ChannelSums.Add<S, V, SquareTerm>(x, x, centers, length, period, sums);
            for (int channel = 0; channel < channels; channel++)
                squares[channel] = (float)ChannelSums.Fold(sums, channel, channels, period);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Merge(void* context, int first, int count, int worker)
    {
        ref readonly MomentsKernel kernel = ref *(MomentsKernel*)context;
        int channels = kernel.Layout.Channels, chunks = kernel.Layout.Chunks, size = channels / kernel.Groups;
        nint squares = (nint)kernel.Layout.Items * channels;
        double share = 1.0 / ((double)kernel.Layout.Pixels * size);
        for (int item = first; item < first + count; item++)
        {
            int example = item / kernel.Groups, group = item - (example * kernel.Groups);
            float* parts = kernel.Parts + ((nint)example * chunks * channels) + (group * size);
            double sum = 0, deviation = 0;
            for (int chunk = 0; chunk < chunks; chunk++)
            {
                double part = 0;
                for (int channel = 0; channel < size; channel++)
                    part += parts[((nint)chunk * channels) + channel];
                sum += part * (kernel.Layout.LengthOf(chunk) / channels);
            }
            double mean = sum * share;
            for (int chunk = 0; chunk < chunks; chunk++)
            {
                double square = 0, between = 0;
                for (int channel = 0; channel < size; channel++)
                {
                    nint at = ((nint)chunk * channels) + channel;
                    double difference = parts[at] - mean;
                    between += difference * difference;
                    square += parts[squares + at];
                }
                deviation += square + (between * (kernel.Layout.LengthOf(chunk) / channels));
            }
            kernel.Mean[item] = (float)mean;
            kernel.Variance[item] = (float)(deviation * share);
        }
    }
}
