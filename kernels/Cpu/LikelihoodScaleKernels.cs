namespace GpuVae.Kernels.Cpu;

/// <summary>
/// <see cref="ScaleLikelihood"/>: loss[r] ← e^(−pλ) · loss[r] + Dλ and ∂outputs ← e^(−pλ) · ∂outputs; and
/// <see cref="LogScaleGradient"/>, Σᵣ wᵣ · (D − p · (loss[r] − Dλ)) in double precision and in order. Of losses there is one a
/// row, too few to divide.
/// </summary>
internal static unsafe class LikelihoodScaleKernels
{
    public static void Run<S, V>(CpuDevice<S, V> device, in ScaleLikelihood operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        float scale = *operation.LogScale.Pointer();
        float factor = MathF.Exp(-operation.Power * scale);
        float constant = operation.OutputGradient.Columns * scale;
        float* losses = operation.Loss.Pointer();
        for (long row = 0; row < operation.Loss.Length; row++)
            losses[row] = (factor * losses[row]) + constant;
        GradientNormKernels.Scale(device, factor, operation.OutputGradient);
    }

    public static void Run<S, V>(CpuDevice<S, V> device, in LogScaleGradient operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        float* losses = operation.Loss.Pointer();
        float* weights = operation.Weights.Pointer();
        int dimensions = operation.Dimensions;
        double constant = (double)dimensions * *operation.LogScale.Pointer();
        double sum = 0;
        for (long row = 0; row < operation.Loss.Length; row++)
        {
            sum += (weights == null ? operation.Weight : weights[row])
                * (dimensions - (operation.Power * (losses[row] - constant)));
        }
        *operation.Gradient.Pointer() = (float)sum;
    }
}
