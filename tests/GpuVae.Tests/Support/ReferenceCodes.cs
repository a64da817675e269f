using GpuVae.Kernels;

namespace GpuVae.Tests.Support;

/// <content>Codes and objectives.</content>
public sealed partial class ReferenceBackend
{
    public void SampleDiagonal(
        View<float> posterior, View<int> counters, RandomSource noise,
        View<float> epsilon, View<float> z, View<float> divergence) =>
        Sample(Covariance.Diagonal, posterior, counters, noise, epsilon, z, divergence);

    public void SampleFull(
        View<float> posterior, View<int> counters, RandomSource noise,
        View<float> epsilon, View<float> z, View<float> divergence) =>
        Sample(Covariance.Full, posterior, counters, noise, epsilon, z, divergence);

    public void SampleDiagonalGradient(
        View<float> posterior, View<float> epsilon, View<float> zGradient, View<float> schedule, View<int> counters,
        float gradientScale, in DivergenceGradient divergence, View<float> posteriorGradient)
    {
        int k = zGradient.Columns, draws = Draws(posterior.Rows, zGradient.Rows);
        Require(
            posterior.Columns == 2 * k && posteriorGradient.Columns == 2 * k && epsilon.Columns == k
            && epsilon.Rows == zGradient.Rows && posteriorGradient.Rows == posterior.Rows,
            "SampleDiagonalGradient: shapes");
        Span<double> source = posterior.Span(), normals = epsilon.Span(), gradient = zGradient.Span();
        Span<double> destination = posteriorGradient.Span();
        bool isExact = divergence.Form == DivergenceForm.Exact;
        for (int b = 0; b < posterior.Rows; b++)
        {
            for (int j = 0; j < k; j++)
            {
                double mean = source[(b * 2 * k) + j], s = source[(b * 2 * k) + k + j];
                double weight = UnitWeight(schedule, counters, gradientScale, divergence, j);
                double byMean = 0, byLogVariance = 0;
                for (int i = b * draws; i < (b + 1) * draws; i++)
                {
                    byMean += gradient[(i * k) + j];
                    byLogVariance += 0.5 * Math.Exp(s / 2) * normals[(i * k) + j] * gradient[(i * k) + j];
                }
                destination[(b * 2 * k) + j] = byMean + (isExact ? weight * mean : 0);
                destination[(b * 2 * k) + k + j] = Math.Abs(s) > GaussianCode.LogVarianceLimit
                    ? 0
                    : byLogVariance + (0.5 * weight * (isExact ? Math.Exp(s) - 1 : -1));
            }
        }
    }

    public void SampleFullGradient(
        View<float> posterior, View<float> epsilon, View<float> zGradient, View<float> schedule, View<int> counters,
        float gradientScale, in DivergenceGradient divergence, View<float> posteriorGradient)
    {
        int k = zGradient.Columns, draws = Draws(posterior.Rows, zGradient.Rows), width = posterior.Columns;
        Require(
            width == Width(Covariance.Full, k) && posteriorGradient.Columns == width && epsilon.Columns == k
            && epsilon.Rows == zGradient.Rows && posteriorGradient.Rows == posterior.Rows,
            "SampleFullGradient: shapes");
        Span<double> normals = epsilon.Span(), gradient = zGradient.Span(), destination = posteriorGradient.Span();
        bool isExact = divergence.Form == DivergenceForm.Exact;
        for (int b = 0; b < posterior.Rows; b++)
        {
            Posterior q = Read(Covariance.Full, posterior, b, k);
            int below = (b * width) + (2 * k);
            for (int j = 0; j < k; j++)
            {
                double weight = UnitWeight(schedule, counters, gradientScale, divergence, j);
                double byMean = isExact ? weight * q.Mean[j] : 0;
                for (int i = b * draws; i < (b + 1) * draws; i++)
                    byMean += gradient[(i * k) + j];
                destination[(b * width) + j] = byMean;
                for (int c = 0; c <= j; c++)
                {
                    double byEntry = isExact ? weight * q.Factor[j, c] : 0;
                    for (int i = b * draws; i < (b + 1) * draws; i++)
                        byEntry += normals[(i * k) + c] * gradient[(i * k) + j];
                    if (c < j)
                        destination[below++] = byEntry;
                    else
                        destination[(b * width) + k + j] = q.IsClamped[j] ? 0 : (q.Factor[j, j] * byEntry) - weight;
                }
            }
        }
    }

