using System.Runtime.CompilerServices;
using GpuVae.Kernels.Cpu.Gemm;

namespace GpuVae.Kernels.Cpu.Convolution;

/// <summary>
/// <see cref="Convolve"/> and <see cref="ConvolveTransposed"/> from a map of a few channels to one of many: the last layer of a network
/// on pictures, going back. A sum has so few terms here that most of the time of
/// <see cref="ConvolveKernel"/> would go into what stands around them. An image's source is copied among zeros, so that every output
/// pixel has a whole window, and the pixels of a row pass by nine weights at a time, which stay in registers. An item is some rows
/// of an image.
/// </summary>
/// <remarks>Every sum runs over its window in order, whatever the thread and the batch.</remarks>
internal unsafe struct NarrowSourceKernel
{
    // Numbers of a window that a pass takes: all of one channel where windows are 3×3.
    private const int PassNumbers = 9;

    // Items for each worker, so that workers end together.
    private const int ItemsPerWorker = 8;

    private static readonly ScratchUse _padded = new();
    private static readonly ScratchUse _packed = new();
    private static readonly ScratchUse _offsets = new();
    private static readonly ScratchUse _rowSums = new();

    /// <summary>(images, the map's size).</summary>
    private float* _source;

    private PaddedMap _map;

    /// <summary>For each worker a source map with zeros around it.</summary>
    private float* _paddedMaps;

    /// <summary>(window rounded up to nines): where its numbers are in the copy.</summary>
    private nint* _windowOffsets;

    /// <summary>(the same, output channels rounded up to vectors), zeros behind the window and the channels.</summary>
    private float* _weights;

    /// <summary>Parts that the rows of an image are divided in, where images are few.</summary>
    private int _parts;

    /// <summary>The output, a row a pixel or a vector.</summary>
    private EpilogueOutput _output;

    /// <summary>For each worker (pixels of a row, output channels rounded up to vectors): their sums.</summary>
    private float* _workerSums;

    /// <summary>Whether the source has a few channels, and each output pixel one window of it.</summary>
    public static bool Suits<S, V>(in ConvolutionGeometry geometry, bool isTransposed)
        where S : ISimd<V>
        where V : unmanaged =>
        isTransposed
            ? geometry.Stride == 1 && NarrowConvolution.IsNarrow<S, V>(geometry.Small.Channels)
            : NarrowConvolution.IsNarrow<S, V>(geometry.Large.Channels);

    public static void Run<S, V>(
        CpuDevice<S, V> device, in ConvolutionGeometry geometry, bool isTransposed, View<float> source, View<float> weight,
        in Epilogue epilogue, View<float> output)
        where S : ISimd<V>
        where V : unmanaged
    {
        if (source.Rows == 0)
            return;
        var map = new PaddedMap(geometry, isLarge: !isTransposed);
        int channels = map.Other.Channels, workers = device.Pool.Size;
        // Where channels fill vectors, what follows takes the sums as vectors one after the other, as they lie in the map: what it reads and
        // writes is then asked for ahead.
        int columns = channels % S.Lanes == 0 ? S.Lanes : channels;
        var kernel = new NarrowSourceKernel
        {
            _source = source.Pointer(),
            _map = map,
            _windowOffsets = device.Scratch.Take<nint>(_offsets, RoundUp(map.Window)),
            _parts = Math.Clamp(ItemsPerWorker * workers / source.Rows, 1, map.Other.Height),
            _output = EpilogueLoop.Output(
                device, in epilogue, output.Reshape(checked((int)(output.Length / columns)), columns)),
            _paddedMaps = device.Scratch.Take<float>(_padded, (long)workers * map.Size),
        };
        kernel._weights = device.Scratch.Take<float>(
            _packed, (long)RoundUp(map.Window) * kernel.WeightStride<S, V>());
        kernel._workerSums = device.Scratch.Take<float>(_rowSums, (long)workers * map.Other.Width * kernel.WeightStride<S, V>());
        kernel.Pack<S, V>(weight, isTransposed);
        delegate*<void*, int, int, int, void> body = TileEpilogueTypes<Bodies<S, V>>.Find(epilogue);
        device.Pool.Run(body, &kernel, source.Rows * kernel._parts);
    }

    /// <summary>So many numbers in whole passes.</summary>
    private static int RoundUp(int numbers) => MatrixProduct.DivideUp(numbers, PassNumbers) * PassNumbers;

    private readonly int WeightStride<S, V>()
        where S : ISimd<V>
        where V : unmanaged => MatrixProduct.DivideUp(_map.Other.Channels, S.Lanes) * S.Lanes;

