using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// The fifth choice: what is minimised. Most are −log p(x | z) + w · KL(q(z | x) ‖ p(z)), known by their w; others add
/// operations of their own to a pass, and a term that is the loss.
/// </summary>
public interface IObjective
{
    /// <summary>
    /// True if training draws q(z | x) towards the prior p(z) = N(0, I): only then does the decoder know what to
    /// make of a z from the prior, and the code must be an <see cref="IPosteriorCode"/>.
    /// </summary>
    bool UsesPrior { get; }

    /// <summary>K, the draws of each image's code.</summary>
    int Samples => 1;

    /// <summary>Whether KL has a weight that can be chosen, and free bits.</summary>
    bool TakesWeight => false;

    /// <summary>
    /// Whether a term of the picture, beside −log p(x | z), may be added: where <see cref="Loss"/> has it with the term's own weight,
    /// and the gradient of each draw has the same weight in the loss.
    /// </summary>
    bool TakesTerms => false;

    /// <summary>
    /// Whether the loss of an example depends on the others of its batch, so that the mean over slices of a batch is not that of the
    /// batch.
    /// </summary>
    bool NeedsWholeBatches => false;

    /// <summary>What a person is told beside its name, or nothing.</summary>
    string Description => "";

    /// <summary>Declares parameters of the objective's own; most have none.</summary>
    void Build(LayerBuilder builder)
    {
    }

    /// <summary>w at a step.</summary>
    /// <param name="globalStep">Steps done since the start of training.</param>
    double DivergenceWeight(long globalStep);

    /// <summary>What is minimised, from sums or means of the terms of a pass.</summary>
    /// <param name="values">The model's terms, and those of <see cref="Prepare"/>'s operations.</param>
    /// <param name="weight">w.</param>
    double Loss(LossValues values, double weight) => values.Sum(weight);

    /// <summary>
    /// What measurements of different epochs are compared by: the loss with w as it is at the end, without what makes parts
    /// of it free, so that the same terms give the same number at every step.
    /// </summary>
    /// <param name="values">As for <see cref="Loss"/>.</param>
    double ComparedLoss(LossValues values) => Loss(values, DivergenceWeight(long.MaxValue));

    /// <summary>Steps after which w no longer changes; 0 where it never does.</summary>
    long WarmUpSteps => 0;

    /// <summary>What it adds to a pass, with memory for it; null where w and one draw say everything.</summary>
    /// <param name="device">Where the model runs.</param>
    /// <param name="code">The model's code.</param>
    /// <param name="images">Rows of the largest batch.</param>
    IObjectivePass? Prepare(IDevice device, ICode code, int images) => null;
}

/// <summary>An objective's own part of a pass, on a device, between the operations of the model.</summary>
public interface IObjectivePass : IDisposable
{
    /// <summary>K, the draws of each image's code.</summary>
    int Samples { get; }

    /// <summary>The auxiliary terms that <see cref="Measure"/> fills, behind the model's in the pass's losses.</summary>
    IReadOnlyList<LossTerm> Terms => [];

    /// <summary>The factor of ∂L/∂outputs: 1/(B·K) for the mean, 1 where <see cref="WeighOutputs"/> follows.</summary>
    /// <param name="images">B.</param>
    float OutputScale(int images) => 1f / ((float)images * Samples);

    /// <summary>
    /// The weight of each draw in the loss (images, K), for what is learned beside the outputs; empty where each has
    /// <see cref="OutputScale"/>.
    /// </summary>
    /// <param name="images">B.</param>
    View<float> DrawWeights(int images) => default;

    /// <summary>After the decoder's pass: fills the auxiliary terms.</summary>
    void Measure(in ForwardPass pass)
    {
    }

    /// <summary>Before the decoder's gradients: weighs the outputs' gradient of each draw.</summary>
    void WeighOutputs(in ForwardPass pass)
    {
    }

    /// <summary>Between the decoder's gradients and the code's.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="zGradient">(B·K, k), which may be added to.</param>
    /// <returns>How the divergence enters the code's gradient.</returns>
    DivergenceGradient WeighDivergence(in ForwardPass pass, View<float> zGradient) => default;
}

/// <summary>The numbers of an objective.</summary>
/// <param name="Beta">β ≥ 0, the weight of KL in the ELBO.</param>
/// <param name="Samples">K ≥ 1, draws of each image's code.</param>
/// <param name="FreeNats">λ ≥ 0, the free bits of each unit, in nats.</param>
/// <param name="WarmUpSteps">Steps over which β rises from 0; 0 for none.</param>
/// <param name="Divergence">How KL is estimated in the ELBO. Sampled, it has neither free bits nor a rise.</param>
public sealed record ObjectiveSettings(
    double Beta = 1, int Samples = 1, double FreeNats = 0, long WarmUpSteps = 0,
    DivergenceForm Divergence = DivergenceForm.Exact);
