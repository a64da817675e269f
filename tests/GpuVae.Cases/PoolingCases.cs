using GpuVae.Kernels;

namespace GpuVae.Cases;

/// <summary>Sums of windows, their adjoint, largest numbers of windows and their gradient.</summary>
internal static class PoolingCases
{
    private static readonly (int Images, ConvolutionGeometry Geometry, CaseSize Size)[] _shapes =
    [
        (1, Of(1, 1, 1, kernel: 1, stride: 1), CaseSize.Small),
        (1, Of(3, 5, 3, kernel: 3, stride: 1), CaseSize.Small),
        (5, Of(3, 5, 1, kernel: 2, stride: 2), CaseSize.Small),
        // Windows that overlap.
        (2, Of(7, 5, 7, kernel: 3, stride: 2), CaseSize.Small),
        (1, Of(6, 7, 33, kernel: 3, stride: 1), CaseSize.Small),
        (9, Of(9, 4, 33, kernel: 3, stride: 3), CaseSize.Small),
        // Over the edge: before the map, and behind it.
        (3, Of(5, 6, 3, kernel: 3, stride: 2, before: 1), CaseSize.Small),
        (4, new(new(13, 5, 7), new(7, 3, 7), Kernel: 2, Stride: 2, Top: 0, Left: 0), CaseSize.Small),
        // Pixels that no window sees, unless the last one reaches to the edge.
        (4, new(new(7, 8, 7), new(3, 3, 7), Kernel: 2, Stride: 2, Top: 0, Left: 0), CaseSize.Small),
        (3, new(new(8, 7, 16), new(3, 3, 16), Kernel: 2, Stride: 3, Top: 0, Left: 0), CaseSize.Small),
        (17, Of(14, 15, 37, kernel: 2, stride: 2), CaseSize.Large),
        (16, Of(28, 28, 32, kernel: 2, stride: 2), CaseSize.Step),
        (16, Of(14, 14, 64, kernel: 3, stride: 2, before: 1), CaseSize.Step),
    ];

    /// <summary>Every case.</summary>
    public static IEnumerable<OperationCase> All()
    {
        foreach ((int images, ConvolutionGeometry geometry, CaseSize size) in _shapes)
        {
            yield return Sum(images, geometry, reachesEdge: false, "stored", size);
            yield return Spread(images, geometry, reachesEdge: false, "stored", size);
            yield return Max(images, geometry, "stored", size);
            yield return MaxGradient(images, geometry, "stored", isCoarse: false, size);
        }
        foreach (int shape in (int[])[3, 7, 8, 9])
        {
            (int images, ConvolutionGeometry geometry, CaseSize size) = _shapes[shape];
            yield return Sum(images, geometry, reachesEdge: true, "stored", size);
            yield return Spread(images, geometry, reachesEdge: true, "stored", size);
        }
        foreach (int shape in (int[])[2, 4, 5, 6])
        {
            (int images, ConvolutionGeometry geometry, CaseSize size) = _shapes[shape];
            foreach (string epilogue in (string[])["activated", "derivative"])
            {
                yield return Sum(images, geometry, reachesEdge: false, epilogue, size);
                yield return Spread(images, geometry, reachesEdge: false, epilogue, size);
                yield return Max(images, geometry, epilogue, size);
                yield return MaxGradient(images, geometry, epilogue, isCoarse: false, size);
            }
            yield return MaxGradient(images, geometry, "stored", isCoarse: true, size);
        }
    }

    private static ConvolutionGeometry Of(int height, int width, int channels, int kernel, int stride, int before = 0) =>
        new(
            new(height, width, channels),
            new(
                ConvolutionGeometry.SmallSide(height, kernel, stride, 2 * before),
                ConvolutionGeometry.SmallSide(width, kernel, stride, 2 * before), channels),
            kernel, stride, before, before);

    private static string Name(int images, ConvolutionGeometry geometry, string what) =>
        $"{images} of {geometry.Large} to {geometry.Small} by {geometry.Kernel}/{geometry.Stride} {what}";

    private static OperationCase Sum(
        int images, ConvolutionGeometry geometry, bool reachesEdge, string epilogue, CaseSize size) =>
        OperationCase.Create(
            Name(images, geometry, epilogue + (reachesEdge ? " to the edge" : "")), size,
            workspace =>
            {
                View<float> x = workspace.Source(images, geometry.Large.Size);
                Epilogue follows = Epilogue(workspace, epilogue, images, geometry.Small);
                View<float> y = workspace.Destination(
                    "y", images, geometry.Small.Size, Tolerance.Sum(4 * geometry.Kernel * geometry.Kernel));
                return new SumWindows(geometry, reachesEdge, 0.3f, x, follows, y);
            });

    private static OperationCase Spread(
        int images, ConvolutionGeometry geometry, bool reachesEdge, string epilogue, CaseSize size) =>
        OperationCase.Create(
            Name(images, geometry, epilogue + (reachesEdge ? " to the edge" : "")), size,
            workspace =>
            {
                View<float> y = workspace.Source(images, geometry.Small.Size);
                Epilogue follows = Epilogue(workspace, epilogue, images, geometry.Large);
                View<float> x = workspace.Destination(
                    "x", images, geometry.Large.Size, Tolerance.Sum(geometry.Kernel * geometry.Kernel));
                return new SpreadWindows(geometry, reachesEdge, 0.3f, y, follows, x);
            });

    private static OperationCase Max(int images, ConvolutionGeometry geometry, string epilogue, CaseSize size) =>
        OperationCase.Create(
            Name(images, geometry, epilogue), size,
            workspace =>
            {
                View<float> x = workspace.Source(images, geometry.Large.Size);
                Epilogue follows = Epilogue(workspace, epilogue, images, geometry.Small);
                Tolerance tolerance = epilogue == "stored" ? Tolerance.Exact : Tolerance.Sum(1);
                return new MaxWindows(geometry, x, follows, workspace.Destination("y", images, geometry.Small.Size, tolerance));
            });

    private static OperationCase MaxGradient(
        int images, ConvolutionGeometry geometry, string epilogue, bool isCoarse, CaseSize size) =>
        OperationCase.Create(
            Name(images, geometry, isCoarse ? "of equal numbers" : epilogue), size,
            workspace =>
            {
                // Of three values most windows have their largest several times.
                View<float> x = workspace.Source(
                    images, geometry.Large.Size, u => isCoarse ? MathF.Floor(3 * u) - 1 : (2 * u) - 1);
                View<float> g = workspace.Source(images, geometry.Small.Size);
                Epilogue follows = Epilogue(workspace, epilogue, images, geometry.Large);
                View<float> gradient = workspace.Destination(
                    "inputGradient", images, geometry.Large.Size, Tolerance.Sum(geometry.Kernel * geometry.Kernel));
                return new MaxWindowsGradient(geometry, x, g, follows, gradient);
            });

    private static Epilogue Epilogue(CaseWorkspace workspace, string what, int images, Shape shape) => what switch
    {
        "activated" => Kernels.Epilogue.Activate(Activation.Tanh),
        "derivative" => Kernels.Epilogue.Derivative(
            workspace.Source(images, shape.Size, MultiplyCases.SavedValues(Activation.Tanh)), Activation.Tanh),
        _ => Kernels.Epilogue.Store,
    };
}
