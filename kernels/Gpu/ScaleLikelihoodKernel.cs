using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu;

/// <summary>
/// <see cref="ScaleLikelihood"/>: loss ← e^(−pλ) loss + Dλ and ∂outputs ← e^(−pλ) ∂outputs, with λ (1, 1), loss (1, R)
/// and ∂outputs (R, D).
/// </summary>
internal static class ScaleLikelihoodKernel
{
    private static readonly LazyKernel<Launcher> _kernel = new(Scale);

    private delegate void Launcher(
        AcceleratorStream stream, KernelConfig config, int length, int rows, int dimensions, float power,
        ArrayView<float> logScale, ArrayView<float> loss, ArrayView<float> outputGradient);

    /// <summary>Loops over the R·D elements of ∂outputs; the first R threads have a loss as well.</summary>
    public static void Scale(
        int length, int rows, int dimensions, float power, ArrayView<float> logScale, ArrayView<float> loss,
        ArrayView<float> outputGradient)
    {
        float factor = MathF.Exp(-power * logScale[0]);
        float constant = dimensions * logScale[0];
        int stride = Grid.DimX * Group.DimX;
        for (int element = (Grid.IdxX * Group.DimX) + Group.IdxX; element < length; element += stride)
        {
            outputGradient[element] *= factor;
            if (element < rows)
                loss[element] = (factor * loss[element]) + constant;
        }
    }

    internal static void Run(GpuDevice device, in ScaleLikelihood operation)
    {
        ArrayView<float> outputGradient = device.AsArray(operation.OutputGradient);
        int length = outputGradient.IntLength;
        if (length == 0)
            return;
        _kernel.On(device)(
            device.LaunchStream(), device.Configs.Elements(length), length, operation.OutputGradient.Rows,
            operation.OutputGradient.Columns, operation.Power, device.AsArray(operation.LogScale),
            device.AsArray(operation.Loss), outputGradient);
    }
}
