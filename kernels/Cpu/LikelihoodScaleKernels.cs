namespace GpuVae.Kernels.Cpu;

/// <summary>The scale of a likelihood: what it makes of losses and gradients, and its own gradient.</summary>
internal static unsafe class LikelihoodScaleKernels
{
    /// <summary><see cref="ScaleLikelihood"/>.</summary>
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

    /// <summary><see cref="LogScaleGradient"/>, summed in double precision.</summary>
    public static void Run<S, V>(CpuDevice<S, V> device, in LogScaleGradient operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        float* losses = operation.Loss.Pointer();
        float* weights = operation.Weights.Pointer();
        double constant = (double)operation.Dimensions * *operation.LogScale.Pointer();
        double sum = 0;
        for (long row = 0; row < operation.Loss.Length; row++)
        {
            sum += (weights is null ? operation.Weight : weights[row])
                * (operation.Dimensions - (operation.Power * (losses[row] - constant)));
        }
        *operation.Gradient.Pointer() = (float)sum;
    }
}
