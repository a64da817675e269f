using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu.Convolution;

/// <summary>A <see cref="ConvolutionGeometry"/> as kernels take it.</summary>
internal readonly struct DeviceGeometry(ConvolutionGeometry geometry)
{
    public readonly int Height = geometry.Large.Height;
    public readonly int Width = geometry.Large.Width;
    public readonly int Channels = geometry.Large.Channels;
    public readonly int SmallHeight = geometry.Small.Height;
    public readonly int SmallWidth = geometry.Small.Width;
    public readonly int SmallChannels = geometry.Small.Channels;
    public readonly int Kernel = geometry.Kernel;
    public readonly int Stride = geometry.Stride;
    public readonly int Top = geometry.Top;
    public readonly int Left = geometry.Left;
}

/// <summary>
/// <see cref="Convolve"/>, <see cref="ConvolveTransposed"/> and <see cref="ConvolutionWeightGradient"/>: a thread has an element
/// of the result and adds up its terms in order, in float32. What follows the sums is a launch of its own.
/// </summary>
internal static class ConvolutionKernels
{
    private static readonly LazyKernel<Launcher> _convolve = new(Convolve);
    private static readonly LazyKernel<Launcher> _transposed = new(ConvolveTransposed);
    private static readonly LazyKernel<GradientLauncher> _gradient = new(WeightGradient);

    private delegate void Launcher(
        AcceleratorStream stream, KernelConfig config, int length, DeviceGeometry geometry, ArrayView<float> source,
        ArrayView<float> weight, ArrayView<float> result);

    private delegate void GradientLauncher(
        AcceleratorStream stream, KernelConfig config, int length, int images, DeviceGeometry geometry, ArrayView<float> x,
        ArrayView<float> g, ArrayView<float> result);

    /// <summary>Loops over the elements of y (B, H′, W′, C′): neighbouring threads have neighbouring channels.</summary>
    public static void Convolve(
        int length, DeviceGeometry geometry, ArrayView<float> x, ArrayView<float> weight, ArrayView<float> y)
    {
        int stride = Grid.DimX * Group.DimX;
        for (int element = (Grid.IdxX * Group.DimX) + Group.IdxX; element < length; element += stride)
        {
            int pixel = element / geometry.SmallChannels, output = element - (pixel * geometry.SmallChannels);
            int row = pixel / geometry.SmallWidth, j = pixel - (row * geometry.SmallWidth);
            int image = row / geometry.SmallHeight, i = row - (image * geometry.SmallHeight);
            int top = (i * geometry.Stride) - geometry.Top, left = (j * geometry.Stride) - geometry.Left;
            int w = output * geometry.Kernel * geometry.Kernel * geometry.Channels;
            float sum = 0f;
            for (int u = 0; u < geometry.Kernel; u++)
            {
                for (int v = 0; v < geometry.Kernel; v++)
                {
                    int h = top + u, l = left + v;
                    if (h >= 0 && h < geometry.Height && l >= 0 && l < geometry.Width)
                    {
                        int source = ((((image * geometry.Height) + h) * geometry.Width) + l) * geometry.Channels;
                        for (int c = 0; c < geometry.Channels; c++)
                            sum += weight[w + c] * x[source + c];
                    }
                    w += geometry.Channels;
                }
            }
            y[element] = sum;
        }
    }

    /// <summary>Loops over the elements of x (B, H, W, C): neighbouring threads have neighbouring channels.</summary>
    public static void ConvolveTransposed(
        int length, DeviceGeometry geometry, ArrayView<float> y, ArrayView<float> weight, ArrayView<float> x)
    {
        int stride = Grid.DimX * Group.DimX, depth = geometry.Kernel * geometry.Kernel * geometry.Channels;
        for (int element = (Grid.IdxX * Group.DimX) + Group.IdxX; element < length; element += stride)
        {
            int pixel = element / geometry.Channels, channel = element - (pixel * geometry.Channels);
            int row = pixel / geometry.Width, l = pixel - (row * geometry.Width);
            int image = row / geometry.Height, h = row - (image * geometry.Height);
            float sum = 0f;
            for (int u = (h + geometry.Top) % geometry.Stride; u < geometry.Kernel; u += geometry.Stride)
            {
                int up = h + geometry.Top - u, i = up / geometry.Stride;
                for (int v = (l + geometry.Left) % geometry.Stride; v < geometry.Kernel; v += geometry.Stride)
                {
                    int across = l + geometry.Left - v, j = across / geometry.Stride;
                    if (up >= 0 && i < geometry.SmallHeight && across >= 0 && j < geometry.SmallWidth)
                    {
                        int source = ((((image * geometry.SmallHeight) + i) * geometry.SmallWidth) + j) * geometry.SmallChannels;
                        int w = (((u * geometry.Kernel) + v) * geometry.Channels) + channel;
                        for (int o = 0; o < geometry.SmallChannels; o++, w += depth)
                            sum += weight[w] * y[source + o];
                    }
                }
            }
            x[element] = sum;
        }
    }

