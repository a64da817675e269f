using GpuVae.Kernels.Gpu.Convolution;
using GpuVae.Kernels.Gpu.Gemm;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace GpuVae.Kernels.Gpu.Cuda;

/// <summary>
/// <see cref="ConvolutionGemmKernel{TTile, TForm, TLayoutA, TLayoutB, TWidth, TEpilogue}"/> on tensor cores: <c>cp.async</c> copies from the
/// maps where they lie, and fills with zeros what is beyond their edges.
/// </summary>
internal static class TensorConvolutionGemmKernel<TTile, TForm, TLayoutA, TLayoutB, TPrecision, TWidth, TEpilogue>
    where TTile : struct, ITensorTile
    where TForm : struct, IConvolutionForm<TLayoutA, TLayoutB>
    where TLayoutA : struct, IOperandLayout
    where TLayoutB : struct, IOperandLayout
    where TPrecision : struct, ITensorPrecision
    where TWidth : struct, IVectorWidth
    where TEpilogue : struct, IGemmEpilogue
{
    public static readonly LazyKernel<ConvolutionLauncher> Kernel = new(Load);

    private delegate void Launcher(
        AcceleratorStream stream, KernelConfig config, int images, ConvolutionSizes sizes, ProductGrid grid, long a, long b,
        EpilogueOperands operands, GemmOutputs outputs);

    /// <summary>Groups of all phases, of <see cref="TensorGroup.Threads"/>.</summary>
    public static void Run(
        int images, ConvolutionSizes sizes, ProductGrid grid, long a, long b, EpilogueOperands operands, GemmOutputs outputs)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(
            TensorGemmKernel<TTile, TLayoutA, TLayoutB, TPrecision, TWidth, TEpilogue>.SharedLength);
        CudaAsm.Emit(TensorRegisters.Declare);
        TilePlace place = grid.Place(Grid.IdxX);
        ProductSize size = TForm.Size(place.Phase, images, sizes);
        TensorGemmKernel<TTile, TLayoutA, TLayoutB, TPrecision, TWidth, TEpilogue>.Compute(
            shared, place, size.M, size.N, size.K, grid.SplitSlices, a, TForm.LayoutA(place.Phase, sizes), b,
            TForm.LayoutB(place.Phase, sizes), operands, outputs);
    }

    private static ConvolutionLauncher Load(Accelerator accelerator)
    {
        Launcher launch = accelerator.LoadKernelWithPlainBranches<Launcher>(((Delegate)Run).Method);
        return (stream, config, images, sizes, grid, a, b, operands, outputs) => launch(
            stream, config, images, sizes, grid, TensorOperand.Address(a), TensorOperand.Address(b), operands, outputs);
    }
}
