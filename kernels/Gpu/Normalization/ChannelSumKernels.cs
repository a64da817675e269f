using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu.Normalization;

/// <summary>How kernels go over maps of N examples, P pixels and C channels: pixels are cut in chunks, by the shape alone.</summary>
internal readonly struct DeviceMaps
{
    // Rows of a chunk: enough for a group of threads, few enough that one example makes many groups.
    private const int RowsOfChunk = 256;

    public DeviceMaps(long length, int channels, int examples, int groups)
    {
        Channels = channels;
        Pixels = (int)(length / ((long)channels * examples));
        Examples = examples;
        Groups = groups;
        ChunkRows = Math.Max(1, Math.Min(Pixels, RowsOfChunk));
        Chunks = KernelConfigs.DivideUp(Pixels, ChunkRows);
    }

    public readonly int Channels;
    public readonly int Pixels;
    public readonly int Examples;
    public readonly int Groups;
    public readonly int ChunkRows;
    public readonly int Chunks;
}

/// <summary>
/// <see cref="Moments"/> and <see cref="NormalizeParameterGradient"/>. First a group of threads for some channels of a chunk: those
/// that differ in x have neighbouring channels, thread y of Y adds rows y, y + Y, …, and a tree over y does the rest. Then a group
/// of threads for each result puts the chunks' together.
/// </summary>
internal static class ChannelSumKernels
{
    private static readonly LazyKernel<PartLauncher> _moments = new(MomentsOfChunks);
    private static readonly LazyKernel<MergeLauncher> _mergeMoments = new(MergeMoments);
    private static readonly LazyKernel<GradientLauncher> _gradients = new(GradientsOfChunks);
    private static readonly LazyKernel<GradientMergeLauncher> _mergeGradients = new(MergeGradients);

    private delegate void PartLauncher(
        AcceleratorStream stream, KernelConfig config, DeviceMaps maps, ArrayView<float> x, ArrayView<float> means,
        ArrayView<float> squares);

    private delegate void MergeLauncher(
        AcceleratorStream stream, KernelConfig config, DeviceMaps maps, ArrayView<float> means, ArrayView<float> squares,
        ArrayView<float> mean, ArrayView<float> variance);

    private delegate void GradientLauncher(
        AcceleratorStream stream, KernelConfig config, DeviceMaps maps, ArrayView<float> x, ArrayView<float> g,
        ArrayView<float> mean, ArrayView<float> products, ArrayView<float> sums);

    private delegate void GradientMergeLauncher(
        AcceleratorStream stream, KernelConfig config, DeviceMaps maps, float epsilon, ArrayView<float> products,
        ArrayView<float> sums, ArrayView<float> variance, ArrayView<float> weightGradient, ArrayView<float> biasGradient);

    /// <summary>The mean of each channel of a chunk, and the squares around it: (N·chunks, C) each.</summary>
    public static void MomentsOfChunks(
        DeviceMaps maps, ArrayView<float> x, ArrayView<float> means, ArrayView<float> squares)
    {
        int strips = (maps.Channels + Group.DimX - 1) / Group.DimX;
        int part = Grid.IdxX / strips, channel = ((Grid.IdxX - (part * strips)) * Group.DimX) + Group.IdxX;
        int read = Math.Min(channel, maps.Channels - 1);
        int example = part / maps.Chunks, first = (part - (example * maps.Chunks)) * maps.ChunkRows;
        int rows = Math.Min(maps.ChunkRows, maps.Pixels - first);
        int start = ((((example * maps.Pixels) + first) * maps.Channels) + read);
        float sum = 0f;
        for (int row = Group.IdxY; row < rows; row += Group.DimY)
            sum += x[start + (row * maps.Channels)];
        float mean = SumOfColumn(sum) / rows;
        sum = 0f;
        for (int row = Group.IdxY; row < rows; row += Group.DimY)
        {
            float difference = x[start + (row * maps.Channels)] - mean;
            sum += difference * difference;
        }
        float square = SumOfColumn(sum);
        if (Group.IdxY == 0 && channel < maps.Channels)
        {
            means[(part * maps.Channels) + channel] = mean;
            squares[(part * maps.Channels) + channel] = square;
        }
    }

