using GpuVae.Kernels;

namespace GpuVae.Cases.Reference;

/// <summary>Gaussian posteriors: draws, divergences, densities, and the gradient of them.</summary>
internal static class ReferenceGaussian
{
    public static void Run(in SampleGaussian operation)
    {
        int k = operation.Z.Columns, draws = operation.Draws;
        Span<double> epsilon = operation.Epsilon.Span(), z = operation.Z.Span();
        for (int i = 0; i < z.Length; i++)
            epsilon[i] = ReferenceNoise.Normal(operation.Noise, operation.Counters.At(Counter.GlobalStep), i);
        for (int b = 0; b < operation.Posterior.Rows; b++)
        {
            Posterior q = Posterior.Read(operation.Covariance, operation.Posterior, b, k);
            operation.Divergence.Span()[b] = q.Divergence().Sum();
            for (int i = b * draws; i < (b + 1) * draws; i++)
            {
                for (int j = 0; j < k; j++)
                {
                    double code = q.Mean[j];
                    for (int c = 0; c <= j; c++)
                        code += q.Factor[j, c] * epsilon[(i * k) + c];
                    z[(i * k) + j] = code;
                }
            }
        }
    }

    public static void Run(in SampleGaussianGradient operation)
    {
        if (operation.Covariance == Covariance.Diagonal)
            DiagonalGradient(operation);
        else
            FullGradient(operation);
    }

    public static void Run(in UnitDivergence operation)
    {
        Span<double> divergence = operation.Divergence.Span();
        divergence.Clear();
        for (int b = 0; b < operation.Posterior.Rows; b++)
        {
            Posterior q = Posterior.Read(operation.Covariance, operation.Posterior, b, divergence.Length);
            double[] parts = q.Divergence();
            for (int j = 0; j < parts.Length; j++)
                divergence[j] += parts[j] / operation.Posterior.Rows;
        }
    }

    /// <summary>From the three densities themselves.</summary>
    public static void Run(in LogWeights operation)
    {
        int k = operation.Z.Columns;
        double normalizer = 0.5 * Math.Log(2 * Math.PI);
        for (int i = 0; i < operation.Z.Rows; i++)
        {
            Posterior q = Posterior.Read(operation.Covariance, operation.Posterior, i / operation.Draws, k);
            double logPrior = 0, logPosterior = 0;
            for (int j = 0; j < k; j++)
            {
                double e = operation.Epsilon.Span()[(i * k) + j], code = operation.Z.Span()[(i * k) + j];
                logPrior -= (0.5 * code * code) + normalizer;
                logPosterior -= (0.5 * e * e) + Math.Log(q.Factor[j, j]) + normalizer;
            }
            operation.Weights.Span()[i] = logPrior - logPosterior - operation.Reconstruction.Span()[i];
        }
    }

    private static void DiagonalGradient(in SampleGaussianGradient operation)
    {
        int k = operation.ZGradient.Columns, draws = operation.Draws;
        Span<double> posterior = operation.Posterior.Span(), epsilon = operation.Epsilon.Span();
        Span<double> zGradient = operation.ZGradient.Span(), destination = operation.PosteriorGradient.Span();
        bool isExact = operation.Divergence.Form == DivergenceForm.Exact;
        for (int b = 0; b < operation.Posterior.Rows; b++)
        {
            for (int j = 0; j < k; j++)
            {
                double mean = posterior[(b * 2 * k) + j], s = posterior[(b * 2 * k) + k + j];
                double weight = UnitWeight(operation, j);
                double byMean = 0, byLogVariance = 0;
                for (int i = b * draws; i < (b + 1) * draws; i++)
                {
                    byMean += zGradient[(i * k) + j];
                    byLogVariance += 0.5 * Math.Exp(s / 2) * epsilon[(i * k) + j] * zGradient[(i * k) + j];
                }
                destination[(b * 2 * k) + j] = byMean + (isExact ? weight * mean : 0);
                destination[(b * 2 * k) + k + j] = Math.Abs(s) > GaussianCode.LogVarianceLimit
                    ? 0
                    : byLogVariance + (0.5 * weight * (isExact ? Math.Exp(s) - 1 : -1));
            }
        }
    }

    private static void FullGradient(in SampleGaussianGradient operation)
    {
        int k = operation.ZGradient.Columns, draws = operation.Draws, width = operation.Posterior.Columns;
        Span<double> epsilon = operation.Epsilon.Span(), zGradient = operation.ZGradient.Span();
        Span<double> destination = operation.PosteriorGradient.Span();
        bool isExact = operation.Divergence.Form == DivergenceForm.Exact;
        for (int b = 0; b < operation.Posterior.Rows; b++)
        {
            Posterior q = Posterior.Read(Covariance.Full, operation.Posterior, b, k);
            int below = (b * width) + (2 * k);
            for (int j = 0; j < k; j++)
            {
                double weight = UnitWeight(operation, j);
                double byMean = isExact ? weight * q.Mean[j] : 0;
                for (int i = b * draws; i < (b + 1) * draws; i++)
                    byMean += zGradient[(i * k) + j];
                destination[(b * width) + j] = byMean;
                for (int c = 0; c <= j; c++)
                {
                    double byEntry = isExact ? weight * q.Factor[j, c] : 0;
                    for (int i = b * draws; i < (b + 1) * draws; i++)
                        byEntry += epsilon[(i * k) + c] * zGradient[(i * k) + j];
                    if (c < j)
                        destination[below++] = byEntry;
                    else
                        destination[(b * width) + k + j] = q.IsClamped[j] ? 0 : (q.Factor[j, j] * byEntry) - weight;
                }
            }
        }
    }

    private static double UnitWeight(in SampleGaussianGradient operation, int unit) =>
        operation.GradientScale * operation.Schedule.At(operation.Counters, Schedule.DivergenceWeight)
        * (operation.Divergence.UnitWeights.IsEmpty ? 1 : operation.Divergence.UnitWeights.Span()[unit]);

    /// <summary>q(z | x) = N(μ, LLᵀ) of an image.</summary>
    private sealed record Posterior(double[] Mean, double[,] Factor, bool[] IsClamped)
    {
        /// <summary>Row <paramref name="b"/> of a posterior as a mean and a Cholesky factor.</summary>
        public static Posterior Read(Covariance covariance, View<float> posterior, int b, int k)
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

        /// <summary>½ (μⱼ² + Σ Lⱼᵢ² − 1) − log Lⱼⱼ of each unit.</summary>
        public double[] Divergence()
        {
            var parts = new double[Mean.Length];
            for (int j = 0; j < parts.Length; j++)
            {
                double squares = Mean[j] * Mean[j];
                for (int c = 0; c <= j; c++)
                    squares += Factor[j, c] * Factor[j, c];
                parts[j] = (0.5 * (squares - 1)) - Math.Log(Factor[j, j]);
            }
            return parts;
        }
    }
}