    public void SampleSigmoid(
        View<float> activations, View<int> order, View<int> counters, int batchSize, float deviation, RandomSource noise,
        View<float> z)
    {
        Require(activations.Rows == z.Rows && activations.Columns == z.Columns, "SampleSigmoid: shapes");
        int first = order.IsEmpty ? 0 : At(counters, Counter.StepInEpoch) * batchSize;
        for (int i = 0; i < z.Rows; i++)
        {
            for (int j = 0; j < z.Columns; j++)
            {
                double input = activations.Span()[(i * z.Columns) + j];
                if (!order.IsEmpty)
                    input += deviation * Normal(noise, At(order, first + i), j);
                z.Span()[(i * z.Columns) + j] = 1 / (1 + Math.Exp(-input));
            }
        }
    }

    public void RepeatRows(View<float> rows, View<float> repeated)
    {
        int draws = Draws(rows.Rows, repeated.Rows);
        for (int i = 0; i < repeated.Rows; i++)
            rows.RowRange(i / draws, 1).Span().CopyTo(repeated.RowRange(i, 1).Span());
    }

    public void MeanOfDraws(View<float> values, View<float> means)
    {
        int draws = Draws((int)means.Length, (int)values.Length);
        for (int b = 0; b < means.Length; b++)
            means.Span()[b] = values.Span().Slice(b * draws, draws).ToArray().Average();
    }

    /// <summary>From the three densities themselves.</summary>
    public void LogWeights(
        View<float> posterior, Covariance covariance, View<float> epsilon, View<float> z, View<float> reconstruction,
        View<float> logWeights)
    {
        int k = z.Columns, draws = Draws(posterior.Rows, z.Rows);
        Require(logWeights.Rows == posterior.Rows && logWeights.Columns == draws, "LogWeights: shapes");
        double normalizer = 0.5 * Math.Log(2 * Math.PI);
        for (int i = 0; i < z.Rows; i++)
        {
            Posterior q = Read(covariance, posterior, i / draws, k);
            double logPrior = 0, logPosterior = 0;
            for (int j = 0; j < k; j++)
            {
                double e = epsilon.Span()[(i * k) + j], code = z.Span()[(i * k) + j];
                logPrior -= (0.5 * code * code) + normalizer;
                logPosterior -= (0.5 * e * e) + Math.Log(q.Factor[j, j]) + normalizer;
            }
            logWeights.Span()[i] = logPrior - logPosterior - reconstruction.Span()[i];
        }
    }

    public void ImportanceWeights(View<float> logWeights, float scale, View<float> weights, View<float> loss)
    {
        int draws = logWeights.Columns;
        Require(weights.Length == logWeights.Length && loss.Length == logWeights.Rows, "ImportanceWeights: shapes");
        for (int b = 0; b < logWeights.Rows; b++)
        {
            double[] row = logWeights.RowRange(b, 1).Span().ToArray();
            double largest = row.Max(), sum = row.Sum(value => Math.Exp(value - largest));
            for (int s = 0; s < draws; s++)
                weights.Span()[(b * draws) + s] = scale * Math.Exp(row[s] - largest) / sum;
            loss.Span()[b] = -largest - Math.Log(sum / draws);
        }
    }

    public void ScaleRows(View<float> factors, View<float> values)
    {
        Require(factors.Length == values.Rows, "ScaleRows: shapes");
        for (int i = 0; i < values.Length; i++)
            values.Span()[i] *= factors.Span()[i / values.Columns];
    }

    public void AddScaledRows(View<float> factors, View<float> addend, View<float> values)
    {
        Require(factors.Length == values.Rows && addend.Length == values.Length, "AddScaledRows: shapes");
        for (int i = 0; i < values.Length; i++)
            values.Span()[i] += factors.Span()[i / values.Columns] * addend.Span()[i];
    }

    public void UnitDivergence(View<float> posterior, Covariance covariance, View<float> divergence)
    {
        int k = (int)divergence.Length;
        divergence.Span().Clear();
        for (int b = 0; b < posterior.Rows; b++)
        {
            double[] parts = Divergence(Read(covariance, posterior, b, k));
            for (int j = 0; j < k; j++)
                divergence.Span()[j] += parts[j] / posterior.Rows;
        }
    }

