using GpuVae.Kernels.Gpu.Gemm;
using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu.Convolution;

/// <summary>
/// Launches the product of a convolution; <see cref="ConvolutionGemmKernel{TTile, TForm, TLayoutA, TLayoutB, TWidth, TEpilogue}"/> says what
/// its parameters are.
/// </summary>
internal delegate void ConvolutionLauncher(
    AcceleratorStream stream, KernelConfig config, int images, ConvolutionSizes sizes, ProductGrid grid, ArrayView<float> a,
    ArrayView<float> b, EpilogueOperands operands, GemmOutputs outputs);

/// <summary>
/// An operation on windows as a product of matrices that are never stored: <see cref="SliceLoader{TLayout, TWidth}"/> reads a slice's numbers
/// from the maps where they lie, and zeros beyond their edges. All else is
/// <see cref="GemmKernel{TTile, TLayoutA, TLayoutB, TWidth, TEpilogue}"/>.
/// </summary>
internal static class ConvolutionGemmKernel<TTile, TForm, TLayoutA, TLayoutB, TWidth, TEpilogue>
    where TTile : struct, ITile
    where TForm : struct, IConvolutionForm<TLayoutA, TLayoutB>
    where TLayoutA : struct, IOperandLayout
    where TLayoutB : struct, IOperandLayout
    where TWidth : struct, IVectorWidth
    where TEpilogue : struct, IGemmEpilogue
{
    public static readonly LazyKernel<ConvolutionLauncher> Kernel = new(Run);

    /// <summary>
    /// Grid of a phase's groups after the other's, in one dimension since there are more rows of tiles than a grid has in its second; group
    /// (ThreadColumns, ThreadRows).
    /// </summary>
    /// <param name="images">B.</param>
    /// <param name="sizes">Those of the maps.</param>
    /// <param name="grid">How a phase is cut up.</param>
    /// <param name="a">What <typeparamref name="TLayoutA"/> reads.</param>
    /// <param name="b">What <typeparamref name="TLayoutB"/> reads.</param>
    /// <param name="operands">What the epilogue reads.</param>
    /// <param name="outputs">What is written.</param>
    public static void Run(
        int images, ConvolutionSizes sizes, ProductGrid grid, ArrayView<float> a, ArrayView<float> b,
        EpilogueOperands operands, GemmOutputs outputs)
    {
        ArrayView<float> shared =
            SharedMemory.Allocate<float>(GemmKernel<TTile, TLayoutA, TLayoutB, TWidth, TEpilogue>.SharedLength);
        TilePlace place = grid.Place(Grid.IdxX);
        ProductSize size = TForm.Size(place.Phase, images, sizes);
        GemmKernel<TTile, TLayoutA, TLayoutB, TWidth, TEpilogue>.Compute(
            shared, place, size.M, size.N, size.K, grid.SplitSlices, a, TForm.LayoutA(place.Phase, sizes), b,
            TForm.LayoutB(place.Phase, sizes), operands, outputs);
    }
}