    /// <summary>w (C′, k·k·C) to (window, output channels); turned around where the source is the small map.</summary>
    private readonly void Pack<S, V>(View<float> weight, bool isTransposed)
        where S : ISimd<V>
        where V : unmanaged
    {
        int channels = _map.Other.Channels, inputs = _map.Shape.Channels, taps = _map.Kernel * _map.Kernel;
        int numbers = RoundUp(_map.Window), stride = WeightStride<S, V>();
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
        float* sums = kernel._workerSums + ((nint)worker * kernel._map.Other.Width * kernel.WeightStride<S, V>());
        new Span<float>(padded, kernel._map.Size).Clear();
        int height = kernel._map.Other.Height, copied = -1;
        for (int item = first; item < first + count; item++)
        {
            (int image, int part) = (item / kernel._parts, item % kernel._parts);
            if (image != copied)
                kernel._map.Copy<S, V>(kernel._source + ((nint)image * kernel._map.Shape.Size), padded);
            copied = image;
            int end = height * (part + 1) / kernel._parts;
            for (int row = height * part / kernel._parts; row < end; row++)
                kernel.Row<S, V, TEpilogue>(padded + ((nint)row * kernel._map.RowStep), (image * height) + row, sums);
        }
    }

    /// <summary>The pixels of a row of the output, a vector of channels at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Row<S, V, TEpilogue>(float* windows, int row, float* sums)
        where S : ISimd<V>
        where V : unmanaged
        where TEpilogue : struct, ITileEpilogue
    {
        int pixels = _map.Other.Width, first = row * pixels, stride = WeightStride<S, V>(), columns = _output.Columns;
        int channels = _map.Other.Channels;
        bool isDirect = TEpilogue.IsStore && channels == stride;
        float* target = isDirect ? _output.C + ((nint)first * channels) : sums;
        for (int channel = 0; channel < channels; channel += S.Lanes)
        {
            for (int number = 0; number < _map.Window; number += PassNumbers)
            {
                float* weights = _weights + ((nint)number * stride) + channel;
                AddNumbers<S, V>(
                    windows, _windowOffsets + number, _map.ColumnStep, pixels, weights, stride, target + channel, stride, number > 0);
            }
        }
        if (isDirect)
            return;
        int rows = channels / columns;
        EpilogueLoop.Run<S, V, TEpilogue>(in _output, sums, stride / rows, first * rows, pixels * rows, 0, columns, null);
    }

    /// <summary>sums (pixels, 1 vector) = or += Σ over nine numbers of each pixel's window times a vector of weights.</summary>
    /// <param name="windows">The first pixel's window.</param>
    /// <param name="offsets">Where in a window the nine are.</param>
    /// <param name="step">From a window to that of the next pixel.</param>
    /// <param name="pixels">How many.</param>
    /// <param name="weights">Those of the first number.</param>
    /// <param name="stride">From the weights of a number to those of the next.</param>
    /// <param name="sums">Of the first pixel.</param>
    /// <param name="sumStride">From a pixel's sums to the next's.</param>
    /// <param name="continues">Whether the sums have begun.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void AddNumbers<S, V>(
        float* windows, nint* offsets, nint step, int pixels, float* weights, nint stride, float* sums, nint sumStride, bool continues)
        where S : ISimd<V>
        where V : unmanaged
    {
        V w0 = S.Load(weights), w1 = S.Load(weights + stride), w2 = S.Load(weights + (2 * stride));
        V w3 = S.Load(weights + (3 * stride)), w4 = S.Load(weights + (4 * stride)), w5 = S.Load(weights + (5 * stride));
        V w6 = S.Load(weights + (6 * stride)), w7 = S.Load(weights + (7 * stride)), w8 = S.Load(weights + (8 * stride));
        float* x0 = windows + offsets[0], x1 = windows + offsets[1], x2 = windows + offsets[2];
        float* x3 = windows + offsets[3], x4 = windows + offsets[4], x5 = windows + offsets[5];
        float* x6 = windows + offsets[6], x7 = windows + offsets[7], x8 = windows + offsets[8];
        for (nint k = 0; pixels > 0; pixels--, k += step, sums += sumStride)
        {
            V sum = continues ? S.Load(sums) : S.Zero;
            sum = S.MultiplyAdd(S.Broadcast(x0[k]), w0, sum);
            sum = S.MultiplyAdd(S.Broadcast(x1[k]), w1, sum);
            sum = S.MultiplyAdd(S.Broadcast(x2[k]), w2, sum);
            sum = S.MultiplyAdd(S.Broadcast(x3[k]), w3, sum);
            sum = S.MultiplyAdd(S.Broadcast(x4[k]), w4, sum);
            sum = S.MultiplyAdd(S.Broadcast(x5[k]), w5, sum);
            sum = S.MultiplyAdd(S.Broadcast(x6[k]), w6, sum);
            sum = S.MultiplyAdd(S.Broadcast(x7[k]), w7, sum);
            sum = S.MultiplyAdd(S.Broadcast(x8[k]), w8, sum);
            S.Store(sum, sums);
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
