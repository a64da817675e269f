using System.Globalization;
using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// −L_K with L_K = E[log (1/K) Σ_s w_s] and w_s = p(x | z_s) p(z_s) / q(z_s | x), a bound on log p(x) that is tighter the
/// larger K is (Burda, Grosse and Salakhutdinov 2016, equation 8).
/// </summary>
/// <param name="samples">K ≥ 1.</param>
public sealed class ImportanceWeightedBound(int samples) : IObjective
{
    /// <inheritdoc/>
    public bool UsesPrior => true;

    /// <inheritdoc/>
    public int Samples => samples;

    /// <inheritdoc/>
    public string Description =>
        string.Create(CultureInfo.InvariantCulture, $" with {samples} sample{(samples == 1 ? "" : "s")}");

    /// <inheritdoc/>
    public double DivergenceWeight(long globalStep) => 1;

    /// <inheritdoc/>
    public double Loss(double reconstruction, double divergence, double own, double weight) => own;

    /// <inheritdoc/>
    public IObjectiveTerm? Prepare(IDevice backend, PosteriorCode? code, int images) =>
        code is null ? null : new ImportanceWeightedTerm(backend, code, images, samples);
}
