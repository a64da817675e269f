using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Ilgpu;

/// <summary>
/// loss ← e^(−pλ) loss + Dλ and ∂outputs ← e^(−pλ) ∂outputs, with λ (1, 1), loss (1, R) and ∂outputs (R, D); and the
/// gradient by λ.
/// </summary>
internal static class LikelihoodScaleKernels
{
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

    /// <summary>One group: a thread adds every G-th row, then the threads' sums make a tree.</summary>
    public static void Gradient(
        int rows, int dimensions, float power, float weight, ArrayView<float> logScale, ArrayView<float> loss,
        ArrayView<float> weights, ArrayView<float> logScaleGradient)
    {
        float constant = dimensions * logScale[0];
        float sum = 0f;
        for (int row = Group.IdxX; row < rows; row += Group.DimX)
        {
            float factor = weights.Length > 0 ? weights[row] : weight;
            sum += factor * (dimensions - (power * (loss[row] - constant)));
        }
        float total = GroupSum.Of(sum);
        if (Group.IdxX == 0)
            logScaleGradient[0] = total;
    }
}

public sealed partial class IlgpuBackend
{
    private ScaleLikelihoodLauncher? scaleLikelihood;
    private LogScaleGradientLauncher? logScaleGradients;

    private delegate void ScaleLikelihoodLauncher(
        AcceleratorStream stream, KernelConfig config, int length, int rows, int dimensions, float power,
        ArrayView<float> logScale, ArrayView<float> loss, ArrayView<float> outputGradient);

    private delegate void LogScaleGradientLauncher(
        AcceleratorStream stream, KernelConfig config, int rows, int dimensions, float power, float weight,
        ArrayView<float> logScale, ArrayView<float> loss, ArrayView<float> weights, ArrayView<float> logScaleGradient);

    /// <inheritdoc/>
    public void ScaleLikelihood(View<float> logScale, float power, View<float> loss, View<float> outputGradient)
    {
        RequireLength(logScale, 1, nameof(logScale));
        RequireLength(loss, outputGradient.Rows, nameof(loss));
        if (outputGradient.Length == 0)
            return;
        scaleLikelihood ??= new(accelerator.LoadKernel<
            int, int, int, float, ArrayView<float>, ArrayView<float>, ArrayView<float>>(LikelihoodScaleKernels.Scale));
        int length = ElementCount(outputGradient, nameof(outputGradient));
        scaleLikelihood(
            CountedStream(), shapes.Elements(length), length, outputGradient.Rows, outputGradient.Columns, power,
            Array(logScale), Array(loss), Array(outputGradient));
    }

    /// <inheritdoc/>
    public void LogScaleGradient(
        View<float> logScale, float power, int dimensions, View<float> loss, View<float> weights, float weight,
        View<float> logScaleGradient)
    {
        RequireLength(logScale, 1, nameof(logScale));
        RequireLength(logScaleGradient, 1, nameof(logScaleGradient));
        if (!weights.IsEmpty)
            RequireLength(weights, loss.Length, nameof(weights));
        logScaleGradients ??= new(accelerator.LoadKernel<
            int, int, float, float, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>>(
            LikelihoodScaleKernels.Gradient));
        int rows = ElementCount(loss, nameof(loss));
        logScaleGradients(
            CountedStream(), shapes.Rows(1, rows), rows, dimensions, power, weight, Array(logScale), Array(loss),
            Array(weights), Array(logScaleGradient));
    }
}
