namespace GpuVae.Evaluation;

/// <summary>How much a model uses the units of its code.</summary>
/// <param name="Variances">
/// (k), Var_x(E_q[z_j | x]): how far the mean code differs from image to image.
/// </param>
/// <param name="Divergences">
/// (k), each unit's part of KL(q(z | x) ‖ N(0, I)) in nats, averaged over the images; null for a code without one.
/// </param>
public sealed record CodeUse(IReadOnlyList<double> Variances, IReadOnlyList<double>? Divergences)
{
    /// <summary>A unit is active above this variance (Burda, Grosse and Salakhutdinov 2016, section 5.2).</summary>
    public const double ActiveVariance = 0.01;

    /// <summary>Units whose mean tells images apart.</summary>
    public int ActiveUnits => Variances.Count(IsActive);

    /// <summary>
    /// Whether the posterior has collapsed onto the prior: at most one unit in ten still says anything of the image.
    /// </summary>
    public bool HasCollapsed => Divergences is not null && ActiveUnits * 10 <= Variances.Count;

    /// <summary>Whether a unit of that variance is active.</summary>
    public static bool IsActive(double variance) => variance > ActiveVariance;

    /// <summary>The variance of each column.</summary>
    /// <param name="means">(N, k), mean codes.</param>
    /// <param name="units">k.</param>
    /// <returns>(k), over all N.</returns>
    public static double[] VariancesOf(ReadOnlySpan<float> means, int units)
    {
        int count = means.Length / units;
        var averages = new double[units];
        for (int i = 0; i < means.Length; i++)
            averages[i % units] += (double)means[i] / count;
        var variances = new double[units];
        for (int i = 0; i < means.Length; i++)
        {
            double difference = means[i] - averages[i % units];
            variances[i % units] += difference * difference / count;
        }
        return variances;
    }
}
