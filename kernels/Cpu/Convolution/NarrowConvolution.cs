namespace GpuVae.Kernels.Cpu.Convolution;

/// <summary>
/// Convolutions of which one side has a few channels, such as the first and the last of a network on pictures: their panels
/// would leave most lanes of a vector empty. They are products here, with the taps of a window as columns, some images at a
/// time.
/// </summary>
/// <remarks>
/// With Y (B·H′·W′, C′) and w (C′, k·k·C) a transposed convolution spreads Y · w over windows (<see cref="WindowKernel"/>); a
/// convolution with X (B·H·W, C) and w as (C′·k·k, C) gathers X · wᵀ. Gradients of weights go the other way: the windows of the
/// narrow side are laid out, and multiplied with the wide one.
/// </remarks>
internal static class NarrowConvolution
{
    // What the columns of a group of images may take: a part of the last cache.
    private const long GroupNumbers = 512 * 1024;

    /// <summary>Whether so many channels leave more lanes empty than a product with windows costs.</summary>
    public static bool IsNarrow<S, V>(int channels)
        where S : ISimd<V>
        where V : unmanaged => 4 * channels <= S.Lanes;

    public static void Run<S, V>(CpuDevice<S, V> device, in Convolve operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        ConvolutionGeometry geometry = operation.Geometry;
        View<float> sums = Sums(device, operation.Epilogue, operation.Y);
        if (AcrossLanesKernel.Suits<S, V>(geometry.Large.Channels, geometry.Small.Channels))
        {
            AcrossLanesKernel.Run(
                device, geometry, isTransposed: false, operation.X, operation.Weight, operation.Epilogue.Bias, sums);
            FollowSums(device, operation.Epilogue, sums, operation.Y);
            return;
        }
        int outputs = geometry.Small.Channels, windows = outputs * geometry.Kernel * geometry.Kernel;
        View<float> weight = operation.Weight.Reshape(windows, geometry.Large.Channels);
        int group = GroupSize(geometry.Large, windows);
        for (int image = 0; image < operation.X.Rows; image += group)
        {
            (View<float> x, View<float> y) = Images(operation.X, sums, image, group);
            View<float> pixels = Pixels(x, geometry.Large), columns = device.Tables.Columns(device, pixels.Rows, windows);
            device.Run(new Multiply(Orientation.NT, pixels, weight, Epilogue.Store, columns));
            WindowKernel.GatherSmall(device, geometry, columns, y);
        }
        Follow(device, operation.Epilogue, sums, operation.Y, outputs);
    }

    public static void Run<S, V>(CpuDevice<S, V> device, in ConvolveTransposed operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        ConvolutionGeometry geometry = operation.Geometry;
        View<float> sums = Sums(device, operation.Epilogue, operation.X);
        if (AcrossLanesKernel.Suits<S, V>(geometry.Small.Channels, geometry.Large.Channels))
        {
            AcrossLanesKernel.Run(
                device, geometry, isTransposed: true, operation.Y, operation.Weight, operation.Epilogue.Bias, sums);
            FollowSums(device, operation.Epilogue, sums, operation.X);
            return;
        }
        int group = GroupSize(geometry.Small, geometry.Depth);
        for (int image = 0; image < operation.X.Rows; image += group)
        {
            (View<float> x, View<float> y) = Images(sums, operation.Y, image, group);
            View<float> pixels = Pixels(y, geometry.Small), columns = device.Tables.Columns(device, pixels.Rows, geometry.Depth);
            device.Run(new Multiply(Orientation.NN, pixels, operation.Weight, Epilogue.Store, columns));
            WindowKernel.GatherLarge(device, geometry, columns, x);
        }
        Follow(device, operation.Epilogue, sums, operation.X, geometry.Large.Channels);
    }