    public void FreeBits(
        View<float> unitDivergence, View<float> divergence, float freeNats, View<float> unitWeights, View<float> charge)
    {
        double missing = 0;
        for (int j = 0; j < unitDivergence.Length; j++)
        {
            missing += Math.Max(0, freeNats - unitDivergence.Span()[j]);
            unitWeights.Span()[j] = unitDivergence.Span()[j] > freeNats ? 1 : 0;
        }
        for (int b = 0; b < divergence.Length; b++)
            charge.Span()[b] = divergence.Span()[b] + missing;
    }

    private static void Sample(
        Covariance covariance, View<float> posterior, View<int> counters, RandomSource noise,
        View<float> epsilon, View<float> z, View<float> divergence)
    {
        int k = z.Columns, draws = Draws(posterior.Rows, z.Rows);
        Require(
            posterior.Columns == Width(covariance, k) && epsilon.Columns == k && epsilon.Rows == z.Rows
            && divergence.Length == posterior.Rows,
            "Sample: shapes");
        for (int i = 0; i < z.Length; i++)
            epsilon.Span()[i] = Normal(noise, At(counters, Counter.GlobalStep), i);
        for (int b = 0; b < posterior.Rows; b++)
        {
            Posterior q = Read(covariance, posterior, b, k);
            divergence.Span()[b] = Divergence(q).Sum();
            for (int i = b * draws; i < (b + 1) * draws; i++)
            {
                for (int j = 0; j < k; j++)
                {
                    double code = q.Mean[j];
                    for (int c = 0; c <= j; c++)
                        code += q.Factor[j, c] * epsilon.Span()[(i * k) + c];
                    z.Span()[(i * k) + j] = code;
                }
            }
        }
    }

    /// <summary>Row <paramref name="b"/> of a posterior as a mean and a Cholesky factor.</summary>
    private static Posterior Read(Covariance covariance, View<float> posterior, int b, int k)
    {
        Span<double> row = posterior.RowRange(b, 1).Span();
        var q = new Posterior(row[..k].ToArray(), new double[k, k], new bool[k]);
        int below = 2 * k;
        for (int j = 0; j < k; j++)
        {
            double d = covariance == Covariance.Diagonal ? row[k + j] / 2 : row[k + j];
            q.IsClamped[j] = Math.Abs(d) > GaussianCode.LogDeviationLimit;
            q.Factor[j, j] = Math.Exp(
                Math.Max(-GaussianCode.LogDeviationLimit, Math.Min(GaussianCode.LogDeviationLimit, d)));
            for (int c = 0; c < j && covariance == Covariance.Full; c++)
                q.Factor[j, c] = row[below++];
        }
        return q;
    }

    /// <summary>½ (μⱼ² + Σ Lⱼᵢ² − 1) − log Lⱼⱼ.</summary>
    private static double[] Divergence(Posterior q)
    {
        var parts = new double[q.Mean.Length];
        for (int j = 0; j < parts.Length; j++)
        {
            double squares = q.Mean[j] * q.Mean[j];
            for (int c = 0; c <= j; c++)
                squares += q.Factor[j, c] * q.Factor[j, c];
            parts[j] = (0.5 * (squares - 1)) - Math.Log(q.Factor[j, j]);
        }
        return parts;
    }

    private static double UnitWeight(
        View<float> schedule, View<int> counters, float gradientScale, in DivergenceGradient divergence, int unit) =>
        gradientScale * At(schedule, counters, Schedule.DivergenceWeight)
        * (divergence.UnitWeights.IsEmpty ? 1 : divergence.UnitWeights.Span()[unit]);

    private static int Width(Covariance covariance, int k) =>
        covariance == Covariance.Diagonal ? 2 * k : (2 * k) + (k * (k - 1) / 2);

    private static int Draws(int images, int draws)
    {
        Require(draws % images == 0, "Draws: as many for each image");
        return draws / images;
    }

    /// <summary>q(z | x) = N(μ, LLᵀ) of an image.</summary>
    private sealed record Posterior(double[] Mean, double[,] Factor, bool[] IsClamped);
}
