using System.Runtime.CompilerServices;
using GpuVae.Kernels.Cpu.Gemm;

namespace GpuVae.Kernels.Cpu.Convolution;

/// <summary>
/// <see cref="Convolve"/> and <see cref="ConvolveTransposed"/> from a map of a few channels to one of many: the first layer of a network
/// on pictures, and the last one going back. A sum has so few terms here that half of the time of <see cref="ConvolveKernel"/> would go
/// into what stands around them. An image's source is copied among zeros, so that every output pixel has a whole window, and the pixels of
/// some rows pass by nine weights at a time, which stay in registers; from the last nine a sum goes through the epilogue to its place. An
/// item is some rows of an image.
/// </summary>
/// <remarks>Every sum runs over its window in order, whatever the thread and the batch.</remarks>
internal unsafe struct NarrowSourceKernel
{
    // Numbers of a window that a pass takes: all of one channel where windows are 3×3.
    private const int PassNumbers = 9;

    private const int LongestWindow = 3 * PassNumbers;

    // Numbers of the output that passes go over before the next ones: they stay in the first-level cache, as do those that are asked for.
    private const int BlockNumbers = 2048;

    // Items for each worker, so that workers end together.
    private const int ItemsPerWorker = 8;

    private static readonly ScratchUse _padded = new();
    private static readonly ScratchUse _packed = new();
    private static readonly ScratchUse _offsets = new();
    private static readonly ScratchUse _blockSums = new();

    /// <summary>(images, the map's size).</summary>
    private float* _source;

    private PaddedMap _map;

    /// <summary>For each worker a source map with zeros around it.</summary>
    private float* _paddedMaps;

    /// <summary>(window rounded up to nines): where its numbers are in the copy.</summary>
    private nint* _windowOffsets;

    /// <summary>(the same, output channels rounded up to vectors), zeros behind the window and the channels.</summary>
    private float* _weights;

    /// <summary>From the weights of a number to those of the next: output channels rounded up to vectors.</summary>
    private int _stride;

    /// <summary>Nines of a window.</summary>
    private int _passes;

    /// <summary>Bytes to ask for at each pixel of a pass.</summary>
    private int _prefetchStep;

    /// <summary>Parts that the rows of an image are divided in, where images are few.</summary>
    private int _parts;

    /// <summary>The output, a row a pixel.</summary>
    private EpilogueOutput _output;

    /// <summary>Rows of the output that a pass goes over.</summary>
    private int _blockRows;

    /// <summary>For each worker (pixels of a block, output channels rounded up to vectors): their sums where a pass is not the last one.</summary>
    private float* _workerSums;

    /// <summary>
    /// Whether the source has a few channels, each output pixel has one short window of it, and channels that a bias is added to fill vectors.
    /// Tiles of eight images are faster for long windows.
    /// </summary>
    public static bool Suits<S, V>(in ConvolutionGeometry geometry, bool isTransposed, bool hasBias)
        where S : ISimd<V>
        where V : unmanaged
    {
        (Shape source, Shape output) = isTransposed ? (geometry.Small, geometry.Large) : (geometry.Large, geometry.Small);
        return NarrowConvolution.IsNarrow<S, V>(source.Channels) && (!isTransposed || geometry.Stride == 1)
            && geometry.Kernel * geometry.Kernel * source.Channels <= LongestWindow && (!hasBias || output.Channels % S.Lanes == 0);
    }

    public static void Run<S, V>(
        CpuDevice<S, V> device, in ConvolutionGeometry geometry, bool isTransposed, View<float> source, View<float> weight,
        in Epilogue epilogue, View<float> output)
        where S : ISimd<V>
        where V : unmanaged
    {
        if (source.Rows == 0)
            return;
        var map = new PaddedMap(geometry, isLarge: !isTransposed);
        int channels = map.Other.Channels, workers = device.Pool.Size, passes = RoundUp(map.Window) / PassNumbers;
        var kernel = new NarrowSourceKernel
        {
            _source = source.Pointer(),
            _map = map,
            _windowOffsets = device.Scratch.Take<nint>(_offsets, RoundUp(map.Window)),
            _stride = MatrixProduct.DivideUp(channels, S.Lanes) * S.Lanes,
            _passes = passes,
            _prefetchStep = S.Lanes * sizeof(float) / passes,
            _blockRows = Math.Max(1, BlockNumbers / map.Other.Width / channels),
            _parts = Math.Clamp(ItemsPerWorker * workers / source.Rows, 1, map.Other.Height),
            _output = EpilogueLoop.Output(device, in epilogue, output.Reshape(checked((int)(output.Length / channels)), channels)),
            _paddedMaps = device.Scratch.Take<float>(_padded, (long)workers * map.Size),
        };
        kernel._weights = device.Scratch.Take<float>(_packed, (long)RoundUp(map.Window) * kernel._stride);
        kernel._workerSums = device.Scratch.Take<float>(_blockSums, workers * kernel.SumsLength);
        kernel.Pack(weight, isTransposed);
        delegate*<void*, int, int, int, void> body = TileEpilogueTypes<Bodies<S, V>>.Find(epilogue, hasBias: !epilogue.Bias.IsEmpty);
        device.Pool.Run(body, &kernel, source.Rows * kernel._parts);
    }

