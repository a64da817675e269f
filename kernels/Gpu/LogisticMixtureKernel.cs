using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu;

/// <summary><see cref="LogisticMixture"/> and <see cref="LogisticMixtureMean"/>.</summary>
internal static class LogisticMixtureKernel
{
    private static readonly LazyKernel<LossLauncher> _loss = new(Evaluate);
    private static readonly LazyKernel<MeanLauncher> _mean = new(Mean);

    private delegate void LossLauncher(
        AcceleratorStream stream, KernelConfig config, int columns, int components, int channels, float gradientScale,
        ArrayView<float> target, ArrayView<float> loss, ArrayView<float> outputs);

    private delegate void MeanLauncher(
        AcceleratorStream stream, KernelConfig config, int columns, int components, int channels, ArrayView<float> outputs,
        ArrayView<float> means);

    /// <summary>
    /// A group for each row; a thread has every G-th number, then the threads' sums make a tree. Components are computed twice, for their
    /// sum and for their gradients: that takes no memory of a thread.
    /// </summary>
    public static void Evaluate(
        int columns, int components, int channels, float gradientScale, ArrayView<float> target, ArrayView<float> loss,
        ArrayView<float> outputs)
    {
        int start = Grid.IdxX * columns, all = components * channels;
        float rowLoss = 0f;
        for (int column = Group.IdxX; column < columns; column += Group.DimX)
        {
            int pixel = column / channels, place = (3 * components * (start + (pixel * channels))) + column - (pixel * channels);
            float k = MathF.Floor((255f * target[start + column]) + 0.5f);
            // Sums of e^ℓ, and of e^(ℓ − loss of the component), beside their largest exponents.
            float mostLogit = float.NegativeInfinity, logits = 0f, most = float.NegativeInfinity, sum = 0f;
            for (int j = 0; j < components; j++)
            {
                float logit = outputs[place + all + (j * channels)];
                float joint = logit - Component(
                    k, outputs[place + (j * channels)] + ((j + 0.5f) / components), outputs[place + (2 * all) + (j * channels)], out _, out _);
                float next = MathF.Max(mostLogit, logit);
                logits = (logits * MathF.Exp(mostLogit - next)) + MathF.Exp(logit - next);
                mostLogit = next;
                next = MathF.Max(most, joint);
                sum = (sum * MathF.Exp(most - next)) + MathF.Exp(joint - next);
                most = next;
            }
            rowLoss += mostLogit - most + MathF.Log(logits / sum);
            for (int j = 0; j < components; j++)
            {
                int at = place + (j * channels);
                float logit = outputs[at + all];
                float joint = logit - Component(
                    k, outputs[at] + ((j + 0.5f) / components), outputs[at + (2 * all)], out float byMean, out float byScale);
                float responsibility = MathF.Exp(joint - most) / sum;
                outputs[at] = gradientScale * responsibility * byMean;
                outputs[at + all] = gradientScale * ((MathF.Exp(logit - mostLogit) / logits) - responsibility);
                outputs[at + (2 * all)] = gradientScale * responsibility * byScale;
            }
        }
        rowLoss = GroupReduction.Sum(rowLoss);
        if (Group.IdxX == 0)
            loss[Grid.IdxX] = rowLoss;
    }

    /// <summary>A thread for each number.</summary>
    public static void Mean(int columns, int components, int channels, ArrayView<float> outputs, ArrayView<float> means)
    {
        int start = Grid.IdxX * columns, all = components * channels;
        for (int column = Group.IdxX; column < columns; column += Group.DimX)
        {
            int pixel = column / channels, place = (3 * components * (start + (pixel * channels))) + column - (pixel * channels);
            float most = float.NegativeInfinity;
            for (int j = 0; j < components; j++)
                most = MathF.Max(most, outputs[place + all + (j * channels)]);
            float sum = 0f, weights = 0f;
            for (int j = 0; j < components; j++)
            {
                float weight = MathF.Exp(outputs[place + all + (j * channels)] - most);
                float mean = outputs[place + (j * channels)] + ((j + 0.5f) / components);
                sum += weight * (mean < 0f ? 0f : mean > 1f ? 1f : mean);
                weights += weight;
            }
            means[start + column] = sum / weights;
        }
    }

    internal static void Run(GpuDevice device, in LogisticMixture operation)
    {
        (int rows, int columns) = (operation.Target.Rows, operation.Target.Columns);
        if (rows == 0)
            return;
        _loss.On(device)(
            device.LaunchStream(), device.Configs.Rows(rows, columns), columns, operation.Components, operation.Channels,
            operation.GradientScale, device.AsArray(operation.Target), device.AsArray(operation.Loss), device.AsArray(operation.Outputs));
    }

    internal static void Run(GpuDevice device, in LogisticMixtureMean operation)
    {
        (int rows, int columns) = (operation.Means.Rows, operation.Means.Columns);
        if (rows == 0)
            return;
        _mean.On(device)(
            device.LaunchStream(), device.Configs.Rows(rows, columns), columns, operation.Components, operation.Channels,
            device.AsArray(operation.Outputs), device.AsArray(operation.Means));
    }

    /// <summary>−log of a component's probability of the byte k, and its slopes by m and λ; see <see cref="DiscretizedLogisticKernel"/>.</summary>
    private static float Component(float k, float mean, float output, out float byMean, out float byScale)
    {
        float logScale = output + LogisticMixture.StartLogScale;
        float clamped = logScale < LogisticMixture.LeastLogScale ? LogisticMixture.LeastLogScale
            : logScale > LogisticMixture.MostLogScale ? LogisticMixture.MostLogScale : logScale;
        float inverse = MathF.Exp(-clamped), width = inverse * (1f / 255f), mass = DiscretizedLogisticKernel.OneMinusExp(width);
        bool isFirst = k < 0.5f, isLast = k > 254.5f, isInside = !isFirst && !isLast;
        // k − 255 μ as (k − 256 μ) + μ, of which only the last is rounded where the two are close.
        float scaled = (k - (256f * mean) + mean) * width;
        float a = scaled + (0.5f * width), b = scaled - (0.5f * width);
        float e = MathF.Exp(-MathF.Abs(a)), f = MathF.Exp(-MathF.Abs(b));
        float above = isLast ? 0f : (a > 0f ? e : 1f) / (1f + e);
        float below = isFirst ? 0f : (b < 0f ? f : 1f) / (1f + f);
        byMean = inverse * (above - below);
        float slope = (a * above) - (b * below) + (isInside ? width * MathF.Exp(-width) / mass : 0f);
        byScale = (logScale > LogisticMixture.MostLogScale && slope < 0f) || (logScale < LogisticMixture.LeastLogScale && slope > 0f) ? 0f : slope;
        float aboveLoss = isLast ? 0f : (a > 0f ? 0f : -a) + BernoulliFunction.LogOnePlus(e);
        float belowLoss = isFirst ? 0f : (b < 0f ? 0f : b) + BernoulliFunction.LogOnePlus(f);
        return aboveLoss + belowLoss - (isInside ? MathF.Log(mass) : 0f);
    }
}