    public static void Run<S, V>(CpuDevice<S, V> device, in ConvolutionWeightGradient operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        ConvolutionGeometry geometry = operation.Geometry;
        if (NarrowGradientKernel.Suits<S, V>(geometry))
        {
            NarrowGradientKernel.Run(device, operation);
            return;
        }
        bool isLargeNarrow = IsNarrow<S, V>(geometry.Large.Channels);
        int outputs = geometry.Small.Channels, windows = isLargeNarrow ? geometry.Depth : outputs * geometry.Kernel * geometry.Kernel;
        Shape wide = isLargeNarrow ? geometry.Small : geometry.Large;
        View<float> gradient = isLargeNarrow
            ? operation.WeightGradient
            : operation.WeightGradient.Reshape(windows, geometry.Large.Channels);
        int group = GroupSize(wide, windows);
        for (int image = 0; image < operation.X.Rows; image += group)
        {
            (View<float> x, View<float> g) = Images(operation.X, operation.G, image, group);
            View<float> pixels = Pixels(isLargeNarrow ? g : x, wide), columns = device.Tables.Columns(device, pixels.Rows, windows);
            View<float> part = image == 0 ? gradient : device.Tables.Part(device, gradient.Rows, gradient.Columns);
            if (isLargeNarrow)
            {
                WindowKernel.LayOutLarge(device, geometry, x, columns);
                device.Run(new Multiply(Orientation.TN, pixels, columns, Epilogue.Store, part));
            }
            else
            {
                WindowKernel.LayOutSmall(device, geometry, g, columns);
                device.Run(new Multiply(Orientation.TN, columns, pixels, Epilogue.Store, part));
            }
            if (image > 0)
                device.Run(new Elementwise(ElementwiseFunction.Add, gradient, part, gradient));
        }
    }

    /// <summary>Where sums stand before what follows: where the result will, but not over what a derivative is still taken of.</summary>
    private static View<float> Sums<S, V>(CpuDevice<S, V> device, in Epilogue epilogue, View<float> result)
        where S : ISimd<V>
        where V : unmanaged =>
        epilogue.Kind == EpilogueKind.Derivative && epilogue.Saved.Buffer == result.Buffer
            ? device.Tables.Part(device, result.Rows, result.Columns)
            : result;

    /// <summary>What follows sums that have their bias.</summary>
    private static void FollowSums(CpuDevice device, in Epilogue epilogue, View<float> sums, View<float> result)
    {
        if (epilogue.Kind == EpilogueKind.Derivative)
            device.Run(new ApplyEpilogue(sums, epilogue, result));
        else if (epilogue.Activation != Activation.Identity)
            device.Run(new ApplyEpilogue(sums, Epilogue.Activate(epilogue.Activation), result));
    }

    /// <summary>A bias is one of channels, not of an image's numbers.</summary>
    private static void Follow(CpuDevice device, in Epilogue epilogue, View<float> sums, View<float> result, int channels)
    {
        if (epilogue.Kind == EpilogueKind.Store)
            return;
        int pixels = epilogue.Bias.IsEmpty ? result.Rows : checked((int)(result.Length / channels));
        int columns = epilogue.Bias.IsEmpty ? result.Columns : channels;
        device.Run(new ApplyEpilogue(sums.Reshape(pixels, columns), epilogue, result.Reshape(pixels, columns)));
    }

    private static View<float> Pixels(View<float> maps, Shape shape) =>
        maps.Reshape(checked(maps.Rows * shape.Height * shape.Width), shape.Channels);

    /// <summary>Images whose columns have room: of a shape always as many, so that sums are always those of the same ones.</summary>
    private static int GroupSize(Shape wide, int windows) =>
        (int)Math.Max(1, GroupNumbers / ((long)wide.Height * wide.Width * windows));

    /// <summary>Both maps of a group of images.</summary>
    private static (View<float> Large, View<float> Small) Images(View<float> large, View<float> small, int first, int group)
    {
        int images = Math.Min(group, large.Rows - first);
        return (large.RowRange(first, images), small.RowRange(first, images));
    }
}
