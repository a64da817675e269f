using System.Runtime.CompilerServices;
using GpuVae.Kernels.Cpu.Gemm;

namespace GpuVae.Kernels.Cpu.Convolution;

/// <summary>
/// <see cref="Convolve"/> and <see cref="ConvolveTransposed"/> to a few channels, such as the last layer of a network on pictures:
/// the lanes of a vector are source channels, and a sum is put together from its lanes at the end, those of a vector of pixels at
/// once. A tile is <see cref="TileRows"/> pixels of a class (<see cref="ConvolutionPixelClasses"/>). An item is a group of images.
/// </summary>
/// <remarks>
/// A sum runs over its segments in the table's order and then over the lanes in that of <see cref="RowReduction"/>: whatever tile
/// it is in, so that neither threads nor the batch change a bit.
/// </remarks>
internal unsafe struct AcrossLanesKernel
{
    /// <summary>Pixels of a tile: as many independent sums as hide the latency of a multiply-add.</summary>
    private const int TileRows = 8;

    // Source maps of an item: they stay in the second-level cache from one class to the next.
    private const long GroupBytes = 768 * 1024;
    private const int ItemsPerWorker = 4;

    private static readonly ScratchUse _weights = new();

    /// <summary>(images, <see cref="SourceSize"/>).</summary>
    public float* Source;

    public int SourceSize;

    /// <summary>Weights (output channels, <see cref="Depth"/>), the taps in the table's order.</summary>
    public float* Weights;

    public int Depth;

    /// <summary>Output channels.</summary>
    public int Channels;

    /// <summary>One a channel; null where there are none.</summary>
    public float* Bias;

    /// <summary>(images, <see cref="OutputSize"/>).</summary>
    public float* Output;

    public int OutputSize;
    public PixelClass* Classes;
    public int ClassCount;
    public int Images;

    /// <summary>Images of an item.</summary>
    public int Group;

    /// <summary>Whether source pixels are whole vectors and output channels few.</summary>
    public static bool Suits<S, V>(int sourceChannels, int channels)
        where S : ISimd<V>
        where V : unmanaged => NarrowConvolution.IsNarrow<S, V>(channels) && sourceChannels % S.Lanes == 0;

    /// <summary>The sums, with the bias where the epilogue has one; the rest of the epilogue is left to the caller.</summary>
    public static void Run<S, V>(
        CpuDevice<S, V> device, in ConvolutionGeometry geometry, bool isTransposed, View<float> source, View<float> weight,
        View<float> bias, View<float> output)
        where S : ISimd<V>
        where V : unmanaged
    {
        if (SlidingSumKernel.Suits(geometry))
        {
            SlidingSumKernel.Run(device, geometry, isTransposed, source, weight, bias, output);
            return;
        }
        ConvolutionTable table = device.Tables.Find(geometry, isTransposed);
        ConvolutionPixelClasses classes = device.Tables.FindClasses(geometry, isTransposed);
        long image = (long)source.Columns * sizeof(float);
        int largest = Math.Max(1, source.Rows / (ItemsPerWorker * device.Pool.Size));
        var kernel = new AcrossLanesKernel
        {
            Source = source.Pointer(),
            SourceSize = source.Columns,
            Weights = weight.Pointer(),
            Depth = geometry.Depth,
            Channels = geometry.Small.Channels,
            Bias = bias.Pointer(),
            Output = output.Pointer(),
            OutputSize = output.Columns,
            Classes = classes.Classes,
            ClassCount = classes.Count,
            Images = source.Rows,
            Group = (int)Math.Clamp(GroupBytes / image, 1, Math.Min(TileRows, largest)),
        };
        if (isTransposed)
        {
            kernel.Depth = table.Taps.Count * geometry.Small.Channels;
            kernel.Channels = geometry.Large.Channels;
            kernel.Weights = device.Scratch.Take<float>(_weights, (long)kernel.Channels * kernel.Depth);
            kernel.Reorder(weight, geometry, table);
        }
        device.Pool.Run(&Items<S, V>, &kernel, MatrixProduct.DivideUp(source.Rows, kernel.Group));
    }

