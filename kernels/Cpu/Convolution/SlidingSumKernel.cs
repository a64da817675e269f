using System.Runtime.CompilerServices;
using GpuVae.Kernels.Cpu.Gemm;

namespace GpuVae.Kernels.Cpu.Convolution;

/// <summary>
/// <see cref="AcrossLanesKernel"/>'s sums for 3×3 windows at stride 1, as the last layer of a network on pictures mostly has them.
/// Two rows of output are summed at once from four rows of the source, column by column: a vector of source channels is read once
/// for the six sums that it belongs to, which slide along with the window. An item is two rows of an image.
/// </summary>
/// <remarks>
/// Rows above and below the map are read as zeros; columns beside it are not read. A transposed convolution is the same with its
/// window turned around.
/// </remarks>
internal unsafe struct SlidingSumKernel
{
    private const int Side = 3;
    private const int Taps = Side * Side;

    private static readonly ScratchUse _zeros = new();
    private static readonly ScratchUse _weights = new();
    private static readonly ScratchUse _tiles = new();

    public float* Source;
    public Shape From;

    /// <summary>Windows begin so many rows above and columns before their pixel.</summary>
    public int Top;

    public int Left;

    /// <summary>(output channels, source channels / lanes, taps, lanes).</summary>
    public float* Weights;

    /// <summary>One for each output channel; null where there are none.</summary>
    public float* Bias;

    public float* Output;
    public Shape To;

    /// <summary>A row of the source, in place of one outside.</summary>
    public float* Zeros;

    /// <summary>For each worker two rows of vectors, one for each output pixel, with room for two more before and for a block behind.</summary>
    public float* Tiles;

    private readonly int Blocks => MatrixProduct.DivideUp(To.Height, 2);

    /// <summary>Whether the windows are of that kind; source channels have to be whole vectors.</summary>
    public static bool Suits(in ConvolutionGeometry geometry) => geometry.Kernel == Side && geometry.Stride == 1;

    /// <summary>The sums, with the bias where there is one.</summary>
    public static void Run<S, V>(
        CpuDevice<S, V> device, in ConvolutionGeometry geometry, bool isTransposed, View<float> source, View<float> weight,
        View<float> bias, View<float> output)
        where S : ISimd<V>
        where V : unmanaged
    {
        (Shape from, Shape to) = isTransposed ? (geometry.Small, geometry.Large) : (geometry.Large, geometry.Small);
        var kernel = new SlidingSumKernel
        {
            Source = source.Pointer(),
            From = from,
            Top = isTransposed ? Side - 1 - geometry.Top : geometry.Top,
            Left = isTransposed ? Side - 1 - geometry.Left : geometry.Left,
            Weights = device.Scratch.Take<float>(_weights, (long)to.Channels * from.Channels * Taps),
            Bias = bias.Pointer(),
            Output = output.Pointer(),
            To = to,
            Zeros = device.Scratch.Take<float>(_zeros, from.Width * from.Channels),
            Tiles = device.Scratch.Take<float>(_tiles, (long)device.Pool.Size * TileLength<S, V>(from, to)),
        };
        kernel.Pack<S, V>(weight, isTransposed);
        device.Pool.Run(&Items<S, V>, &kernel, source.Rows * kernel.Blocks);
    }

    // Of a worker: outputs of a row, two before them, and as many as a block of lanes behind. The source may have more columns.
    private static int TileLength<S, V>(Shape from, Shape to)
        where S : ISimd<V>
        where V : unmanaged => 2 * RowLength<S, V>(from, to);

    private static int RowLength<S, V>(Shape from, Shape to)
        where S : ISimd<V>
        where V : unmanaged => (Math.Max(from.Width, to.Width) + (2 * Side) + S.Lanes) * S.Lanes;