    /// <summary>So many numbers in whole passes.</summary>
    private static int RoundUp(int numbers) => MatrixProduct.DivideUp(numbers, PassNumbers) * PassNumbers;

    private readonly long SumsLength => (long)_blockRows * _map.Other.Width * _stride;

    /// <summary>w (C′, k·k·C) to (window, output channels); turned around where the source is the small map.</summary>
    private readonly void Pack(View<float> weight, bool isTransposed)
    {
        int channels = _map.Other.Channels, inputs = _map.Shape.Channels, taps = _map.Kernel * _map.Kernel;
        int numbers = RoundUp(_map.Window), stride = _stride;
        new Span<float>(_weights, numbers * stride).Clear();
        for (int number = 0; number < numbers; number++)
        {
            // Behind the last number it is repeated, with weights of zero.
            _windowOffsets[number] = _map.Offset(Math.Min(number, _map.Window - 1));
            if (number >= _map.Window)
                continue;
            int tap = number / inputs, input = number % inputs;
            (nint first, nint step) = isTransposed
                ? (((nint)input * weight.Columns) + ((nint)(taps - 1 - tap) * channels), 1)
                : (number, weight.Columns);
            for (int channel = 0; channel < channels; channel++)
                _weights[(number * stride) + channel] = weight.Pointer()[first + (channel * step)];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Items<S, V, TEpilogue>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
        where TEpilogue : struct, ITileEpilogue
    {
        NarrowSourceKernel kernel = *(NarrowSourceKernel*)context;
        float* padded = kernel._paddedMaps + ((nint)worker * kernel._map.Size);
        float* sums = kernel._workerSums + (worker * kernel.SumsLength);
        new Span<float>(padded, kernel._map.Size).Clear();
        int height = kernel._map.Other.Height, copied = -1;
        for (int item = first; item < first + count; item++)
        {
            (int image, int part) = (item / kernel._parts, item % kernel._parts);
            if (image != copied)
                kernel._map.Copy<S, V>(kernel._source + ((nint)image * kernel._map.Shape.Size), padded);
            copied = image;
            int end = height * (part + 1) / kernel._parts;
            for (int row = height * part / kernel._parts; row < end; row += kernel._blockRows)
            {
                int rows = Math.Min(kernel._blockRows, end - row);
                kernel.Rows<S, V, TEpilogue>(padded + ((nint)row * kernel._map.RowStep), (image * height) + row, rows, sums);
            }
        }
    }

    /// <summary>
    /// The pixels of some rows of the output, a vector of channels at a time. Meanwhile the place of as many rows that come next is asked for,
    /// evenly over the passes: waiting for memory took as long as the multiply-adds.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Rows<S, V, TEpilogue>(float* windows, int row, int rows, float* sums)
        where S : ISimd<V>
        where V : unmanaged
        where TEpilogue : struct, ITileEpilogue
    {
        int width = _map.Other.Width, channels = _map.Other.Channels, pixels = rows * width;
        bool isWhole = channels % S.Lanes == 0;
        nint first = (nint)row * width * channels;
        byte* next = (byte*)(_output.C + first + (pixels * channels));
        nint toAuxiliary = TEpilogue.HasAuxiliary ? (nint)((byte*)_output.Auxiliary - (byte*)_output.C) : 0;
        for (int channel = 0; channel < channels; channel += S.Lanes)
        {
            EpilogueOutput partial = default, output = _output;
            partial.C = sums + channel;
            output.C += first + channel;
            output.Auxiliary += first + channel;
            output.Bias += channel;
            for (int pass = 0; pass < _passes; pass++, next += pixels * _prefetchStep)
            {
                float* begun = pass > 0 ? partial.C : null;
                if (isWhole && pass == _passes - 1)
                    Pass<S, V, TEpilogue>(windows, rows, pass, channel, begun, in output, next, toAuxiliary);
                else
                    Pass<S, V, StoreEpilogue>(windows, rows, pass, channel, begun, in partial, next, toAuxiliary);
            }
        }
        if (!isWhole)
            EpilogueLoop.Run<S, V, TEpilogue>(in _output, sums, _stride, row * width, pixels, 0, channels, null);
    }

    /// <summary>Adds to a vector of each pixel's sums nine numbers of its window times theirs of the weights.</summary>
    /// <param name="windows">The first pixel's window.</param>
    /// <param name="rows">How many rows of pixels.</param>
    /// <param name="pass">Which nine.</param>
    /// <param name="channel">The first of the vector.</param>
    /// <param name="begun">What to add to; null for nothing.</param>
    /// <param name="output">Where the first pixel's vector goes, and the epilogue's operands for it.</param>
    /// <param name="next">What to ask for at the first pixel.</param>
    /// <param name="toAuxiliary">From there to what else to ask for, in bytes; 0 for nothing.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private readonly void Pass<S, V, TEpilogue>(
        float* windows, int rows, int pass, int channel, float* begun, in EpilogueOutput output, byte* next, nint toAuxiliary)
        where S : ISimd<V>
        where V : unmanaged
        where TEpilogue : struct, ITileEpilogue
    {
        nint stride = _stride, step = _map.ColumnStep, prefetchStep = _prefetchStep;
        float* weights = _weights + (pass * PassNumbers * stride) + channel;
        V w0 = S.Load(weights), w1 = S.Load(weights + stride), w2 = S.Load(weights + (2 * stride));
        V w3 = S.Load(weights + (3 * stride)), w4 = S.Load(weights + (4 * stride)), w5 = S.Load(weights + (5 * stride));
        V w6 = S.Load(weights + (6 * stride)), w7 = S.Load(weights + (7 * stride)), w8 = S.Load(weights + (8 * stride));
        nint* offsets = _windowOffsets + (pass * PassNumbers);
        float* x0 = windows + offsets[0], x1 = windows + offsets[1], x2 = windows + offsets[2];
        float* x3 = windows + offsets[3], x4 = windows + offsets[4], x5 = windows + offsets[5];
        float* x6 = windows + offsets[6], x7 = windows + offsets[7], x8 = windows + offsets[8];
        float* c = output.C, auxiliary = output.Auxiliary;
        V bias = TEpilogue.HasBias ? S.Load(output.Bias) : S.Zero, scale = S.Broadcast(output.GradientScale);
        nint k = 0, at = 0, rest = _map.RowStep - (_map.Other.Width * step);
        for (; rows > 0; rows--, k += rest)
        {
            for (int pixels = _map.Other.Width; pixels > 0; pixels--, k += step, at += stride, next += prefetchStep)
            {
                CacheLines.Prefetch(next);
                if (toAuxiliary != 0)
                    CacheLines.Prefetch(next + toAuxiliary);
                V sum = begun != null ? S.Load(begun + at) : S.Zero;
                sum = S.MultiplyAdd(S.Broadcast(x0[k]), w0, sum);
                sum = S.MultiplyAdd(S.Broadcast(x1[k]), w1, sum);
                sum = S.MultiplyAdd(S.Broadcast(x2[k]), w2, sum);
                sum = S.MultiplyAdd(S.Broadcast(x3[k]), w3, sum);
                sum = S.MultiplyAdd(S.Broadcast(x4[k]), w4, sum);
                sum = S.MultiplyAdd(S.Broadcast(x5[k]), w5, sum);
                sum = S.MultiplyAdd(S.Broadcast(x6[k]), w6, sum);
                sum = S.MultiplyAdd(S.Broadcast(x7[k]), w7, sum);
                sum = S.MultiplyAdd(S.Broadcast(x8[k]), w8, sum);
                V value = TEpilogue.Apply<S, V>(
                    TEpilogue.HasBias ? S.Add(sum, bias) : sum, TEpilogue.HasAuxiliary ? S.Load(auxiliary + at) : S.Zero, scale, out _, out _);
                S.Store(value, c + at);
            }
        }
    }

    private readonly struct Bodies<S, V> : ITileEpilogueSelector
        where S : ISimd<V>
        where V : unmanaged
    {
        public static delegate*<void*, int, int, int, void> For<TEpilogue>()
            where TEpilogue : struct, ITileEpilogue => &Items<S, V, TEpilogue>;
    }
}
