using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu.Similarity;

/// <summary>
/// <see cref="GaussianFilter"/>: an item is a row of pixels of an image. First the rows around it are added up, into a line that
/// has zeros for the pixels before and behind it; then along that line, which is in the first cache. Both ways neighbours lie at a
/// fixed distance, whatever the channels, so that vectors go over the numbers of a row as they lie.
/// </summary>
internal unsafe struct GaussianFilterKernel
{
    // With fewer numbers, to wake the other workers takes longer than to filter.
    private const int FewestShared = 4096;

    private static readonly ScratchUse _lines = new();

    public float* X;
    public float* Y;

    /// <summary>Rows of pixels of an image.</summary>
    public int Height;

    /// <summary>Numbers of a row of pixels.</summary>
    public int RowLength;

    public int Channels;

    /// <summary>A line for each worker.</summary>
    public float* Lines;

    /// <summary>Numbers from a worker's line to the next one's.</summary>
    public int LineLength;

    /// <summary>g(0) … g(5).</summary>
    public fixed float Weights[GaussianFilter.Reach + 1];

    public static void Run<S, V>(CpuDevice<S, V> device, in GaussianFilter operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        (int height, int width, int channels) = (operation.Map.Height, operation.Map.Width, operation.Map.Channels);
        // Vectors that begin in a row may run behind it, and behind the zeros that follow it.
        int length = checked(((width + (2 * GaussianFilter.Reach)) * channels) + (2 * CacheLines.Floats));
        length = (length + CacheLines.Floats - 1) / CacheLines.Floats * CacheLines.Floats;
        var kernel = new GaussianFilterKernel
        {
            X = operation.X.Pointer(),
            Y = operation.Y.Pointer(),
            Height = height,
            RowLength = width * channels,
            Channels = channels,
            Lines = device.Scratch.Take<float>(_lines, (long)device.Pool.Size * length),
            LineLength = length,
        };
        operation.FillWeights(new Span<float>(kernel.Weights, GaussianFilter.Reach + 1));
        int items = checked(operation.X.Rows * height);
        if (operation.X.Length < FewestShared)
            Items<S, V>(&kernel, 0, items, 0);
        else
            device.Pool.Run(&Items<S, V>, &kernel, items);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Items<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ref GaussianFilterKernel kernel = ref *(GaussianFilterKernel*)context;
        int length = kernel.RowLength, margin = GaussianFilter.Reach * kernel.Channels;
        float* line = kernel.Lines + ((nint)worker * kernel.LineLength);
        new Span<float>(line, margin).Clear();
        for (int item = first; item < first + count; item++)
        {
            float* row = kernel.X + ((nint)item * length);
            kernel.AddRows<S, V>(row, item % kernel.Height, line + margin);
            new Span<float>(line + margin + length, margin).Clear();
            kernel.AddAlong<S, V>(line + margin, kernel.Y + ((nint)item * length));
        }
    }

    /// <summary>Σ_u g(u) of the rows around the one at <paramref name="row"/>, those that there are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddRows<S, V>(float* row, int place, float* target)
        where S : ISimd<V>
        where V : unmanaged
    {
        int before = Math.Max(-GaussianFilter.Reach, -place);
        int behind = Math.Min(GaussianFilter.Reach, Height - 1 - place);
        for (int i = 0; i < RowLength; i += S.Lanes)
        {
            V sum = S.Zero;
            float* numbers = row + i + ((nint)before * RowLength);
            for (int u = before; u <= behind; u++, numbers += RowLength)
                sum = S.MultiplyAdd(S.Broadcast(Weights[Math.Abs(u)]), S.Load(numbers), sum);
            S.Store(sum, target + i);
        }
    }

    /// <summary>Σ_v g(v) of the numbers around each of a line, neighbours on both sides together.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddAlong<S, V>(float* line, float* target)
        where S : ISimd<V>
        where V : unmanaged
    {
        nint channels = Channels;
        V w0 = S.Broadcast(Weights[0]), w1 = S.Broadcast(Weights[1]), w2 = S.Broadcast(Weights[2]);
        V w3 = S.Broadcast(Weights[3]), w4 = S.Broadcast(Weights[4]), w5 = S.Broadcast(Weights[5]);
        for (int i = 0; i < RowLength; i += S.Lanes)
        {
            float* middle = line + i;
            V sum = S.Multiply(w0, S.Load(middle));
            sum = S.MultiplyAdd(w1, S.Add(S.Load(middle - channels), S.Load(middle + channels)), sum);
            sum = S.MultiplyAdd(w2, S.Add(S.Load(middle - (2 * channels)), S.Load(middle + (2 * channels))), sum);
            sum = S.MultiplyAdd(w3, S.Add(S.Load(middle - (3 * channels)), S.Load(middle + (3 * channels))), sum);
            sum = S.MultiplyAdd(w4, S.Add(S.Load(middle - (4 * channels)), S.Load(middle + (4 * channels))), sum);
            sum = S.MultiplyAdd(w5, S.Add(S.Load(middle - (5 * channels)), S.Load(middle + (5 * channels))), sum);
            VectorStore.Store<S, V>(sum, RowLength - i, target + i);
        }
    }
}
