using GpuVae.Kernels.Gpu.Gemm;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace GpuVae.Kernels.Gpu.Cuda;

/// <summary><see cref="LinearGradientKernel{TTile, TWidth, TEpilogue}"/> on tensor cores.</summary>
internal static class TensorLinearGradientKernel<TTile, TPrecision, TWidth, TEpilogue>
    where TTile : struct, ITensorTile
    where TPrecision : struct, ITensorPrecision
    where TWidth : struct, IVectorWidth
    where TEpilogue : struct, IGemmEpilogue
{
    public static readonly LazyKernel<LinearGradientLauncher> Kernel =
        new(accelerator => AddressedKernels.LoadLinearGradient(accelerator, ((Delegate)Run).Method));

    /// <summary>Groups of both, of <see cref="TensorGroup.Threads"/>.</summary>
    public static void Run(
        int examples, int inputs, int outputs, ProductGrid ofInput, ProductGrid ofWeight, long gradient, long weight,
        long input, EpilogueOperands operands, GemmOutputs inputOutputs, GemmOutputs weightOutputs)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(
            TensorGemmKernel<TTile, KMajor, MnMajor, TPrecision, TWidth, TEpilogue>.SharedLength);
        CudaAsm.Emit(TensorRegisters.Declare);
        if (Grid.IdxX < ofInput.Groups)
        {
            TensorGemmKernel<TTile, KMajor, MnMajor, TPrecision, TWidth, TEpilogue>.Compute(
                shared, ofInput.Place(Grid.IdxX), examples, inputs, outputs, ofInput.SplitSlices, gradient, default,
                weight, default, operands, inputOutputs);
        }
        else
        {
            TensorGemmKernel<TTile, MnMajor, MnMajor, TPrecision, TWidth, StoreAndSumRowsEpilogue>.Compute(
                shared, ofWeight.Place(Grid.IdxX - ofInput.Groups), outputs, inputs, examples, ofWeight.SplitSlices,
                gradient, default, input, default, operands, weightOutputs);
        }
    }
}
