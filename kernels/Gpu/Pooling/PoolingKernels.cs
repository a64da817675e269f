using GpuVae.Kernels.Gpu.Convolution;
using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu.Pooling;

/// <summary>Where an element of a map is.</summary>
/// <param name="Image">b.</param>
/// <param name="Row">The row of pixels.</param>
/// <param name="Column">The pixel of the row.</param>
/// <param name="Channel">The number of the pixel.</param>
internal readonly record struct Place(int Image, int Row, int Column, int Channel)
{
    /// <summary>The place of an element of maps (B, height, width, channels).</summary>
    public static Place Of(int element, int height, int width, int channels)
    {
        int pixel = element / channels, row = pixel / width, image = row / height;
        return new(image, row - (image * height), pixel - (row * width), element - (pixel * channels));
    }
}

/// <summary>
/// <see cref="SumWindows"/>, <see cref="SpreadWindows"/>, <see cref="MaxWindows"/> and <see cref="MaxWindowsGradient"/>: a thread
/// has an element of the result, and neighbouring threads have neighbouring channels. What adds up at an element is added in
/// the order of the windows.
/// </summary>
/// <remarks>An epilogue is a pass of its own: a kernel for each would take longer to compile than it saves.</remarks>
internal static class PoolingKernels
{
    private static readonly LazyKernel<ReductionLauncher> _sum = new(Sum);
    private static readonly LazyKernel<ReductionLauncher> _spread = new(Spread);
    private static readonly LazyKernel<PoolingLauncher> _max = new(Max);
    private static readonly LazyKernel<PoolingLauncher> _maxGradient = new(MaxGradient);

    internal static void Run(GpuDevice device, in SumWindows operation) => Run(
        device, _sum, operation.Geometry, operation.ReachesEdge, operation.Scale, operation.X, operation.Epilogue, operation.Y);

    internal static void Run(GpuDevice device, in SpreadWindows operation) => Run(
        device, _spread, operation.Geometry, operation.ReachesEdge, operation.Scale, operation.Y, operation.Epilogue, operation.X);

    internal static void Run(GpuDevice device, in MaxWindows operation) => Run(
        device, _max, operation.Geometry, operation.X, default, operation.Epilogue, operation.Y);

    internal static void Run(GpuDevice device, in MaxWindowsGradient operation) => Run(
        device, _maxGradient, operation.Geometry, operation.X, operation.G, operation.Epilogue, operation.InputGradient);

    /// <summary>Loops over the elements of y; a last window of <paramref name="reach"/> = 1 has all pixels up to the edge.</summary>
    public static void Sum(
        int length, int reach, float scale, DeviceGeometry geometry, ArrayView<float> x,
        ArrayView<float> y)
    {
        int stride = Grid.DimX * Group.DimX;
        for (int element = (Grid.IdxX * Group.DimX) + Group.IdxX; element < length; element += stride)
        {
            Place at = Place.Of(element, geometry.SmallHeight, geometry.SmallWidth, geometry.Channels);
            int top = Windows.FirstPixel(at.Row, geometry.Stride, geometry.Top);
            int bottom = reach != 0 && at.Row == geometry.SmallHeight - 1
                ? geometry.Height
                : Windows.EndPixel(at.Row, geometry.Height, geometry.Kernel, geometry.Stride, geometry.Top);
            int left = Windows.FirstPixel(at.Column, geometry.Stride, geometry.Left);
            int right = reach != 0 && at.Column == geometry.SmallWidth - 1
                ? geometry.Width
                : Windows.EndPixel(at.Column, geometry.Width, geometry.Kernel, geometry.Stride, geometry.Left);
            float sum = 0f;
            for (int h = top; h < bottom; h++)
            {
                int source = (((((at.Image * geometry.Height) + h) * geometry.Width) + left) * geometry.Channels) + at.Channel;
                for (int l = left; l < right; l++, source += geometry.Channels)
                    sum += x[source];
            }
            y[element] = sum * scale;
        }
    }