    /// <summary>The weights w (C′, k·k·C), a vector of source channels with its nine taps side by side.</summary>
    private readonly void Pack<S, V>(View<float> weight, bool isTransposed)
        where S : ISimd<V>
        where V : unmanaged
    {
        float* source = weight.Pointer(), target = Weights;
        for (int output = 0; output < To.Channels; output++)
        {
            for (int input = 0; input < From.Channels; input += S.Lanes)
            {
                for (int tap = 0; tap < Taps; tap++)
                {
                    for (int lane = input; lane < input + S.Lanes; lane++)
                    {
                        *target++ = isTransposed
                            ? source[((nint)lane * weight.Columns) + ((Taps - 1 - tap) * To.Channels) + output]
                            : source[((nint)output * weight.Columns) + (tap * From.Channels) + lane];
                    }
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Items<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        SlidingSumKernel kernel = *(SlidingSumKernel*)context;
        int length = RowLength<S, V>(kernel.From, kernel.To), rowSize = kernel.From.Width * kernel.From.Channels;
        float* sums = kernel.Tiles + ((nint)worker * 2 * length) + ((Side - 1) * S.Lanes);
        for (int item = first; item < first + count; item++)
        {
            int row = item % kernel.Blocks * 2, image = item / kernel.Blocks;
            float* map = kernel.Source + ((nint)image * kernel.From.Size);
            float* rows0 = kernel.Row(map, row, rowSize), rows1 = kernel.Row(map, row + 1, rowSize);
            float* rows2 = kernel.Row(map, row + 2, rowSize), rows3 = kernel.Row(map, row + 3, rowSize);
            // What the next item needs besides: where it is the next image's, that lies behind this one.
            float* ahead = map + ((nint)(row + 4 - kernel.Top) * rowSize);
            float* weights = kernel.Weights;
            float* output = kernel.Output + ((nint)image * kernel.To.Size) + ((nint)row * kernel.To.Width * kernel.To.Channels);
            for (int channel = 0; channel < kernel.To.Channels; channel++)
            {
                for (int input = 0; input < kernel.From.Channels; input += S.Lanes, weights += Taps * S.Lanes)
                {
                    float* target = sums + (kernel.Left * S.Lanes) - ((Side - 1) * S.Lanes);
                    if (input == 0)
                    {
                        Slide<S, V, StoredSums>(
                            rows0, rows1, rows2, rows3, kernel.From.Width, kernel.From.Channels, weights, target, length,
                            ahead, rowSize);
                    }
                    else
                    {
                        Slide<S, V, AddedSums>(
                            rows0 + input, rows1 + input, rows2 + input, rows3 + input, kernel.From.Width, kernel.From.Channels,
                            weights, target, length, ahead + input, rowSize);
                    }
                }
                kernel.Reduce<S, V>(sums, channel, output);
                if (row + 1 < kernel.To.Height)
                    kernel.Reduce<S, V>(sums + length, channel, output + (kernel.To.Width * kernel.To.Channels));
            }
        }
    }

    /// <summary>The row of the source that the first tap of an output row meets.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly float* Row(float* map, int row, int rowSize) =>
        (uint)(row - Top) < (uint)From.Height ? map + ((nint)(row - Top) * rowSize) : Zeros;

    /// <summary>A row of output: what the lanes of each pixel's vector add up to, a vector of pixels at a time.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private readonly void Reduce<S, V>(float* sums, int channel, float* output)
        where S : ISimd<V>
        where V : unmanaged
    {
        V bias = S.Broadcast(Bias is null ? 0 : Bias[channel]);
        float* values = stackalloc float[S.Lanes];
        for (int column = 0; column < To.Width; column += S.Lanes)
        {
            V value = S.Add(RowReduction.Reduce<S, V, SumReduction>(sums + (column * S.Lanes), S.Lanes), bias);
            if (To.Channels == 1 && column + S.Lanes <= To.Width)
            {
                S.Store(value, output + column);
                continue;
            }
            S.Store(value, values);
            for (int i = 0; i < S.Lanes && column + i < To.Width; i++)
                output[((column + i) * To.Channels) + channel] = values[i];
        }
    }

    /// <summary>
    /// Sums of two rows for a vector of source channels: column i of the source belongs to the sums of columns i − 2, i − 1 and i,
    /// counted from <paramref name="target"/>, of which the first is then done.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Slide<S, V, TSums>(
        float* x0, float* x1, float* x2, float* x3, int columns, nint step, float* weights, float* target, nint rowLength,
        float* ahead, nint aheadLength)
        where S : ISimd<V>
        where V : unmanaged
        where TSums : struct, ISlidingSums
    {
        V w00 = S.Load(weights), w01 = S.Load(weights + S.Lanes), w02 = S.Load(weights + (2 * S.Lanes));
        V w10 = S.Load(weights + (3 * S.Lanes)), w11 = S.Load(weights + (4 * S.Lanes)), w12 = S.Load(weights + (5 * S.Lanes));
        V w20 = S.Load(weights + (6 * S.Lanes)), w21 = S.Load(weights + (7 * S.Lanes)), w22 = S.Load(weights + (8 * S.Lanes));
        // Sums of the upper and the lower row that still lack two columns, and those that lack one.
        V upper = S.Zero, lower = S.Zero, nextUpper = S.Zero, nextLower = S.Zero;
        float* lowerTarget = target + rowLength;
        for (; columns > 0; columns--)
        {
            V a0 = S.Load(x0), a1 = S.Load(x1), a2 = S.Load(x2), a3 = S.Load(x3);
            upper = S.MultiplyAdd(a0, w02, upper);
            lower = S.MultiplyAdd(a1, w02, lower);
            nextUpper = S.MultiplyAdd(a0, w01, nextUpper);
            nextLower = S.MultiplyAdd(a1, w01, nextLower);
            V lastUpper = S.Multiply(a0, w00), lastLower = S.Multiply(a1, w00);
            upper = S.MultiplyAdd(a1, w12, upper);
            lower = S.MultiplyAdd(a2, w12, lower);
            nextUpper = S.MultiplyAdd(a1, w11, nextUpper);
            nextLower = S.MultiplyAdd(a2, w11, nextLower);
            lastUpper = S.MultiplyAdd(a1, w10, lastUpper);
            lastLower = S.MultiplyAdd(a2, w10, lastLower);
            upper = S.MultiplyAdd(a2, w22, upper);
            lower = S.MultiplyAdd(a3, w22, lower);
            nextUpper = S.MultiplyAdd(a2, w21, nextUpper);
            nextLower = S.MultiplyAdd(a3, w21, nextLower);
            lastUpper = S.MultiplyAdd(a2, w20, lastUpper);
            lastLower = S.MultiplyAdd(a3, w20, lastLower);
            Put<S, V, TSums>(upper, target);
            Put<S, V, TSums>(lower, lowerTarget);
            upper = nextUpper;
            lower = nextLower;
            nextUpper = lastUpper;
            nextLower = lastLower;
            target += S.Lanes;
            lowerTarget += S.Lanes;
            x0 += step;
            x1 += step;
            x2 += step;
            x3 += step;
            CacheLines.Prefetch(ahead);
            CacheLines.Prefetch(ahead + aheadLength);
            ahead += step;
        }
        Put<S, V, TSums>(upper, target);
        Put<S, V, TSums>(lower, lowerTarget);
        Put<S, V, TSums>(nextUpper, target + S.Lanes);
        Put<S, V, TSums>(nextLower, lowerTarget + S.Lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<S, V, TSums>(V sum, float* target)
        where S : ISimd<V>
        where V : unmanaged
        where TSums : struct, ISlidingSums =>
        S.Store(TSums.AddsUp ? S.Add(sum, S.Load(target)) : sum, target);

    /// <summary>Whether sums are added to those of the source channels before.</summary>
    private interface ISlidingSums
    {
        static abstract bool AddsUp { get; }
    }

    private readonly struct StoredSums : ISlidingSums
    {
        public static bool AddsUp => false;
    }

    private readonly struct AddedSums : ISlidingSums
    {
        public static bool AddsUp => true;
    }
}
