using System.Runtime.CompilerServices;
using GpuVae.Kernels.Cpu.Gemm;

namespace GpuVae.Kernels.Cpu.Pooling;

/// <summary>
/// <see cref="MaxWindowsGradient"/>: an item is an image, or some channels of one where images are few. Its windows are gone
/// through in order, and each number of g is added where the first largest number of its window is: so a window is searched
/// once, however many pixels it has, and one worker adds all that meets at a pixel.
/// </summary>
internal unsafe struct MaxWindowsGradientKernel
{
    // Images for each worker, so that workers end together; with fewer, channels are divided too.
    private const int ImagesPerWorker = 2;

    public ConvolutionGeometry Geometry;
    public float* X;
    public float* G;

    /// <summary>Parts that an image's channels are divided in.</summary>
    public int Parts;

    /// <summary>∂x, (images, H·W·C), or (images·H·W, C) where channels are divided.</summary>
    public EpilogueOutput Output;

    public static void Run<S, V>(CpuDevice<S, V> device, in MaxWindowsGradient operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        Shape large = operation.Geometry.Large;
        int images = operation.X.Rows, vectors = MatrixProduct.DivideUp(large.Channels, S.Lanes);
        int parts = images >= ImagesPerWorker * device.Pool.Size ? 1 : vectors;
        View<float> gradient = operation.InputGradient;
        if (parts > 1)
            gradient = gradient.Reshape(checked(images * large.Height * large.Width), large.Channels);
        Epilogue epilogue = operation.Epilogue;
        var kernel = new MaxWindowsGradientKernel
        {
            Geometry = operation.Geometry,
            X = operation.X.Pointer(),
            G = operation.G.Pointer(),
            Parts = parts,
            Output = EpilogueLoop.Output(device, in epilogue, gradient),
        };
        delegate*<void*, int, int, int, void> body = TileEpilogueTypes<Bodies<S, V>>.Find(epilogue);
        device.Pool.Run(body, &kernel, images * parts);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Items<S, V, TEpilogue>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
        where TEpilogue : struct, ITileEpilogue
    {
        MaxWindowsGradientKernel kernel = *(MaxWindowsGradientKernel*)context;
        Shape large = kernel.Geometry.Large;
        int pixels = large.Height * large.Width, channels = large.Channels;
        for (int item = first; item < first + count; item++)
        {
            (int image, int part) = Math.DivRem(item, kernel.Parts);
            float* target = kernel.Output.C + ((nint)image * large.Size);
            if (kernel.Parts == 1)
            {
                new Span<float>(target, large.Size).Clear();
                kernel.Spread<S, V>(image, 0, channels);
                if (!TEpilogue.IsStore)
                {
                    EpilogueLoop.Run<S, V, TEpilogue>(
                        in kernel.Output, target, large.Size, image, 1, 0, large.Size, null);
                }
                continue;
            }
            int begin = part * S.Lanes, length = Math.Min(S.Lanes, channels - begin);
            for (int pixel = 0; pixel < pixels; pixel++)
                new Span<float>(target + ((nint)pixel * channels) + begin, length).Clear();
            kernel.Spread<S, V>(image, begin, begin + length);
            if (!TEpilogue.IsStore)
            {
                EpilogueLoop.Run<S, V, TEpilogue>(
                    in kernel.Output, target + begin, channels, image * pixels, pixels, begin, length, null);
            }
        }
    }

    /// <summary>
    /// Adds up some channels of an image. Vectors are stored whole while they stay among these: what is behind the last
    /// channel gets nothing added.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Spread<S, V>(int image, int begin, int end)
        where S : ISimd<V>
        where V : unmanaged
    {
        ConvolutionGeometry geometry = Geometry;
        (Shape large, Shape small, int channels) = (geometry.Large, geometry.Small, geometry.Large.Channels);
        int rowLength = large.Width * channels;
        float* x = X + ((nint)image * large.Size), target = Output.C + ((nint)image * large.Size);
        float* g = G + ((nint)image * small.Size);
        for (int i = 0; i < small.Height; i++)
        {
            int top = Windows.FirstPixel(i, geometry.Stride, geometry.Top);
            int bottom = Windows.EndPixel(i, large.Height, geometry.Kernel, geometry.Stride, geometry.Top);
            for (int j = 0; j < small.Width; j++, g += channels)
            {
                int left = Windows.FirstPixel(j, geometry.Stride, geometry.Left);
                int right = Windows.EndPixel(j, large.Width, geometry.Kernel, geometry.Stride, geometry.Left);
                nint corner = ((nint)top * rowLength) + ((nint)left * channels);
                for (int channel = begin; channel < end; channel += S.Lanes)
                {
                    V largest = S.Load(x + corner + channel);
                    for (int h = top; h < bottom; h++)
                    {
                        float* numbers = x + ((nint)h * rowLength) + ((nint)left * channels) + channel;
                        for (int l = left; l < right; l++, numbers += channels)
                        {
                            V next = S.Load(numbers);
                            largest = S.Select(S.GreaterThan(next, largest), next, largest);
                        }
                    }

                    // The first number that the largest does not exceed takes all of g, and leaves 0 for the others.
                    V rest = S.Load(g + channel);
                    if (end - channel < S.Lanes)
                        rest = S.Select(S.FirstLanes(end - channel), rest, S.Zero);
                    for (int h = top; h < bottom; h++)
                    {
                        nint place = ((nint)h * rowLength) + ((nint)left * channels) + channel;
                        int room = Parts == 1 ? large.Size - (int)place : end - channel;
                        for (int l = left; l < right; l++, place += channels, room -= Parts == 1 ? channels : 0)
                        {
                            V isExceeded = S.GreaterThan(largest, S.Load(x + place));
                            V sum = S.Add(S.Load(target + place), S.Select(isExceeded, S.Zero, rest));
                            VectorStore.Store<S, V>(sum, room, target + place);
                            rest = S.Select(isExceeded, rest, S.Zero);
                        }
                    }
                }
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