    /// <summary>Loops over the elements of x; a last window of <paramref name="reach"/> = 1 has all pixels up to the edge.</summary>
    public static void Spread(
        int length, int reach, float scale, DeviceGeometry geometry, ArrayView<float> y,
        ArrayView<float> x)
    {
        int stride = Grid.DimX * Group.DimX;
        for (int element = (Grid.IdxX * Group.DimX) + Group.IdxX; element < length; element += stride)
        {
            Place at = Place.Of(element, geometry.Height, geometry.Width, geometry.Channels);
            int top = Windows.FirstWindow(at.Row, geometry.Kernel, geometry.Stride, geometry.Top);
            int bottom = Windows.EndWindow(at.Row, geometry.SmallHeight, geometry.Stride, geometry.Top);
            int left = Windows.FirstWindow(at.Column, geometry.Kernel, geometry.Stride, geometry.Left);
            int right = Windows.EndWindow(at.Column, geometry.SmallWidth, geometry.Stride, geometry.Left);
            if (reach != 0)
            {
                top = Math.Min(top, geometry.SmallHeight - 1);
                left = Math.Min(left, geometry.SmallWidth - 1);
            }
            float sum = 0f;
            for (int i = top; i < bottom; i++)
            {
                int source =
                    (((((at.Image * geometry.SmallHeight) + i) * geometry.SmallWidth) + left) * geometry.Channels) + at.Channel;
                for (int j = left; j < right; j++, source += geometry.Channels)
                    sum += y[source];
            }
            x[element] = sum * scale;
        }
    }

    /// <summary>Loops over the elements of y; <paramref name="unused"/> is not read.</summary>
    public static void Max(
        int length, DeviceGeometry geometry, ArrayView<float> x, ArrayView<float> unused,
        ArrayView<float> y)
    {
        int stride = Grid.DimX * Group.DimX;
        for (int element = (Grid.IdxX * Group.DimX) + Group.IdxX; element < length; element += stride)
        {
            Place at = Place.Of(element, geometry.SmallHeight, geometry.SmallWidth, geometry.Channels);
            int top = Windows.FirstPixel(at.Row, geometry.Stride, geometry.Top);
            int bottom = Windows.EndPixel(at.Row, geometry.Height, geometry.Kernel, geometry.Stride, geometry.Top);
            int left = Windows.FirstPixel(at.Column, geometry.Stride, geometry.Left);
            int right = Windows.EndPixel(at.Column, geometry.Width, geometry.Kernel, geometry.Stride, geometry.Left);
            float largest = float.NegativeInfinity;
            for (int h = top; h < bottom; h++)
            {
                int source = (((((at.Image * geometry.Height) + h) * geometry.Width) + left) * geometry.Channels) + at.Channel;
                for (int l = left; l < right; l++, source += geometry.Channels)
                {
                    float next = x[source];
                    // NaN is larger than all, and stays; "if (next > largest)" would be compiled to a branch that NaN takes.
                    float larger = next > largest ? next : largest;
                    largest = float.IsNaN(next) ? next : larger;
                }
            }
            y[element] = largest;
        }
    }

    /// <summary>Loops over the elements of ∂x, and searches the windows that each is in.</summary>
    public static void MaxGradient(
        int length, DeviceGeometry geometry, ArrayView<float> x, ArrayView<float> g,
        ArrayView<float> gradient)
    {
        int stride = Grid.DimX * Group.DimX;
        for (int element = (Grid.IdxX * Group.DimX) + Group.IdxX; element < length; element += stride)
        {
            Place at = Place.Of(element, geometry.Height, geometry.Width, geometry.Channels);
            int lastRow = Windows.EndWindow(at.Row, geometry.SmallHeight, geometry.Stride, geometry.Top);
            int lastColumn = Windows.EndWindow(at.Column, geometry.SmallWidth, geometry.Stride, geometry.Left);
            float sum = 0f;
            for (int i = Windows.FirstWindow(at.Row, geometry.Kernel, geometry.Stride, geometry.Top); i < lastRow; i++)
            {
                int j = Windows.FirstWindow(at.Column, geometry.Kernel, geometry.Stride, geometry.Left);
                for (; j < lastColumn; j++)
                {
                    if (FirstLargest(geometry, at, i, j, x) == element)
                    {
                        int small = (((at.Image * geometry.SmallHeight) + i) * geometry.SmallWidth) + j;
                        sum += g[(small * geometry.Channels) + at.Channel];
                    }
                }
            }
            gradient[element] = sum;
        }
    }

