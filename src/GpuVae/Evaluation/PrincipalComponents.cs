namespace GpuVae.Evaluation;

/// <summary>
/// The directions in which codes vary most (Pearson 1901; Hotelling 1933): eigenvectors of their covariance
/// C = 1/n Σᵢ (zᵢ − m)(zᵢ − m)ᵀ, whose eigenvalues are the variances along them.
/// </summary>
public sealed class PrincipalComponents
{
    private readonly double[] _mean;
    private readonly SymmetricEigen _eigen;

    private PrincipalComponents(double[] mean, SymmetricEigen eigen)
    {
        _mean = mean;
        _eigen = eigen;
    }

    /// <summary>Finds them.</summary>
    /// <param name="codes">(n, k), n at least 1.</param>
    /// <param name="units">k.</param>
    /// <exception cref="ArgumentException">The numbers are not whole codes.</exception>
    public static PrincipalComponents Of(ReadOnlySpan<float> codes, int units)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(units);
        if (codes.IsEmpty || codes.Length % units != 0)
            throw new ArgumentException($"{codes.Length} numbers are no whole codes of {units}.", nameof(codes));
        int count = codes.Length / units;
        var mean = new double[units];
        for (int i = 0; i < codes.Length; i++)
            mean[i % units] += codes[i];
        for (int unit = 0; unit < units; unit++)
            mean[unit] /= count;

        var covariance = new double[units, units];
        var centred = new double[units];
        for (int row = 0; row < count; row++)
        {
            for (int unit = 0; unit < units; unit++)
                centred[unit] = codes[(row * units) + unit] - mean[unit];
            for (int i = 0; i < units; i++)
            {
                for (int j = i; j < units; j++)
                    covariance[i, j] += centred[i] * centred[j] / count;
            }
        }
        return new PrincipalComponents(mean, SymmetricEigen.Of(covariance));
    }

    /// <summary>The part of all variance that lies along a component, in 0 … 1; 0 where nothing varies.</summary>
    /// <param name="component">From 0, the largest first.</param>
    public double ExplainedVariance(int component)
    {
        double total = _eigen.Values.Sum();
        return total > 0 ? _eigen.Values[component] / total : 0;
    }

    /// <summary>Where codes lie along a component: vᵀ(z − m).</summary>
    /// <param name="codes">(n, k).</param>
    /// <param name="component">From 0, the largest first.</param>
    /// <returns>(n).</returns>
    public double[] Project(ReadOnlySpan<float> codes, int component)
    {
        double[] vector = _eigen.Vectors[component];
        var places = new double[codes.Length / vector.Length];
        for (int i = 0; i < codes.Length; i++)
            places[i / vector.Length] += vector[i % vector.Length] * (codes[i] - _mean[i % vector.Length]);
        return places;
    }
}
