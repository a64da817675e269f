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
        var projections = new double[codes.Length / vector.Length];
        for (int i = 0; i < codes.Length; i++)
            projections[i / vector.Length] += vector[i % vector.Length] * (codes[i] - _mean[i % vector.Length]);
        return projections;
    }
}

/// <summary>
/// Eigenvalues and eigenvectors of a symmetric matrix by Jacobi's rotations, each of which makes one pair of entries
/// off the diagonal zero, sweep after sweep (Golub and Van Loan 2013, algorithm 8.5.3). For the small matrices of codes:
/// k³ operations a sweep, and about ten sweeps.
/// </summary>
public sealed class SymmetricEigen
{
    private const int MostSweeps = 100;

    private SymmetricEigen(double[] values, double[][] vectors)
    {
        Values = values;
        Vectors = vectors;
    }

    /// <summary>The eigenvalues, the largest first.</summary>
    public IReadOnlyList<double> Values { get; }

    /// <summary>
    /// For each eigenvalue its vector of length 1, whose component of the largest magnitude is positive.
    /// </summary>
    public IReadOnlyList<double[]> Vectors { get; }

    /// <summary>Decomposes A = Σ λᵢ vᵢ vᵢᵀ.</summary>
    /// <param name="matrix">A (k, k), symmetric; only one triangle of it is looked at.</param>
    /// <exception cref="ArgumentException">It is not square.</exception>
    public static SymmetricEigen Of(double[,] matrix)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        int size = matrix.GetLength(0);
        if (matrix.GetLength(1) != size)
            throw new ArgumentException($"{size}×{matrix.GetLength(1)} is not square.", nameof(matrix));
        var a = new double[size, size];
        var v = new double[size, size];
        double total = 0;
        for (int i = 0; i < size; i++)
        {
            v[i, i] = 1;
            for (int j = 0; j < size; j++)
            {
                a[i, j] = i <= j ? matrix[i, j] : matrix[j, i];
                total += a[i, j] * a[i, j];
            }
        }
        for (int sweep = 0; sweep < MostSweeps && OffDiagonal(a) > 1e-30 * total; sweep++)
        {
            for (int p = 0; p < size - 1; p++)
            {
                for (int q = p + 1; q < size; q++)
                    Rotate(a, v, p, q);
            }
        }
        int[] order = [.. Enumerable.Range(0, size).OrderByDescending(i => a[i, i])];
        return new SymmetricEigen(
            [.. order.Select(i => a[i, i])], [.. order.Select(column => Oriented(v, column))]);
    }

    private static double OffDiagonal(double[,] a)
    {
        double sum = 0;
        for (int i = 0; i < a.GetLength(0); i++)
        {
            for (int j = 0; j < i; j++)
                sum += 2 * a[i, j] * a[i, j];
        }
        return sum;
    }

    /// <summary>A ← JᵀAJ and V ← VJ with the rotation J of p and q that makes A's entry at (p, q) zero.</summary>
    private static void Rotate(double[,] a, double[,] v, int p, int q)
    {
        if (a[p, q] == 0)
            return;
        // tan of the smaller of the two angles: the rotation that changes the least.
        double tau = (a[q, q] - a[p, p]) / (2 * a[p, q]);
        double tangent = Math.CopySign(1, tau) / (Math.Abs(tau) + Math.Sqrt(1 + (tau * tau)));
        double cosine = 1 / Math.Sqrt(1 + (tangent * tangent));
        double sine = tangent * cosine;
        int size = a.GetLength(0);
        for (int i = 0; i < size; i++)
            (a[i, p], a[i, q]) = ((cosine * a[i, p]) - (sine * a[i, q]), (sine * a[i, p]) + (cosine * a[i, q]));
        for (int i = 0; i < size; i++)
        {
            (a[p, i], a[q, i]) = ((cosine * a[p, i]) - (sine * a[q, i]), (sine * a[p, i]) + (cosine * a[q, i]));
            (v[i, p], v[i, q]) = ((cosine * v[i, p]) - (sine * v[i, q]), (sine * v[i, p]) + (cosine * v[i, q]));
        }
        a[p, q] = a[q, p] = 0;
    }

    private static double[] Oriented(double[,] vectors, int column)
    {
        double[] vector = [.. Enumerable.Range(0, vectors.GetLength(0)).Select(i => vectors[i, column])];
        double largest = vector.MaxBy(Math.Abs);
        return largest < 0 ? Array.ConvertAll(vector, value => -value) : vector;
    }
}
