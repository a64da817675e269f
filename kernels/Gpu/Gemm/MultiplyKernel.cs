using GpuVae.Kernels.Gpu.Cuda;
using ILGPU;

namespace GpuVae.Kernels.Gpu.Gemm;

/// <summary>
/// <see cref="Multiply"/> and <see cref="LinearGradient"/>: plans the products, finds the kernel for their plans,
/// orientation and epilogue, and launches it.
/// </summary>
internal static class MultiplyKernel
{
    internal static void Run(GpuDevice device, in Multiply operation) => Launch(device, in operation, default);

    internal static void Run(GpuDevice device, in LinearGradient operation)
    {
        if (operation.WeightGradient.Length == 0)
        {
            operation.Expand(device);
            return;
        }
        if (!operation.InputGradient.IsEmpty && operation.InputGradient.Length > 0)
        {
            GemmPlan ofInput = Plan(device, operation.InputProduct), ofWeight = Plan(device, operation.WeightProduct);
            if (ofInput.Tile == ofWeight.Tile && ofInput.Tile != TileKind.Wide)
            {
                LaunchBoth(device, in operation, in ofInput, in ofWeight);
                return;
            }
            Launch(device, operation.InputProduct, default);
        }
        Launch(device, operation.WeightProduct, operation.BiasGradient);
    }

    private static void LaunchBoth(
        GpuDevice device, in LinearGradient operation, in GemmPlan ofInput, in GemmPlan ofWeight)
    {
        (int examples, int inputs, int outputs) =
            (operation.Input.Rows, operation.Input.Columns, operation.OutputGradient.Columns);
        bool loadsFloat4 = StartsOn16Bytes(operation.OutputGradient) && StartsOn16Bytes(operation.Weight)
            && StartsOn16Bytes(operation.Input);
        ProductGrid first = ProductGrid.Of(ofInput), second = ProductGrid.Of(ofWeight);
        GemmOutputs inputOutputs = Outputs(device, ofInput, operation.InputGradient, default, hasLoss: false, default);
        GemmOutputs weightOutputs = Outputs(
            device, ofWeight, operation.WeightGradient, operation.BiasGradient, hasLoss: false, inputOutputs);
        new LinearGradientSelector(ofInput.Tile, loadsFloat4, device.TensorMode, device.CopiesAhead).For(operation.Epilogue).On(device)(
            device.LaunchStream(),
            new KernelConfig(new Index3D(first.Groups + second.Groups, 1, 1), ofInput.Config.GroupDim),
            examples, inputs, outputs, first, second, device.AsArray(operation.OutputGradient),
            device.AsArray(operation.Weight), device.AsArray(operation.Input),
            EpilogueOperands.Of(device, operation.Epilogue), inputOutputs, weightOutputs);
    }

    /// <param name="device">Where.</param>
    /// <param name="operation">The product.</param>
    /// <param name="rowSums">(1, M) for the sums of op(A) along the inner dimension, of a product that is only stored; or empty.</param>
    private static void Launch(GpuDevice device, in Multiply operation, View<float> rowSums)
    {
        if (operation.C.Length == 0)
            return;
        Epilogue epilogue = operation.Epilogue;
        GemmPlan plan = Plan(device, operation);
        var selector = new GemmSelector(
            plan.Tile, StartsOn16Bytes(operation.A) && StartsOn16Bytes(operation.B), operation.Orientation,
            device.TensorMode, device.CopiesAhead);
        bool hasLoss = epilogue.Kind == EpilogueKind.Likelihood;
        LazyKernel<GemmLauncher> kernel =
            rowSums.IsEmpty ? selector.For(epilogue) : selector.For<StoreAndSumRowsEpilogue>();
        kernel.On(device)(
            device.LaunchStream(), plan.Config, operation.M, operation.N, operation.K, plan.SplitSlices,
            device.AsArray(operation.A), device.AsArray(operation.B), EpilogueOperands.Of(device, epilogue),
            Outputs(device, plan, operation.C, hasLoss ? epilogue.Loss : rowSums, hasLoss, default));
    }

    /// <param name="device">Where.</param>
    /// <param name="plan">Of the product.</param>
    /// <param name="c">C (M, N).</param>
    /// <param name="rows">(1, M) a number for each row, or empty.</param>
    /// <param name="hasLoss">Whether that is its loss.</param>
    /// <param name="other">Those of a product in the same launch, whose room is not to be shared.</param>
    private static GemmOutputs Outputs(
        GpuDevice device, in GemmPlan plan, View<float> c, View<float> rows, bool hasLoss, in GemmOutputs other)
    {
        (int tileColumns, int tileRows) = (plan.Config.GridDim.X, plan.Config.GridDim.Y);
        bool isSplit = plan.Splits > 1;
        long rowParts = hasLoss ? tileColumns : isSplit && !rows.IsEmpty ? plan.Splits : 0;
        return new(
            device.AsArray(c), device.AsArray(rows),
            device.PartialSums.TakeBehind(other.Parts.Length, isSplit ? plan.Splits * c.Length : 0),
            device.PartialRows.TakeBehind(other.RowParts.Length, rowParts * c.Rows),
            device.Tickets.TakeBehind(other.Tickets.Length, isSplit || hasLoss ? (tileColumns + 1L) * tileRows : 0));
    }

    private static GemmPlan Plan(GpuDevice device, in Multiply operation) => GemmPlan.Make(
        device.Configs, device.TensorMode != TensorMode.None, operation.M, operation.N, operation.K);

    /// <summary>True where every row begins on 16 bytes: a buffer begins on 64.</summary>
    private static bool StartsOn16Bytes(View<float> view) => view.Offset % 4 == 0 && view.Columns % 4 == 0;
}
