using GpuVae.Kernels.Gpu.Cuda;
using ILGPU;

namespace GpuVae.Kernels.Gpu.Gemm;

/// <summary>
/// <see cref="Multiply"/>: plans the product, finds the kernel for its plan, orientation and epilogue, and launches it;
/// another launch adds up splits of the inner dimension, and one the losses of each row.
/// </summary>
internal static class MultiplyKernel
{
    internal static void Run(GpuDevice device, in Multiply operation)
    {
        (int m, int n, int k) = (operation.M, operation.N, operation.K);
        ArrayView<float> a = device.AsArray(operation.A), b = device.AsArray(operation.B);
        ArrayView<float> c = device.AsArray(operation.C);
        if (c.Length == 0)
            return;
        Epilogue epilogue = operation.Epilogue;
        GemmPlan plan = GemmPlan.Make(device.Configs, device.TensorMode != TensorMode.None, m, n, k);
        var selector = new GemmSelector(
            plan.Tile, StartsOn16Bytes(operation.A) && StartsOn16Bytes(operation.B), operation.Orientation,
            device.TensorMode);
        EpilogueOperands operands = EpilogueOperands.Of(device, epilogue);
        bool hasLoss = epilogue.Kind == EpilogueKind.Likelihood;
        int lossColumns = plan.LossColumns;
        ArrayView<float> losses = ArrayView<float>.Empty;
        if (plan.Splits == 1)
        {
            if (hasLoss)
                losses = device.PartialLosses.Take((long)m * lossColumns);
            selector.For(epilogue).On(device)(
                device.LaunchStream(), plan.Config, m, n, k, plan.SplitSlices, a, b, operands, c, losses);
        }
        else
        {
            ArrayView<float> sums = device.PartialSums.Take(plan.Splits * c.Length);
            selector.For<StoreEpilogue>().On(device)(
                device.LaunchStream(), plan.Config, m, n, k, plan.SplitSlices, a, b, operands, sums,
                ArrayView<float>.Empty);
            KernelConfig config = device.Configs.Matrix(m, n);
            lossColumns = config.GridDim.X * config.GroupDim.X;
            if (hasLoss)
                losses = device.PartialLosses.Take((long)m * lossColumns);
            Reduction(epilogue).On(device)(
                device.LaunchStream(), config, n, plan.Splits, sums, operands, c, losses);
        }
        if (hasLoss)
            RowSumKernel.Launch(device, m, lossColumns, losses, device.AsArray(epilogue.Loss));
    }

    private static LazyKernel<SplitKLauncher> Reduction(in Epilogue epilogue) =>
        epilogue.Accept<
            EpilogueTypes<ColumnBias, SplitKSelector, LazyKernel<SplitKLauncher>>, LazyKernel<SplitKLauncher>>(
            new(default));

    /// <summary>True where every row begins on 16 bytes: a buffer begins on 64.</summary>
    private static bool StartsOn16Bytes(View<float> view) => view.Offset % 4 == 0 && view.Columns % 4 == 0;
}