    /// <summary>Loops over the elements of ∂w (C′, k, k, C): neighbouring threads have neighbouring channels of x.</summary>
    public static void WeightGradient(
        int length, int images, DeviceGeometry geometry, ArrayView<float> x, ArrayView<float> g, ArrayView<float> result)
    {
        int stride = Grid.DimX * Group.DimX;
        for (int element = (Grid.IdxX * Group.DimX) + Group.IdxX; element < length; element += stride)
        {
            int tap = element / geometry.Channels, channel = element - (tap * geometry.Channels);
            int row = tap / geometry.Kernel, v = tap - (row * geometry.Kernel);
            int output = row / geometry.Kernel, u = row - (output * geometry.Kernel);
            float sum = 0f;
            for (int image = 0; image < images; image++)
            {
                for (int i = 0; i < geometry.SmallHeight; i++)
                {
                    int h = (i * geometry.Stride) - geometry.Top + u;
                    for (int j = 0; j < geometry.SmallWidth; j++)
                    {
                        int l = (j * geometry.Stride) - geometry.Left + v;
                        if (h >= 0 && h < geometry.Height && l >= 0 && l < geometry.Width)
                        {
                            int small = (((image * geometry.SmallHeight) + i) * geometry.SmallWidth) + j;
                            int large = (((image * geometry.Height) + h) * geometry.Width) + l;
                            sum += g[(small * geometry.SmallChannels) + output] * x[(large * geometry.Channels) + channel];
                        }
                    }
                }
            }
            result[element] = sum;
        }
    }

    internal static void Run(GpuDevice device, in Convolve operation)
    {
        Run(device, _convolve, operation.Geometry, operation.X, operation.Weight, operation.Y);
        Follow(device, operation.Epilogue, operation.Y, operation.Geometry.Small.Channels);
    }

    internal static void Run(GpuDevice device, in ConvolveTransposed operation)
    {
        Run(device, _transposed, operation.Geometry, operation.Y, operation.Weight, operation.X);
        Follow(device, operation.Epilogue, operation.X, operation.Geometry.Large.Channels);
    }

    internal static void Run(GpuDevice device, in ConvolutionWeightGradient operation)
    {
        ArrayView<float> result = device.AsArray(operation.WeightGradient);
        int length = result.IntLength;
        _gradient.On(device)(
            device.LaunchStream(), device.Configs.Elements(length), length, operation.X.Rows,
            new DeviceGeometry(operation.Geometry), device.AsArray(operation.X), device.AsArray(operation.G), result);
    }

    private static void Run(
        GpuDevice device, LazyKernel<Launcher> kernel, in ConvolutionGeometry geometry, View<float> source, View<float> weight,
        View<float> result)
    {
        ArrayView<float> elements = device.AsArray(result);
        int length = elements.IntLength;
        if (length == 0)
            return;
        kernel.On(device)(
            device.LaunchStream(), device.Configs.Elements(length), length, new DeviceGeometry(geometry),
            device.AsArray(source), device.AsArray(weight), elements);
    }

    /// <summary>A bias is one of channels, not of an image's numbers.</summary>
    private static void Follow(GpuDevice device, in Epilogue epilogue, View<float> result, int channels)
    {
        View<float> values = epilogue.Bias.IsEmpty ? result : result.Reshape(checked((int)(result.Length / channels)), channels);
        if (epilogue.Kind != EpilogueKind.Store)
            device.Run(new ApplyEpilogue(values, epilogue, values));
    }
}
