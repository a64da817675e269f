using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu;

/// <summary>
/// <see cref="BetaBinomial"/>: −log P of each row of bytes x (R, D), and its gradients by ℓ and s. The formulas, and why they are these,
/// stand at the CPU's kernel.
/// </summary>
internal static class BetaBinomialKernel
{
    private const int Factors = 8;

    private static readonly LazyKernel<Launcher> _kernel = new(Evaluate);

    private delegate void Launcher(
        AcceleratorStream stream, KernelConfig config, int columns, int channels, float gradientScale, ArrayView<float> target,
        ArrayView<float> logChoices, ArrayView<float> loss, ArrayView<float> outputs);

    /// <summary>A group for each row; a thread has every G-th number, then the threads' sums make a tree.</summary>
    public static void Evaluate(
        int columns, int channels, float gradientScale, ArrayView<float> target, ArrayView<float> logChoices, ArrayView<float> loss,
        ArrayView<float> outputs)
    {
        int start = Grid.IdxX * columns;
        float rowLoss = 0f;
        for (int column = Group.IdxX; column < columns; column += Group.DimX)
        {
            // A pixel has C numbers ℓ, then C numbers s.
            int pixel = column / channels, place = (2 * start) + (pixel * channels) + column;
            int k = (int)((BetaBinomial.Trials * target[start + column]) + 0.5f);
            k = k < 0 ? 0 : k > BetaBinomial.Trials ? BetaBinomial.Trials : k;
            float logit = outputs[place], logConcentration = outputs[place + channels];
            float clamped = Clamp(logit, BetaBinomial.MostLogit);
            float concentration = MathF.Exp(Clamp(logConcentration, BetaBinomial.MostLogConcentration));
            float e = MathF.Exp(-MathF.Abs(clamped)), large = 1f / (1f + e), small = e * large;

            bool isTurned = k > 127;
            int successes = isTurned ? BetaBinomial.Trials - k : k;
            bool isLikely = isTurned ? clamped < 0f : clamped > 0f;
            float p = isLikely ? large : small, q = isLikely ? small : large;
            float alpha = concentration * p, beta = concentration * q, rest = BetaBinomial.Trials - successes;

            float ofAlpha = 1f, slopeOfAlpha = 0f, ofBeta = beta, slopeOfBeta = 1f, ofSum = concentration, slopeOfSum = 1f;
            for (int i = 0; i < Factors; i++)
            {
                float factor = alpha + i;
                slopeOfAlpha = successes > i ? (slopeOfAlpha * factor) + ofAlpha : slopeOfAlpha;
                ofAlpha = successes > i ? ofAlpha * factor : ofAlpha;
            }
            for (int i = 1; i < Factors; i++)
            {
                float factor = beta + i;
                slopeOfBeta = (slopeOfBeta * factor) + ofBeta;
                ofBeta *= factor;
                factor = concentration + i;
                slopeOfSum = (slopeOfSum * factor) + ofSum;
                ofSum *= factor;
            }

            float behind = successes > Factors ? successes - Factors : 0f;
            float logAfterAlpha = LogRatio(alpha + Factors, behind);
            float logAtEnd = LogRatio(beta + rest, alpha + successes), logAtStart = LogRatio(beta + Factors, alpha);
            float logEnd = MathF.Log(concentration + BetaBinomial.Trials), logStart = MathF.Log(concentration + Factors);
            float logChoose = logChoices[k];
            rowLoss += Rise(beta + rest, alpha + successes, logEnd, logAtEnd) - Rise(beta + Factors, alpha, logStart, logAtStart)
                - Rise(alpha + Factors, behind, MathF.Log(alpha + Factors + behind), logAfterAlpha)
                + MathF.Log(ofSum / ofBeta / ofAlpha) - logChoose;

            float perAlpha = (slopeOfAlpha / ofAlpha) + logAfterAlpha + DigammaPart(alpha + Factors + behind) - DigammaPart(alpha + Factors);
            float digammaEnd = logEnd + DigammaPart(concentration + BetaBinomial.Trials);
            float digammaStart = logStart + DigammaPart(concentration + Factors);
            float perSum = (slopeOfSum / ofSum) + digammaEnd - digammaStart;
            float digammaBetaEnd = logEnd - logAtEnd + DigammaPart(beta + rest);
            float digammaBetaStart = logStart - logAtStart + DigammaPart(beta + Factors);
            float perBeta = (slopeOfBeta / ofBeta) + digammaBetaEnd - digammaBetaStart;
            float ofSuccesses = alpha * perAlpha, ofFailures = beta * perBeta;
            float byLogit = (p * ofFailures) - (q * ofSuccesses);
            float byConcentration = (concentration * perSum) - ofSuccesses - ofFailures;
            outputs[place] = gradientScale * Inward(isTurned ? -byLogit : byLogit, logit, BetaBinomial.MostLogit);
            outputs[place + channels] = gradientScale * Inward(byConcentration, logConcentration, BetaBinomial.MostLogConcentration);
        }
        rowLoss = GroupReduction.Sum(rowLoss);
        if (Group.IdxX == 0)
            loss[Grid.IdxX] = rowLoss;
    }

    internal static void Run(GpuDevice device, in BetaBinomial operation)
    {
        (int rows, int columns) = (operation.Target.Rows, operation.Target.Columns);
        if (rows == 0)
            return;
        _kernel.On(device)(
            device.LaunchStream(), device.Configs.Rows(rows, columns), columns, operation.Channels, operation.GradientScale,
            device.AsArray(operation.Target), device.AsArray(operation.LogChoices), device.AsArray(operation.Loss),
            device.AsArray(operation.Outputs));
    }

    /// <summary>x within −most … most; what is no number stays so.</summary>
    private static float Clamp(float x, float most) => x > most ? most : x < -most ? -most : x;

    /// <summary>0 for a gradient that leads further away from a bound that is crossed already.</summary>
    private static float Inward(float gradient, float value, float most) =>
        (value > most && gradient < 0f) || (value < -most && gradient > 0f) ? 0f : gradient;

    /// <summary>log(1 + h/y).</summary>
    private static float LogRatio(float y, float h)
    {
        float ratio = h / y;
        return ratio > 1f ? MathF.Log(1f + ratio) : BernoulliFunction.LogOnePlus(ratio);
    }

    /// <summary>log Γ(y + h) − log Γ(y) for y ≥ 8 and h ≥ 0, given log(y + h) and log(1 + h/y).</summary>
    private static float Rise(float y, float h, float logEnd, float logRatio) =>
        (h * (logEnd - 1f)) + ((y - 0.5f) * logRatio) + (StirlingPart(y + h) - StirlingPart(y));

    /// <summary>1/12x − 1/360x³.</summary>
    private static float StirlingPart(float x)
    {
        float inverse = 1f / x;
        return inverse * ((1f / 12f) - (inverse * inverse * (1f / 360f)));
    }

    /// <summary>ψ(x) − log x for x ≥ 8.</summary>
    private static float DigammaPart(float x)
    {
        float inverse = 1f / x, square = inverse * inverse;
        return (square * ((square * (1f / 120f)) - (1f / 12f))) - (0.5f * inverse);
    }
}
