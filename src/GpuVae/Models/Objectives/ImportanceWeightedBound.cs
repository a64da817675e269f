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
    public double Loss(LossValues values, double weight) => values[ImportanceWeightedPass.Bound];

    /// <inheritdoc/>
    public IObjectivePass? Prepare(IDevice device, ICode code, int images) =>
        code is IPosteriorCode posterior ? new ImportanceWeightedPass(device, posterior, images, samples) : null;
}

/// <summary>
/// −L_K of each image, and its gradient −Σ_s w̃_s ∇log w_s with the normalised w̃_s = w_s / Σ w (Burda, Grosse and
/// Salakhutdinov 2016, equation 13): a draw has the weight w̃/B.
/// </summary>
/// <param name="device">Where the model runs.</param>
/// <param name="code">The model's code.</param>
/// <param name="images">Rows of the largest batch.</param>
/// <param name="samples">K.</param>
public sealed class ImportanceWeightedPass(IDevice device, IPosteriorCode code, int images, int samples)
    : WeightedDrawsPass(device, code, images, samples, Bound)
{
    /// <summary>−L_K.</summary>
    public static LossTerm Bound { get; } = new("bound");

    private protected override void Weigh(View<float> logWeights, View<float> weights, View<float> term) =>
        Device.Run(new ImportanceWeights(logWeights, 1f / logWeights.Rows, weights, term));
}
