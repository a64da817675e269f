using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Ilgpu;

/// <summary>
/// The second pass of a product whose inner dimension was cut into parts: S = P₀ + P₁ + …, in this order, and the
/// epilogue. Where C has few tiles, parts keep a GPU busy that would wait for one long sum in each.
/// </summary>
internal static class ProductParts<TEpilogue>
    where TEpilogue : struct, IProductEpilogue
{
    /// <summary>Grid (groups of columns, M), group (threads): a thread has an element of C.</summary>
    /// <param name="n">Columns of C.</param>
    /// <param name="parts">How many.</param>
    /// <param name="sums">(parts, M, N).</param>
    /// <param name="operands">What the epilogue reads.</param>
    /// <param name="c">(M, N).</param>
    /// <param name="partialLoss">(M, threads of a row): the loss of each element.</param>
    public static void Run(
        int n, int parts, ArrayView<float> sums, EpilogueOperands operands, ArrayView<float> c,
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
            for (int part = 0; part < parts; part++)
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

/// <summary>Compiles <see cref="ProductParts{TEpilogue}"/>: <c>k</c> is the number of parts and <c>a</c> their sums.</summary>
internal sealed class PartsLoader : IProductLoader
{
    /// <inheritdoc/>
    public ProductLauncher Load<TLeft, TRight, TEpilogue>(Accelerator accelerator)
        where TLeft : struct, IOperandLayout
        where TRight : struct, IOperandLayout
        where TEpilogue : struct, IProductEpilogue
    {
        var launch = accelerator.LoadKernel<
            int, int, ArrayView<float>, EpilogueOperands, ArrayView<float>, ArrayView<float>>(
            ProductParts<TEpilogue>.Run);
        return (stream, config, _, n, parts, _, sums, _, operands, c, partialLoss) =>
            launch(stream, config, n, parts, sums, operands, c, partialLoss);
    }
}
