using GpuVae.Kernels;

namespace GpuVae.Tests.Support;

/// <summary>Corruptions, scales of likelihoods, and what happens to gradients and parameters beside Adam.</summary>
public sealed partial class ReferenceBackend
{
    public void Corrupt(
        View<float> clean, View<int> counters, CorruptionSettings settings, RandomSource noise, View<float> corrupted)
    {
        Require(clean.Rows == corrupted.Rows && clean.Columns == corrupted.Columns, "Corrupt: shapes");
        Span<double> source = clean.Span(), destination = corrupted.Span();
        int step = At(counters, Counter.GlobalStep);
        double amount = settings.Amount;
        for (int i = 0; i < source.Length; i++)
        {
            destination[i] = settings.Kind switch
            {
                CorruptionKind.Gaussian =>
                    Math.Clamp(source[i] + (amount * Normal(noise, step, i)), settings.Low, settings.High),
                CorruptionKind.Masking => Uniform(noise, step, i) < amount ? 0 : source[i],
                CorruptionKind.SaltAndPepper when Uniform(noise, step, i) < amount / 2 => settings.Low,
                CorruptionKind.SaltAndPepper => Uniform(noise, step, i) < amount ? settings.High : source[i],
                _ => throw new ArgumentOutOfRangeException(nameof(settings)),
            };
        }
    }

    public void ScaleLikelihood(View<float> logScale, float power, View<float> loss, View<float> outputGradient)
    {
        Require(logScale.Length == 1 && loss.Length == outputGradient.Rows, "ScaleLikelihood: shapes");
        double scale = logScale.Span()[0], factor = Math.Exp(-power * scale);
        foreach (ref double value in loss.Span())
            value = (factor * value) + (outputGradient.Columns * scale);
        foreach (ref double value in outputGradient.Span())
            value *= factor;
    }

    public void LogScaleGradient(
        View<float> logScale, float power, int dimensions, View<float> loss, View<float> weights, float weight,
        View<float> logScaleGradient)
    {
        Require(
            logScale.Length == 1 && logScaleGradient.Length == 1
            && (weights.IsEmpty || weights.Length == loss.Length),
            "LogScaleGradient: shapes");
        Span<double> losses = loss.Span();
        double sum = 0;
        for (int r = 0; r < losses.Length; r++)
        {
            double scaled = losses[r] - (dimensions * logScale.Span()[0]);
            sum += (weights.IsEmpty ? weight : weights.Span()[r]) * (dimensions - (power * scaled));
        }
        logScaleGradient.Span()[0] = sum;
    }

    public void SumSquares(View<float> values, View<float> sum)
    {
        Require(sum.Length == 1, "SumSquares: shapes");
        double total = 0;
        foreach (double value in values.Span())
            total += value * value;
        sum.Span()[0] = total;
    }

    public void ClipNorm(View<float> sumOfSquares, float limit, View<float> gradient)
    {
        Require(sumOfSquares.Length == 1, "ClipNorm: shapes");
        double norm = Math.Sqrt(sumOfSquares.Span()[0]);
        foreach (ref double value in gradient.Span())
            value *= Math.Min(1, limit / norm);
    }

    public void DecayWeights(View<float> schedule, View<int> counters, View<float> parameters)
    {
        foreach (ref double value in parameters.Span())
            value -= At(schedule, counters, Schedule.WeightDecay) * value;
    }
}
