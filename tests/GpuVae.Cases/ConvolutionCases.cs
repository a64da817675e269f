using GpuVae.Kernels;

namespace GpuVae.Cases;

/// <summary>Convolutions, transposed ones and their weights' gradients, at awkward sizes and at those of real networks.</summary>
internal static class ConvolutionCases
{
    private static readonly (int Images, ConvolutionGeometry Geometry, CaseSize Size)[] _shapes =
    [
        (1, Of(1, 1, 1, 1, kernel: 1, stride: 1, padding: 0), CaseSize.Small),
        (1, Of(1, 1, 3, 2, kernel: 3, stride: 2, padding: 1), CaseSize.Small),
        (2, Of(3, 5, 1, 1, kernel: 3, stride: 1, padding: 1), CaseSize.Small),
        (9, Of(7, 5, 3, 7, kernel: 3, stride: 2, padding: 1), CaseSize.Small),
        (8, Of(6, 6, 8, 8, kernel: 4, stride: 2, padding: 1), CaseSize.Small),
        (7, Of(5, 3, 7, 33, kernel: 5, stride: 1, padding: 2), CaseSize.Small),
        (3, Of(9, 4, 33, 3, kernel: 3, stride: 3, padding: 0), CaseSize.Small),
        (11, Of(4, 4, 17, 16, kernel: 2, stride: 1, padding: 1), CaseSize.Small),
        // TensorFlow's same for an even side: nothing before, one behind.
        (10, new(new(6, 8, 5), new(3, 4, 6), Kernel: 3, Stride: 2, Top: 0, Left: 0), CaseSize.Small),
        // Other padding above than to the left.
        (6, new(new(5, 6, 3), new(3, 3, 5), Kernel: 3, Stride: 2, Top: 1, Left: 0), CaseSize.Small),
        // Pixels of the large map that no window sees: a stride beyond the kernel, and output padding.
        (5, Of(8, 7, 4, 9, kernel: 2, stride: 3, padding: 0), CaseSize.Small),
        // Source channels in the lanes and few outputs: 3×3 windows at stride 1, where two rows are summed at once, up and down.
        (5, Of(7, 9, 16, 1, kernel: 3, stride: 1, padding: 1), CaseSize.Small),
        (3, Of(6, 5, 1, 32, kernel: 3, stride: 1, padding: 1), CaseSize.Small),
        (4, Of(5, 4, 48, 3, kernel: 3, stride: 1, padding: 0), CaseSize.Small),
        (2, Of(4, 19, 16, 4, kernel: 3, stride: 1, padding: 2), CaseSize.Small),
        (2, Of(3, 1, 2, 16, kernel: 3, stride: 1, padding: 1), CaseSize.Small),
        (2, new(new(5, 6, 16), new(4, 7, 1), Kernel: 3, Stride: 1, Top: 0, Left: 2), CaseSize.Small),
        // The same with other windows and strides: pixels in classes.
        (9, Of(8, 8, 2, 16, kernel: 4, stride: 2, padding: 1), CaseSize.Small),
        (11, Of(9, 7, 32, 1, kernel: 5, stride: 1, padding: 2), CaseSize.Small),
        (3, Of(6, 7, 32, 1, kernel: 3, stride: 2, padding: 1), CaseSize.Small),
        // Half a vector of output channels, two numbers of a sum at a time where inputs are even; whole vectors of inputs.
        (9, Of(9, 6, 16, 8, kernel: 3, stride: 2, padding: 1), CaseSize.Small),
        (10, Of(5, 7, 6, 5, kernel: 3, stride: 1, padding: 1), CaseSize.Small),
        (8, Of(4, 7, 37, 7, kernel: 2, stride: 2, padding: 1), CaseSize.Small),
        (19, Of(5, 4, 18, 2, kernel: 3, stride: 1, padding: 0), CaseSize.Small),
        // From a few channels to many, in windows of more numbers than a pass takes, and rows of one pixel.
        (3, Of(6, 9, 4, 33, kernel: 4, stride: 2, padding: 1), CaseSize.Small),
        (5, Of(5, 8, 40, 2, kernel: 3, stride: 1, padding: 1), CaseSize.Small),
        (2, Of(9, 2, 1, 19, kernel: 2, stride: 2, padding: 0), CaseSize.Small),
        // The same in whole vectors, several rows at a time, the last ones fewer.
        (3, Of(22, 41, 3, 32, kernel: 3, stride: 2, padding: 1), CaseSize.Small),
        (2, Of(11, 21, 32, 2, kernel: 3, stride: 1, padding: 1), CaseSize.Small),
        // Pixels that no window sees, and one map narrow.
        (3, Of(7, 8, 1, 16, kernel: 2, stride: 3, padding: 1), CaseSize.Small),
        // Pixels and channels about a tile of 32 or 64.
        (1, new(new(1, 65, 3), new(1, 33, 33), Kernel: 3, Stride: 2, Top: 1, Left: 1), CaseSize.Small),
        (7, Of(3, 3, 31, 65, kernel: 3, stride: 1, padding: 1), CaseSize.Small),
        // Many images of one pixel.
        (65, Of(1, 1, 33, 7, kernel: 1, stride: 1, padding: 0), CaseSize.Small),
        // Long sums of few results: of pixels for a weight, of channels for a pixel.
        (6, Of(12, 12, 7, 3, kernel: 3, stride: 1, padding: 1), CaseSize.Small),
        (2, Of(4, 4, 4, 132, kernel: 4, stride: 2, padding: 1), CaseSize.Small),
        // A stride beyond the height of the large map, and beyond the kernel.
        (2, new(new(2, 5, 3), new(1, 2, 4), Kernel: 2, Stride: 4, Top: 0, Left: 0), CaseSize.Small),
        // Small maps of many images, in several groups, the last one incomplete; windows wider than the map.
        (131, Of(2, 3, 9, 33, kernel: 4, stride: 1, padding: 2), CaseSize.Small),
        (23, Of(3, 2, 19, 16, kernel: 3, stride: 2, padding: 1), CaseSize.Small),
        (261, Of(4, 4, 8, 48, kernel: 3, stride: 2, padding: 1), CaseSize.Large),
        (17, Of(14, 14, 32, 64, kernel: 3, stride: 2, padding: 1), CaseSize.Large),
        (7, Of(13, 13, 67, 70, kernel: 3, stride: 1, padding: 1), CaseSize.Large),
        (33, Of(28, 28, 48, 3, kernel: 3, stride: 1, padding: 1), CaseSize.Large),
        // Maps larger than weights, whose images are divided in chunks, the last one incomplete; in several groups a chunk.
        (37, Of(12, 12, 9, 12, kernel: 2, stride: 2, padding: 1), CaseSize.Small),
        (50, Of(30, 31, 34, 20, kernel: 2, stride: 2, padding: 0), CaseSize.Large),
        (16, Of(28, 28, 1, 32, kernel: 3, stride: 2, padding: 1), CaseSize.Step),
        (16, Of(14, 14, 32, 64, kernel: 3, stride: 2, padding: 1), CaseSize.Step),
        (16, Of(28, 28, 1, 32, kernel: 3, stride: 1, padding: 1), CaseSize.Step),
    ];

