using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu;

/// <summary>
/// <see cref="DiscretizedLogistic"/>: −log P of each row of bytes x (R, D) about μ (R, D), with λ (1, 1), and its gradients.
/// </summary>
internal static class DiscretizedLogisticKernel
{
    private static readonly LazyKernel<Launcher> _kernel = new(Evaluate);

    private delegate void Launcher(
        AcceleratorStream stream, KernelConfig config, int columns, float gradientScale, ArrayView<float> target,
        ArrayView<float> logScale, ArrayView<float> loss, ArrayView<float> logScaleGradient, ArrayView<float> outputs);

    /// <summary>A group for each row; a thread has every G-th number, then the threads' sums make a tree.</summary>
    public static void Evaluate(
        int columns, float gradientScale, ArrayView<float> target, ArrayView<float> logScale, ArrayView<float> loss,
        ArrayView<float> logScaleGradient, ArrayView<float> outputs)
    {
        int start = Grid.IdxX * columns;
        float inverse = MathF.Exp(-logScale[0]);
        float width = inverse * (1f / 255f), mass = OneMinusExp(width);
        float widthLoss = -MathF.Log(mass), widthGradient = width * MathF.Exp(-width) / mass;
        float rowLoss = 0f, rowSlope = 0f;
        for (int column = Group.IdxX; column < columns; column += Group.DimX)
        {
            float k = MathF.Floor((255f * target[start + column]) + 0.5f), mean = outputs[start + column];
            bool isFirst = k < 0.5f, isLast = k > 254.5f;
            // k − 255 μ as (k − 256 μ) + μ, of which only the last is rounded where the two are close.
            float scaled = (k - (256f * mean) + mean) * width;
            float a = scaled + (0.5f * width), b = scaled - (0.5f * width);
            float e = MathF.Exp(-MathF.Abs(a)), f = MathF.Exp(-MathF.Abs(b));
            float above = isLast ? 0f : (a > 0f ? e : 1f) / (1f + e);
            float below = isFirst ? 0f : (b < 0f ? f : 1f) / (1f + f);
            float aboveLoss = isLast ? 0f : (a > 0f ? 0f : -a) + BernoulliFunction.LogOnePlus(e);
            float belowLoss = isFirst ? 0f : (b < 0f ? 0f : b) + BernoulliFunction.LogOnePlus(f);
            rowLoss += aboveLoss + belowLoss + (isFirst || isLast ? 0f : widthLoss);
            rowSlope += (a * above) - (b * below) + (isFirst || isLast ? 0f : widthGradient);
            outputs[start + column] = gradientScale * inverse * (above - below);
        }
        rowLoss = GroupReduction.Sum(rowLoss);
        rowSlope = GroupReduction.Sum(rowSlope);
        if (Group.IdxX == 0)
        {
            loss[Grid.IdxX] = rowLoss;
            logScaleGradient[Grid.IdxX] = rowSlope;
        }
    }

    internal static void Run(GpuDevice device, in DiscretizedLogistic operation)
    {
        (int rows, int columns) = (operation.Outputs.Rows, operation.Outputs.Columns);
        if (rows == 0)
            return;
        _kernel.On(device)(
            device.LaunchStream(), device.Configs.Rows(rows, columns), columns, operation.GradientScale,
            device.AsArray(operation.Target), device.AsArray(operation.LogScale), device.AsArray(operation.Loss),
            device.AsArray(operation.LogScaleGradient), device.AsArray(operation.Outputs));
    }

    /// <summary>1 − e⁻ˣ for x ≥ 0: its series where x is small and 1 − e⁻ˣ would lose digits.</summary>
    internal static float OneMinusExp(float x)
    {
        float series = 1f - (x * (1f / 6f));
        series = 1f - (x * (1f / 5f) * series);
        series = 1f - (x * (1f / 4f) * series);
        series = 1f - (x * (1f / 3f) * series);
        series = 1f - (x * 0.5f * series);
        return x < 0.25f ? x * series : 1f - MathF.Exp(-x);
    }
}
