using GpuVae.Kernels.Gpu.Gemm;
using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu;

/// <summary><see cref="ApplyEpilogue"/>: what a product does to its sums, for S (M, N) in memory; C may be S.</summary>
internal static class ApplyEpilogueKernel<TEpilogue>
    where TEpilogue : struct, IGemmEpilogue
{
    public static readonly LazyKernel<ApplyEpilogueLauncher> Kernel = TEpilogue.HasLoss ? new(ApplyToRows) : new(Apply);

    /// <summary>Loops over the elements; <paramref name="loss"/> is not written.</summary>
    public static void Apply(
        int length, int columns, ArrayView<float> s, EpilogueOperands operands, ArrayView<float> c,
        ArrayView<float> loss)
    {
        int stride = Grid.DimX * Group.DimX;
        for (int i = (Grid.IdxX * Group.DimX) + Group.IdxX; i < length; i += stride)
            c[i] = TEpilogue.Apply(s[i], i % columns, i, operands).Value;
    }

    /// <summary>
    /// A group for each row, for epilogues that have a loss (1, M): a thread adds every G-th column's, then the
    /// threads' sums make a tree.
    /// </summary>
    public static void ApplyToRows(
        int length, int columns, ArrayView<float> s, EpilogueOperands operands, ArrayView<float> c,
        ArrayView<float> loss)
    {
        int start = Grid.IdxX * columns;
        float sum = 0f;
        for (int column = Group.IdxX; column < columns; column += Group.DimX)
        {
            (float value, float term) = TEpilogue.Apply(s[start + column], column, start + column, operands);
            c[start + column] = value;
            sum += term;
        }
        float total = GroupReduction.Sum(sum);
        if (Group.IdxX == 0)
            loss[Grid.IdxX] = total;
    }
}

/// <summary>Launches an <see cref="ApplyEpilogueKernel{TEpilogue}"/>.</summary>
internal delegate void ApplyEpilogueLauncher(
    AcceleratorStream stream, KernelConfig config, int length, int columns, ArrayView<float> s,
    EpilogueOperands operands, ArrayView<float> c, ArrayView<float> loss);

/// <summary><see cref="ApplyEpilogue"/>.</summary>
internal static class ApplyEpilogueKernel
{
    internal static void Run(GpuDevice device, in ApplyEpilogue operation)
    {
        ArrayView<float> c = device.AsArray(operation.C);
        (int rows, int columns) = (operation.C.Rows, operation.C.Columns);
        Epilogue epilogue = operation.Epilogue;
        bool hasLoss = epilogue.Kind == EpilogueKind.Likelihood;
        if (c.Length == 0)
            return;
        LazyKernel<ApplyEpilogueLauncher> kernel =
            epilogue.Bias.IsEmpty ? Find<NoBias>(epilogue) : Find<ColumnBias>(epilogue);
        kernel.On(device)(
            device.LaunchStream(),
            hasLoss ? device.Configs.Rows(rows, columns) : device.Configs.Elements(c.IntLength),
            c.IntLength, columns, device.AsArray(operation.S), EpilogueOperands.Of(device, epilogue), c,
            device.AsArray(epilogue.Loss));
    }

    private static LazyKernel<ApplyEpilogueLauncher> Find<TBias>(in Epilogue epilogue)
        where TBias : struct, IBias =>
        epilogue.Accept<
            EpilogueTypes<TBias, Selector, LazyKernel<ApplyEpilogueLauncher>>, LazyKernel<ApplyEpilogueLauncher>>(
            new(default));

    private readonly struct Selector : IEpilogueSelector<LazyKernel<ApplyEpilogueLauncher>>
    {
        public LazyKernel<ApplyEpilogueLauncher> For<TEpilogue>()
            where TEpilogue : struct, IGemmEpilogue => ApplyEpilogueKernel<TEpilogue>.Kernel;
    }
}
