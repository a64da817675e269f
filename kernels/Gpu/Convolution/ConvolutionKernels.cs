using GpuVae.Kernels.Gpu.Cuda;
using GpuVae.Kernels.Gpu.Gemm;
using ILGPU;

namespace GpuVae.Kernels.Gpu.Convolution;

/// <summary>Cuts up a convolution's products: so many phases, of which none is larger.</summary>
internal delegate GemmPlan ConvolutionPlanner(GpuDevice device, int phases, ProductSize largest);

/// <summary>
/// <see cref="Convolve"/>, <see cref="ConvolveTransposed"/> and <see cref="ConvolutionWeightGradient"/>: plans the product, finds the kernel
/// for its plan and epilogue, and launches it.
/// </summary>
internal static class ConvolutionKernels
{
    // One delegate for all calls: none is made in a step.
    private static readonly ConvolutionPlanner _planner = static (device, phases, largest) => GemmPlan.MakeOfMaps(
        device.Configs, device.TensorMode != TensorMode.None, phases, largest.M, largest.N, largest.K);

    internal static void Run(GpuDevice device, in Convolve operation) => Run(device, in operation, _planner);

    internal static void Run(GpuDevice device, in ConvolveTransposed operation) => Run(device, in operation, _planner);

    internal static void Run(GpuDevice device, in ConvolutionWeightGradient operation) => Run(device, in operation, _planner);

    /// <summary>With tiles of the caller's choice, as all that follow.</summary>
    internal static void Run(GpuDevice device, in Convolve operation, ConvolutionPlanner planner)
    {
        int channels = operation.Geometry.Large.Channels;
        Run<ConvolveForm, WindowRows, KMajor>(
            device, planner, operation.Geometry, StartsOn16Bytes(operation.X, channels) && StartsOn16Bytes(operation.Weight, channels),
            operation.X, operation.Weight, operation.Epilogue, operation.Y);
    }

    internal static void Run(GpuDevice device, in ConvolveTransposed operation, ConvolutionPlanner planner)
    {
        (int channels, int outputs) = (operation.Geometry.Large.Channels, operation.Geometry.Small.Channels);
        Run<TransposedForm, PhaseRows, PhaseWeights>(
            device, planner, operation.Geometry, StartsOn16Bytes(operation.Y, outputs) && StartsOn16Bytes(operation.Weight, channels),
            operation.Y, operation.Weight, operation.Epilogue, operation.X);
    }

    internal static void Run(GpuDevice device, in ConvolutionWeightGradient operation, ConvolutionPlanner planner)
    {
        (int channels, int outputs) = (operation.Geometry.Large.Channels, operation.Geometry.Small.Channels);
        var sizes = ConvolutionSizes.Of(operation.Geometry);
        GemmPlan plan = planner(device, 1, WeightGradientForm.Largest(operation.X.Rows, sizes));
        bool loadsFloat4 = StartsOn16Bytes(operation.G, outputs) && StartsOn16Bytes(operation.X, channels);
        var selector =
            new ConvolutionSelector<WeightGradientForm, MnMajor, WindowColumns>(plan.Tile, loadsFloat4, device.TensorMode);
        Launch(
            device, selector.For<StoreEpilogue>(), plan, phases: 1, operation.X.Rows, sizes, operation.G, operation.X, default,
            operation.WeightGradient);
    }

    /// <summary>One whose result is maps.</summary>
    private static void Run<TForm, TLayoutA, TLayoutB>(
        GpuDevice device, ConvolutionPlanner planner, in ConvolutionGeometry geometry, bool loadsFloat4, View<float> a,
        View<float> b, in Epilogue epilogue, View<float> c)
        where TForm : struct, IConvolutionForm<TLayoutA, TLayoutB>
        where TLayoutA : struct, IOperandLayout
        where TLayoutB : struct, IOperandLayout
    {
        if (c.Length == 0)
            return;
        var sizes = ConvolutionSizes.Of(geometry);
        int phases = TForm.Phases(sizes);
        GemmPlan plan = planner(device, phases, TForm.Largest(c.Rows, sizes));
        var selector = new ConvolutionSelector<TForm, TLayoutA, TLayoutB>(plan.Tile, loadsFloat4, device.TensorMode);
        // Layers give an activation their bias: there are no kernels for one without.
        bool isFused = epilogue.Kind != EpilogueKind.Activation || !epilogue.Bias.IsEmpty;
        Launch(
            device, isFused ? selector.For(epilogue) : selector.For<StoreEpilogue>(), plan, phases, c.Rows, sizes, a, b,
            EpilogueOperands.Of(device, epilogue), c);
        if (!isFused)
            device.Run(new ApplyEpilogue(c, epilogue, c));
    }

    private static void Launch(
        GpuDevice device, LazyKernel<ConvolutionLauncher> kernel, in GemmPlan plan, int phases, int images,
        in ConvolutionSizes sizes, View<float> a, View<float> b, in EpilogueOperands operands, View<float> c)
    {
        ProductGrid grid = ProductGrid.Of(plan);
        bool isSplit = plan.Splits > 1;
        var outputs = new GemmOutputs(
            device.AsArray(c), ArrayView<float>.Empty, device.PartialSums.TakeBehind(0, isSplit ? plan.Splits * c.Length : 0),
            ArrayView<float>.Empty, device.Tickets.TakeBehind(0, isSplit ? (long)phases * grid.Columns * grid.Rows : 0));
        kernel.On(device)(
            device.LaunchStream(), new KernelConfig(new Index3D(phases * grid.Groups, 1, 1), plan.Config.GroupDim), images, sizes,
            grid, device.AsArray(a), device.AsArray(b), operands, outputs);
    }

    /// <summary>True where every pixel begins on 16 bytes: a buffer begins on 64.</summary>
    private static bool StartsOn16Bytes(View<float> view, int channels) => view.Offset % 4 == 0 && channels % 4 == 0;
}
