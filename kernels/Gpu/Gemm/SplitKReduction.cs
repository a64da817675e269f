using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu.Gemm;

/// <summary>
/// The second launch of a product whose inner dimension was split (split-K): S = S₀ + S₁ + …, in this order, and the
/// epilogue. Where C has few tiles, splits keep a GPU busy that would wait for one long sum in each.
/// </summary>
internal static class SplitKReduction<TEpilogue>
    where TEpilogue : struct, IGemmEpilogue
{
    public static readonly LazyKernel<SplitKLauncher> Kernel = new(Reduce);

    /// <summary>Grid (groups of columns, M), group (threads): a thread has an element of C.</summary>
    /// <param name="n">Columns of C.</param>
    /// <param name="splits">How many.</param>
    /// <param name="sums">(splits, M, N).</param>
    /// <param name="operands">What the epilogue reads.</param>
    /// <param name="c">(M, N).</param>
    /// <param name="partialLoss">(M, threads of a row): the loss of each element.</param>
    public static void Reduce(
        int n, int splits, ArrayView<float> sums, EpilogueOperands operands, ArrayView<float> c,
        ArrayView<float> partialLoss)
    {
        int column = (Grid.IdxX * Group.DimX) + Group.IdxX;
        int row = Grid.IdxY;
        float loss = 0f;
        if (column < n)
        {
            int index = (row * n) + column;
            int place = index;
            float sum = 0f;
            for (int split = 0; split < splits; split++)
            {
                sum += sums[place];
                place += Grid.DimY * n;
            }
            (float value, float term) = TEpilogue.Apply(sum, column, index, operands);
            c[index] = value;
            loss = term;
        }
        if (TEpilogue.HasLoss)
            partialLoss[(row * Grid.DimX * Group.DimX) + column] = loss;
    }
}

/// <summary>Launches a <see cref="SplitKReduction{TEpilogue}"/>.</summary>
internal delegate void SplitKLauncher(
    AcceleratorStream stream, KernelConfig config, int n, int splits, ArrayView<float> sums, EpilogueOperands operands,
    ArrayView<float> c, ArrayView<float> partialLoss);

/// <summary>Finds the reduction for an epilogue.</summary>
internal readonly struct SplitKSelector : IEpilogueSelector<LazyKernel<SplitKLauncher>>
{
    public LazyKernel<SplitKLauncher> For<TEpilogue>()
        where TEpilogue : struct, IGemmEpilogue => SplitKReduction<TEpilogue>.Kernel;
}