    /// <summary>w (C′, k·k·C) to (C, taps in the table's order, C′).</summary>
    private readonly void Reorder(View<float> weight, in ConvolutionGeometry geometry, ConvolutionTable table)
    {
        float* target = Weights, source = weight.Pointer();
        for (int channel = 0; channel < Channels; channel++)
        {
            for (int tap = 0; tap < table.Taps.Count; tap++)
            {
                (int u, int v) = table.Taps[tap];
                int column = (((u * geometry.Kernel) + v) * Channels) + channel;
                for (int input = 0; input < geometry.Small.Channels; input++)
                    *target++ = source[((nint)input * weight.Columns) + column];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Items<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        AcrossLanesKernel kernel = *(AcrossLanesKernel*)context;
        for (int item = first; item < first + count; item++)
        {
            int image = item * kernel.Group, images = Math.Min(kernel.Group, kernel.Images - image);
            for (int i = 0; i < kernel.ClassCount; i++)
                kernel.Sum<S, V>(in kernel.Classes[i], image, images);
        }
    }

    /// <summary>The pixels of a class of some images, a vector of pixels at a time; the last is repeated where they end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Sum<S, V>(in PixelClass pixels, int image, int images)
        where S : ISimd<V>
        where V : unmanaged
    {
        int rows = Math.Max(TileRows, S.Lanes);
        nint* sources = stackalloc nint[rows];
        nint* outputs = stackalloc nint[rows];
        float* values = stackalloc float[2 * rows];
        float* source = Source + ((nint)image * SourceSize);
        int pixel = 0;
        nint sourceImage = 0, outputImage = image * (nint)OutputSize;
        for (int left = pixels.PixelCount * images; left > 0; left -= rows)
        {
            for (int row = 0; row < rows; row++)
            {
                sources[row] = sourceImage + pixels.Pixels[pixel].Source;
                outputs[row] = outputImage + (pixels.Pixels[pixel].Output * (nint)Channels);
                if (row + 1 < left && ++pixel == pixels.PixelCount)
                {
                    pixel = 0;
                    sourceImage += SourceSize;
                    outputImage += OutputSize;
                }
            }
            for (int channel = 0; channel < Channels; channel++)
            {
                float* weights = Weights + ((nint)channel * Depth);
                float* output = Output + channel;
                SumTile<S, V>(pixels.SegmentCount, pixels.Segments, source, sources, weights, values);
                if (S.Lanes > TileRows)
                {
                    SumTile<S, V>(pixels.SegmentCount, pixels.Segments, source, sources + TileRows, weights, values + S.Lanes);
                    S.Store(RowReduction.Combine<S, V, SumReduction>(S.Load(values), S.Load(values + S.Lanes), TileRows), values);
                }
                float bias = Bias is null ? 0 : Bias[channel];
                for (int row = 0; row < rows; row++)
                    output[outputs[row]] = values[row] + bias;
            }
        }
    }

    /// <summary>
    /// The sums of eight pixels, as far as they can be put together: of a vector of 4 or 8 lanes the sums themselves, of 16 lanes
    /// two parts of each, which stand as <see cref="RowReduction"/> has them.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void SumTile<S, V>(int segments, Segment* segment, float* source, nint* rows, float* weights, float* values)
        where S : ISimd<V>
        where V : unmanaged
    {
        V sum0 = S.Zero, sum1 = S.Zero, sum2 = S.Zero, sum3 = S.Zero;
        V sum4 = S.Zero, sum5 = S.Zero, sum6 = S.Zero, sum7 = S.Zero;
        float* x0 = source + rows[0], x1 = source + rows[1], x2 = source + rows[2], x3 = source + rows[3];
        float* x4 = source + rows[4], x5 = source + rows[5], x6 = source + rows[6], x7 = source + rows[7];
        for (; segments > 0; segments--, segment++)
        {
            float* w = weights + segment->Panel;
            nint k = segment->Broadcast;
            for (float* end = w + segment->Length; w < end; w += S.Lanes, k += S.Lanes)
            {
                V b = S.Load(w);
                sum0 = S.MultiplyAdd(S.Load(x0 + k), b, sum0);
                sum1 = S.MultiplyAdd(S.Load(x1 + k), b, sum1);
                sum2 = S.MultiplyAdd(S.Load(x2 + k), b, sum2);
                sum3 = S.MultiplyAdd(S.Load(x3 + k), b, sum3);
                sum4 = S.MultiplyAdd(S.Load(x4 + k), b, sum4);
                sum5 = S.MultiplyAdd(S.Load(x5 + k), b, sum5);
                sum6 = S.MultiplyAdd(S.Load(x6 + k), b, sum6);
                sum7 = S.MultiplyAdd(S.Load(x7 + k), b, sum7);
            }
        }
        V lower = RowReduction.Four<S, V, SumReduction>(sum0, sum1, sum2, sum3);
        V upper = RowReduction.Four<S, V, SumReduction>(sum4, sum5, sum6, sum7);
        if (S.Lanes == 4)
        {
            S.Store(lower, values);
            S.Store(upper, values + S.Lanes);
        }
        else
        {
            S.Store(RowReduction.Combine<S, V, SumReduction>(lower, upper, 4), values);
        }
    }
}
