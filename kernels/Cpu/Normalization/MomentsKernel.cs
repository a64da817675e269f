using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GpuVae.Kernels.Cpu.Normalization;

/// <summary>
/// <see cref="Moments"/>: of each chunk the mean of every channel and the squares around it, while the chunk is in the cache; then
/// for each group of channels the chunks' merged in order and in double precision:
/// μ = Σ nₖ μₖ / Σ nₖ, σ² = Σ (Mₖ + nₖ (μₖ − μ)²) / Σ nₖ. An item is a chunk, then four channels or a group.
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
        bool areChannels = kernel.Groups == layout.Channels;
        int moments = checked(layout.Examples * (areChannels ? Doubles.Blocks(layout.Channels) : kernel.Groups));
        delegate*<void*, int, int, int, void> merge = areChannels ? &MergeChannels : &MergeGroups;
        if (operation.X.Length < FewestShared)
        {
            Chunks<S, V>(&kernel, 0, layout.Items, 0);
            merge(&kernel, 0, moments, 0);
            return;
        }
        device.Pool.Run(&Chunks<S, V>, &kernel, layout.Items);
        device.Pool.Run(merge, &kernel, moments);
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
        for (int item = first; item < first + count; item++)
        {
            int example = item / kernel.Layout.Chunks, chunk = item - (example * kernel.Layout.Chunks);
            int length = kernel.Layout.LengthOf(chunk);
            float* x = kernel.X + kernel.Layout.Begin(example, chunk);
            float* means = kernel.Parts + ((nint)item * channels);
            float* squares = means + ((nint)kernel.Layout.Items * channels);
            ChannelSums.Add<S, V, ValueTerm>(x, x, sums, length, period, sums);
            ChannelSums.Fold<S, V>(sums, channels, period, (float)(1.0 / kernel.Layout.PixelsOf(chunk)), means);
            // Where a period is a pixel the means stand as they are needed; what is read behind them centers no number.
            float* centers = means;
            if (period != channels)
            {
                centers = sums + scratch;
                new ReadOnlySpan<float>(means, channels).CopyTo(new Span<float>(centers, channels));
                ChannelSums.Spread(channels, period, centers);
            }
            ChannelSums.Add<S, V, SquareTerm>(x, x, centers, length, period, sums);
            ChannelSums.Fold<S, V>(sums, channels, period, 1f, squares);
        }
    }

    /// <summary>Where each channel is a group, four at once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MergeChannels(void* context, int first, int count, int worker)
    {
        ref readonly MomentsKernel kernel = ref *(MomentsKernel*)context;
        int channels = kernel.Layout.Channels, chunks = kernel.Layout.Chunks, blocks = Doubles.Blocks(channels);
        nint squares = (nint)kernel.Layout.Items * channels;
        Vector256<double> share = Vector256.Create(1.0 / kernel.Layout.Pixels);
        for (int item = first; item < first + count; item++)
        {
            int example = item / blocks, channel = (item - (example * blocks)) * Doubles.Count;
            float* parts = kernel.Parts + ((nint)example * chunks * channels) + channel;
            Vector256<double> mean = Vector256<double>.Zero, deviation = mean;
            for (int chunk = 0; chunk < chunks; chunk++)
                mean += Doubles.Load(parts + ((nint)chunk * channels)) * kernel.Layout.PixelsOf(chunk);
            mean *= share;
            for (int chunk = 0; chunk < chunks; chunk++)
            {
                float* means = parts + ((nint)chunk * channels);
                Vector256<double> difference = Doubles.Load(means) - mean;
                deviation += Doubles.Load(means + squares) + (difference * difference * kernel.Layout.PixelsOf(chunk));
            }
            nint moment = ((nint)example * channels) + channel;
            Doubles.Store(mean, channels - channel, kernel.Mean + moment);
            Doubles.Store(deviation * share, channels - channel, kernel.Variance + moment);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MergeGroups(void* context, int first, int count, int worker)
    {
        ref readonly MomentsKernel kernel = ref *(MomentsKernel*)context;
        int channels = kernel.Layout.Channels, chunks = kernel.Layout.Chunks, size = channels / kernel.Groups;
        nint squares = (nint)kernel.Layout.Items * channels;
        double share = 1.0 / ((double)kernel.Layout.Pixels * size);
        for (int item = first; item < first + count; item++)
        {
            int example = item / kernel.Groups, group = item - (example * kernel.Groups);
            float* parts = kernel.Parts + ((nint)example * chunks * channels) + (group * size);
            double mean = 0, deviation = 0;
            for (int chunk = 0; chunk < chunks; chunk++)
            {
                Vector256<double> sum = Vector256<double>.Zero;
                for (int channel = 0; channel < size; channel += Doubles.Count)
                    sum += Doubles.LoadFirst(parts + ((nint)chunk * channels) + channel, size - channel);
                mean += Vector256.Sum(sum) * kernel.Layout.PixelsOf(chunk);
            }
            mean *= share;
            for (int chunk = 0; chunk < chunks; chunk++)
            {
                Vector256<double> within = Vector256<double>.Zero, between = within;
                for (int channel = 0; channel < size; channel += Doubles.Count)
                {
                    float* means = parts + ((nint)chunk * channels) + channel;
                    Vector256<double> difference =
                        Doubles.First(Doubles.Load(means) - Vector256.Create(mean), size - channel);
                    between += difference * difference;
                    within += Doubles.LoadFirst(means + squares, size - channel);
                }
                deviation += Vector256.Sum(within) + (Vector256.Sum(between) * kernel.Layout.PixelsOf(chunk));
            }
            kernel.Mean[item] = (float)mean;
            kernel.Variance[item] = (float)(deviation * share);
        }
    }
}