    /// <summary>The element of x that is the first largest of a window; of its channel at <paramref name="at"/>.</summary>
    private static int FirstLargest(DeviceGeometry geometry, Place at, int i, int j, ArrayView<float> x)
    {
        int top = Windows.FirstPixel(i, geometry.Stride, geometry.Top);
        int bottom = Windows.EndPixel(i, geometry.Height, geometry.Kernel, geometry.Stride, geometry.Top);
        int left = Windows.FirstPixel(j, geometry.Stride, geometry.Left);
        int right = Windows.EndPixel(j, geometry.Width, geometry.Kernel, geometry.Stride, geometry.Left);
        int found =
            (((((at.Image * geometry.Height) + top) * geometry.Width) + left) * geometry.Channels) + at.Channel;
        float largest = x[found];
        for (int h = top; h < bottom; h++)
        {
            int source = (((((at.Image * geometry.Height) + h) * geometry.Width) + left) * geometry.Channels) + at.Channel;
            for (int l = left; l < right; l++, source += geometry.Channels)
            {
                float next = x[source];
                if (next > largest)
                {
                    largest = next;
                    found = source;
                }
            }
        }
        return found;
    }

    private static void Run(
        GpuDevice device, LazyKernel<ReductionLauncher> kernel, in ConvolutionGeometry geometry, bool reachesEdge, float scale,
        View<float> source, in Epilogue epilogue, View<float> result)
    {
        ArrayView<float> elements = device.AsArray(result);
        int length = elements.IntLength;
        if (length == 0)
            return;
        kernel.On(device)(
            device.LaunchStream(), device.Configs.Elements(length), length, reachesEdge ? 1 : 0, scale,
            new DeviceGeometry(geometry), device.AsArray(source), elements);
        Follow(device, epilogue, result);
    }

    private static void Run(
        GpuDevice device, LazyKernel<PoolingLauncher> kernel, in ConvolutionGeometry geometry, View<float> x, View<float> g,
        in Epilogue epilogue, View<float> result)
    {
        ArrayView<float> elements = device.AsArray(result);
        int length = elements.IntLength;
        if (length == 0)
            return;
        kernel.On(device)(
            device.LaunchStream(), device.Configs.Elements(length), length, new DeviceGeometry(geometry), device.AsArray(x),
            device.AsArray(g), elements);
        Follow(device, epilogue, result);
    }

    private static void Follow(GpuDevice device, in Epilogue epilogue, View<float> result)
    {
        if (epilogue.Kind != EpilogueKind.Store)
            device.Run(new ApplyEpilogue(result, epilogue, result));
    }
}

/// <summary>Launches <see cref="PoolingKernels.Sum"/> or <see cref="PoolingKernels.Spread"/>.</summary>
internal delegate void ReductionLauncher(
    AcceleratorStream stream, KernelConfig config, int length, int reach, float scale, DeviceGeometry geometry,
    ArrayView<float> source, ArrayView<float> result);

/// <summary>Launches <see cref="PoolingKernels.Max"/> or <see cref="PoolingKernels.MaxGradient"/>.</summary>
internal delegate void PoolingLauncher(
    AcceleratorStream stream, KernelConfig config, int length, DeviceGeometry geometry, ArrayView<float> x, ArrayView<float> g,
    ArrayView<float> result);