    /// <summary>Every case.</summary>
    public static IEnumerable<OperationCase> All()
    {
        foreach ((int images, ConvolutionGeometry geometry, CaseSize size) in _shapes)
        {
            yield return Convolve(images, geometry, "stored", size);
            yield return ConvolveTransposed(images, geometry, "stored", size);
            yield return WeightGradient(images, geometry, size);
        }
        foreach (int shape in (int[])[3, 4, 5, 6, 9, 11, 12, 17, 18, 20, 30])
        {
            foreach (string epilogue in (string[])["activated", "derivative", "derivative in place"])
            {
                yield return Convolve(_shapes[shape].Images, _shapes[shape].Geometry, epilogue, CaseSize.Small);
                yield return ConvolveTransposed(_shapes[shape].Images, _shapes[shape].Geometry, epilogue, CaseSize.Small);
            }
        }
    }

    private static ConvolutionGeometry Of(int height, int width, int channels, int outputs, int kernel, int stride, int padding) =>
        new(
            new(height, width, channels),
            new(
                ConvolutionGeometry.SmallSide(height, kernel, stride, 2 * padding),
                ConvolutionGeometry.SmallSide(width, kernel, stride, 2 * padding), outputs),
            kernel, stride, padding, padding);

    private static string Name(int images, ConvolutionGeometry geometry, string what) =>
        $"{images} of {geometry.Large} to {geometry.Small} by {geometry.Kernel}/{geometry.Stride} {what}";