    /// <summary>μ = Σ nₖ μₖ / Σ nₖ and σ² = Σ (Mₖ + nₖ (μₖ − μ)²) / Σ nₖ over the chunks and the channels of a group.</summary>
    public static void MergeMoments(
        DeviceMaps maps, ArrayView<float> means, ArrayView<float> squares, ArrayView<float> mean, ArrayView<float> variance)
    {
        int size = maps.Channels / maps.Groups, example = Grid.IdxX / maps.Groups;
        int start = (example * maps.Chunks * maps.Channels) + ((Grid.IdxX - (example * maps.Groups)) * size);
        int parts = maps.Chunks * size;
        float count = (float)maps.Pixels * size, sum = 0f;
        for (int part = Group.IdxX; part < parts; part += Group.DimX)
        {
            int chunk = part / size, at = start + (chunk * maps.Channels) + (part - (chunk * size));
            sum += means[at] * Math.Min(maps.ChunkRows, maps.Pixels - (chunk * maps.ChunkRows));
        }
        float center = GroupReduction.Sum(sum) / count;
        Group.Barrier();
        sum = 0f;
        for (int part = Group.IdxX; part < parts; part += Group.DimX)
        {
            int chunk = part / size, at = start + (chunk * maps.Channels) + (part - (chunk * size));
            float difference = means[at] - center;
            sum += squares[at]
                + (difference * difference * Math.Min(maps.ChunkRows, maps.Pixels - (chunk * maps.ChunkRows)));
        }
        float total = GroupReduction.Sum(sum);
        if (Group.IdxX == 0)
        {
            mean[Grid.IdxX] = center;
            variance[Grid.IdxX] = total / count;
        }
    }

    /// <summary>Σ G (x − μ) and Σ G of each channel of a chunk: (N·chunks, C) each.</summary>
    public static void GradientsOfChunks(
        DeviceMaps maps, ArrayView<float> x, ArrayView<float> g, ArrayView<float> mean, ArrayView<float> products,
        ArrayView<float> sums)
    {
        int strips = (maps.Channels + Group.DimX - 1) / Group.DimX;
        int part = Grid.IdxX / strips, channel = ((Grid.IdxX - (part * strips)) * Group.DimX) + Group.IdxX;
        int read = Math.Min(channel, maps.Channels - 1);
        int example = part / maps.Chunks, first = (part - (example * maps.Chunks)) * maps.ChunkRows;
        int rows = Math.Min(maps.ChunkRows, maps.Pixels - first);
        int start = ((((example * maps.Pixels) + first) * maps.Channels) + read);
        float center = mean[(example * maps.Groups) + (read / (maps.Channels / maps.Groups))];
        float product = 0f, sum = 0f;
        for (int row = Group.IdxY; row < rows; row += Group.DimY)
        {
            float gradient = g[start + (row * maps.Channels)];
            product += gradient * (x[start + (row * maps.Channels)] - center);
            sum += gradient;
        }
        product = SumOfColumn(product);
        sum = SumOfColumn(sum);
        if (Group.IdxY == 0 && channel < maps.Channels)
        {
            products[(part * maps.Channels) + channel] = product;
            sums[(part * maps.Channels) + channel] = sum;
        }
    }

