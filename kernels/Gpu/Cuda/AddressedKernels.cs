using System.Reflection;
using GpuVae.Kernels.Gpu.Gemm;
using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu.Cuda;

/// <summary>
/// Products that copy their operands by instructions of CUDA's own, which take addresses: launched with views, as those are whose loads
/// ILGPU writes.
/// </summary>
internal static class AddressedKernels
{
    private delegate void AddressedGemm(
        AcceleratorStream stream, KernelConfig config, int m, int n, int k, int splitSlices, long a, long b,
        EpilogueOperands operands, GemmOutputs outputs);

    private delegate void AddressedLinearGradient(
        AcceleratorStream stream, KernelConfig config, int examples, int inputs, int outputs, ProductGrid ofInput,
        ProductGrid ofWeight, long gradient, long weight, long input, EpilogueOperands operands,
        GemmOutputs inputOutputs, GemmOutputs weightOutputs);

    /// <summary>A product, of which <paramref name="run"/> is the kernel.</summary>
    public static GemmLauncher LoadGemm(Accelerator accelerator, MethodInfo run)
    {
        AddressedGemm launch = accelerator.LoadKernelWithPlainBranches<AddressedGemm>(run);
        return (stream, config, m, n, k, splitSlices, a, b, operands, outputs) =>
            launch(stream, config, m, n, k, splitSlices, TensorOperand.Address(a), TensorOperand.Address(b), operands, outputs);
    }

    /// <summary>Both products of a dense layer going back.</summary>
    public static LinearGradientLauncher LoadLinearGradient(Accelerator accelerator, MethodInfo run)
    {
        AddressedLinearGradient launch = accelerator.LoadKernelWithPlainBranches<AddressedLinearGradient>(run);
        return (stream, config, examples, inputs, outputs, ofInput, ofWeight, gradient, weight, input, operands,
            inputOutputs, weightOutputs) => launch(
                stream, config, examples, inputs, outputs, ofInput, ofWeight, TensorOperand.Address(gradient),
                TensorOperand.Address(weight), TensorOperand.Address(input), operands, inputOutputs, weightOutputs);
    }
}