    private static OperationCase Convolve(int images, ConvolutionGeometry geometry, string epilogue, CaseSize size) =>
        OperationCase.Create(
            Name(images, geometry, epilogue), size,
            workspace =>
            {
                View<float> x = workspace.Source(images, geometry.Large.Size);
                View<float> weight = workspace.Source(geometry.Small.Channels, geometry.Depth);
                (Epilogue follows, View<float> y) = Result(
                    workspace, epilogue, "y", images, geometry.Small, Tolerance.Sum(geometry.Depth));
                return new Convolve(geometry, x, weight, follows, y);
            });

    private static OperationCase ConvolveTransposed(int images, ConvolutionGeometry geometry, string epilogue, CaseSize size) =>
        OperationCase.Create(
            Name(images, geometry, epilogue), size,
            workspace =>
            {
                View<float> y = workspace.Source(images, geometry.Small.Size);
                View<float> weight = workspace.Source(geometry.Small.Channels, geometry.Depth);
                int terms = geometry.Kernel * geometry.Kernel * geometry.Small.Channels;
                (Epilogue follows, View<float> x) = Result(
                    workspace, epilogue, "x", images, geometry.Large, Tolerance.Sum(terms));
                return new ConvolveTransposed(geometry, y, weight, follows, x);
            });

    private static OperationCase WeightGradient(int images, ConvolutionGeometry geometry, CaseSize size) =>
        OperationCase.Create(
            Name(images, geometry, ""), size,
            workspace =>
            {
                View<float> x = workspace.Source(images, geometry.Large.Size);
                View<float> g = workspace.Source(images, geometry.Small.Size);
                int terms = images * geometry.Small.Height * geometry.Small.Width;
                View<float> gradient = workspace.Destination(
                    "weightGradient", geometry.Small.Channels, geometry.Depth, Tolerance.Sum(terms));
                return new ConvolutionWeightGradient(geometry, x, g, gradient);
            });

    /// <summary>What follows the sums, and where they go: over what a derivative is taken of, or elsewhere.</summary>
    private static (Epilogue Epilogue, View<float> Destination) Result(
        CaseWorkspace workspace, string what, string name, int images, Shape shape, Tolerance tolerance)
    {
        Func<float, float> saved = MultiplyCases.SavedValues(Activation.Tanh);
        if (what == "derivative in place")
        {
            View<float> both = workspace.Destination(
                name, images, shape.Size, tolerance, workspace.Random(images * shape.Size, saved));
            return (Kernels.Epilogue.Derivative(both, Activation.Tanh), both);
        }
        Epilogue epilogue = what switch
        {
            "activated" => Kernels.Epilogue.BiasActivation(workspace.Source(1, shape.Channels), Activation.Relu),
            "derivative" => Kernels.Epilogue.Derivative(workspace.Source(images, shape.Size, saved), Activation.Tanh),
            _ => Kernels.Epilogue.Store,
        };
        return (epilogue, workspace.Destination(name, images, shape.Size, tolerance));
    }
}