    /// <summary>The chunks' added up for a channel of an example, the products times 1 / √(σ² + ε).</summary>
    public static void MergeGradients(
        DeviceMaps maps, float epsilon, ArrayView<float> products, ArrayView<float> sums, ArrayView<float> variance,
        ArrayView<float> weightGradient, ArrayView<float> biasGradient)
    {
        int example = Grid.IdxX / maps.Channels, channel = Grid.IdxX - (example * maps.Channels);
        int start = (example * maps.Chunks * maps.Channels) + channel;
        float product = 0f, sum = 0f;
        for (int chunk = Group.IdxX; chunk < maps.Chunks; chunk += Group.DimX)
        {
            product += products[start + (chunk * maps.Channels)];
            sum += sums[start + (chunk * maps.Channels)];
        }
        product = GroupReduction.Sum(product);
        Group.Barrier();
        sum = GroupReduction.Sum(sum);
        if (Group.IdxX == 0)
        {
            int group = channel / (maps.Channels / maps.Groups);
            weightGradient[Grid.IdxX] = product / MathF.Sqrt(variance[(example * maps.Groups) + group] + epsilon);
            biasGradient[Grid.IdxX] = sum;
        }
    }

    internal static void Run(GpuDevice device, in Moments operation)
    {
        var maps = new DeviceMaps(
            operation.X.Length, operation.X.Columns, operation.Mean.Rows, operation.Mean.Columns);
        (ArrayView<float> means, ArrayView<float> squares) = Parts(device, maps);
        _moments.On(device)(
            device.LaunchStream(), PartConfig(device, maps), maps, device.AsArray(operation.X), means, squares);
        _mergeMoments.On(device)(
            device.LaunchStream(),
            device.Configs.Rows(maps.Examples * maps.Groups, maps.Chunks * (maps.Channels / maps.Groups)), maps, means,
            squares, device.AsArray(operation.Mean), device.AsArray(operation.Variance));
    }

    internal static void Run(GpuDevice device, in NormalizeParameterGradient operation)
    {
        var maps = new DeviceMaps(
            operation.X.Length, operation.WeightGradient.Columns, operation.Mean.Rows, operation.Mean.Columns);
        (ArrayView<float> products, ArrayView<float> sums) = Parts(device, maps);
        if (maps.Pixels > 0)
        {
            _gradients.On(device)(
                device.LaunchStream(), PartConfig(device, maps), maps, device.AsArray(operation.X),
                device.AsArray(operation.OutputGradient), device.AsArray(operation.Mean), products, sums);
        }
        _mergeGradients.On(device)(
            device.LaunchStream(), device.Configs.Rows(maps.Examples * maps.Channels, maps.Chunks), maps, operation.Epsilon,
            products, sums, device.AsArray(operation.Variance), device.AsArray(operation.WeightGradient),
            device.AsArray(operation.BiasGradient));
    }

    /// <summary>Of neighbouring threads' numbers in a column of the group, their sum, as a tree of fixed shape.</summary>
    private static float SumOfColumn(float value)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(KernelConfigs.MaximumGroup);
        int thread = (Group.IdxY * Group.DimX) + Group.IdxX;
        shared[thread] = value;
        Group.Barrier();
        for (int height = Group.DimY / 2; height > 0; height /= 2)
        {
            if (Group.IdxY < height)
                shared[thread] += shared[thread + (height * Group.DimX)];
            Group.Barrier();
        }
        float sum = shared[Group.IdxX];
        // The next sum may be put where this one stands.
        Group.Barrier();
        return sum;
    }

    private static KernelConfig PartConfig(GpuDevice device, in DeviceMaps maps)
    {
        int width = Math.Min(32, device.Configs.GroupLimit);
        int strips = KernelConfigs.DivideUp(maps.Channels, width);
        return new(
            new Index2D(checked(maps.Examples * maps.Chunks * strips), 1),
            new Index2D(width, device.Configs.GroupLimit / width));
    }

    /// <summary>Room for two numbers of each channel of each chunk.</summary>
    private static (ArrayView<float> First, ArrayView<float> Second) Parts(GpuDevice device, in DeviceMaps maps)
    {
        int length = Math.Max(1, checked(maps.Examples * maps.Chunks * maps.Channels));
        ArrayView<float> parts = device.PartialSums.Take(checked(2 * length));
        return (parts.SubView(0, length), parts.SubView(length, length));
    }
}
