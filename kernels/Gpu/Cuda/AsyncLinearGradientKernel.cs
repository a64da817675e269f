using GpuVae.Kernels.Gpu.Gemm;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace GpuVae.Kernels.Gpu.Cuda;

/// <summary>
/// <see cref="LinearGradientKernel{TTile, TWidth, TEpilogue}"/> with copies ahead, as
/// <see cref="AsyncGemmKernel{TTile, TLayoutA, TLayoutB, TWidth, TEpilogue}"/> has them.
/// </summary>
internal static class AsyncLinearGradientKernel<TTile, TWidth, TEpilogue>
    where TTile : struct, ITile
    where TWidth : struct, IVectorWidth
    where TEpilogue : struct, IGemmEpilogue
{
    public static readonly LazyKernel<LinearGradientLauncher> Kernel =
        new(accelerator => AddressedKernels.LoadLinearGradient(accelerator, ((Delegate)Run).Method));

    /// <summary>Groups of both, of as many threads as the tile has.</summary>
    public static void Run(
        int examples, int inputs, int outputs, ProductGrid ofInput, ProductGrid ofWeight, long gradient, long weight,
        long input, EpilogueOperands operands, GemmOutputs inputOutputs, GemmOutputs weightOutputs)
    {
        // The first needs more: its A has longer rows in shared memory.
        ArrayView<float> shared = SharedMemory.Allocate<float>(
            AsyncGemmKernel<TTile, KMajor, MnMajor, TWidth, TEpilogue>.SharedLength);
        CudaAsm.Emit(AsyncSlice.Declare);
        if (Grid.IdxX < ofInput.Groups)
        {
            AsyncGemmKernel<TTile, KMajor, MnMajor, TWidth, TEpilogue>.Compute(
                shared, ofInput.Place(Grid.IdxX), examples, inputs, outputs, ofInput.SplitSlices, gradient,
                weight, operands, inputOutputs);
        }
        else
        {
            AsyncGemmKernel<TTile, MnMajor, MnMajor, TWidth, StoreAndSumRowsEpilogue>.Compute(
                shared, ofWeight.Place(Grid.IdxX - ofInput.Groups), outputs, inputs, examples, ofWeight.SplitSlices,
                gradient, input, operands, weightOutputs);
        }
    }
}
