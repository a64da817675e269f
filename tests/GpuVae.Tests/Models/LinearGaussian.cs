namespace GpuVae.Tests.Models;

/// <summary>x = Wz + b + noise with z ~ N(0, I) and noise ~ N(0, I): the one decoder whose p(x) can be written down.</summary>
internal static class LinearGaussian
{
    /// <summary>log N(x; b, WWᵀ + I) by a Cholesky factor of the covariance.</summary>
    /// <param name="weight">W (D, <paramref name="units"/>).</param>
    /// <param name="bias">b (D).</param>
    /// <param name="x">(D).</param>
    /// <param name="units">Columns of W.</param>
    public static double LogDensity(float[] weight, float[] bias, ReadOnlySpan<float> x, int units)
    {
        int dimensions = bias.Length;
        var factor = new double[dimensions, dimensions];
        var solved = new double[dimensions];
        double logDensity = -0.5 * dimensions * Math.Log(2 * Math.PI);
        for (int i = 0; i < dimensions; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sum = i == j ? 1 : 0;
                for (int unit = 0; unit < units; unit++)
                    sum += (double)weight[(i * units) + unit] * weight[(j * units) + unit];
                for (int k = 0; k < j; k++)
                    sum -= factor[i, k] * factor[j, k];
                factor[i, j] = i == j ? Math.Sqrt(sum) : sum / factor[j, j];
            }
            double rest = (double)x[i] - bias[i];
            for (int k = 0; k < i; k++)
                rest -= factor[i, k] * solved[k];
            solved[i] = rest / factor[i, i];
            logDensity -= Math.Log(factor[i, i]) + (0.5 * solved[i] * solved[i]);
        }
        return logDensity;
    }
}
