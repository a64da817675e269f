using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu.Gemm;

/// <summary>The groups of one of several products in a launch, or of each of several that are cut up alike.</summary>
/// <param name="Columns">Tile columns of C.</param>
/// <param name="Rows">Tile rows of C.</param>
/// <param name="Splits">Parts of the inner dimension.</param>
/// <param name="SplitSlices">Slices in a part.</param>
internal readonly record struct ProductGrid(int Columns, int Rows, int Splits, int SplitSlices)
{
    /// <summary>How many they are for one product.</summary>
    public int Groups => Columns * Rows * Splits;

    /// <summary>The grid of a plan.</summary>
    public static ProductGrid Of(in GemmPlan plan) =>
        new(plan.Config.GridDim.X, plan.Config.GridDim.Y, plan.Splits, plan.SplitSlices);

    /// <summary>What the group of this number has.</summary>
    public TilePlace Place(int group)
    {
        int row = group / Columns;
        int part = row / Rows;
        int phase = part / Splits;
        return new(
            group - (row * Columns), row - (part * Rows), part - (phase * Splits), Columns, Rows, Splits, phase);
    }
}

/// <summary>
/// Both products of a dense layer going back in one launch, since neither waits for the other: the first groups have
/// ∂x (B, in) = epilogue(G W), the others ∂W (out, in) = Gᵀ x with ∂b.
/// </summary>
internal static class LinearGradientKernel<TTile, TWidth, TEpilogue>
    where TTile : struct, ITile
    where TWidth : struct, IVectorWidth
    where TEpilogue : struct, IGemmEpilogue
{
    public static readonly LazyKernel<LinearGradientLauncher> Kernel = new(Run);

    /// <summary>Groups of both, of as many threads as the tile has.</summary>
    public static void Run(
        int examples, int inputs, int outputs, ProductGrid ofInput, ProductGrid ofWeight, ArrayView<float> gradient,
        ArrayView<float> weight, ArrayView<float> input, EpilogueOperands operands, GemmOutputs inputOutputs,
        GemmOutputs weightOutputs)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(
            GemmKernel<TTile, KMajor, MnMajor, TWidth, TEpilogue>.SharedLength);
        if (Grid.IdxX < ofInput.Groups)
        {
            GemmKernel<TTile, KMajor, MnMajor, TWidth, TEpilogue>.Compute(
                shared, ofInput.Place(Grid.IdxX), examples, inputs, outputs, ofInput.SplitSlices, gradient, default,
                weight, default, operands, inputOutputs);
            GroupBranch.End();
        }
        else
        {
            GemmKernel<TTile, MnMajor, MnMajor, TWidth, StoreAndSumRowsEpilogue>.Compute(
                shared, ofWeight.Place(Grid.IdxX - ofInput.Groups), outputs, inputs, examples, ofWeight.SplitSlices,
                gradient, default, input, default, operands, weightOutputs);
            GroupBranch.End();
        }
    }
}

/// <summary>Launches a <see cref="LinearGradientKernel{TTile, TWidth, TEpilogue}"/>.</summary>
internal delegate void LinearGradientLauncher(
    AcceleratorStream stream, KernelConfig config, int examples, int inputs, int outputs, ProductGrid ofInput,
    ProductGrid ofWeight, ArrayView<float> gradient, ArrayView<float> weight, ArrayView<float> input,
    EpilogueOperands operands, GemmOutputs inputOutputs, GemmOutputs weightOutputs);
