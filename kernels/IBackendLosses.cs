namespace GpuVae.Kernels;

// What the encoder sees, and likelihoods of another scale than 1.
public partial interface IBackend
{
    /// <summary>x̃ ~ C(x̃ | x): each number on its own, by the formula of its <see cref="CorruptionKind"/>.</summary>
    /// <param name="clean">x (B, D).</param>
    /// <param name="counters">(1, <see cref="Counter.Count"/>); the noise is a function of the global step.</param>
    /// <param name="settings">What the noise does, and how much.</param>
    /// <param name="noise">Where it comes from; element i·D + j is number j of row i.</param>
    /// <param name="corrupted">x̃ (B, D).</param>
    void Corrupt(
        View<float> clean, View<int> counters, CorruptionSettings settings, RandomSource noise, View<float> corrupted);

    /// <summary>
    /// Turns loss and gradient of a <see cref="Likelihood"/> of scale 1 into those of scale e^λ, the same for every
    /// number of an image: loss[r] ← e^(−pλ) · loss[r] + Dλ and ∂outputs ← e^(−pλ) · ∂outputs. With p = 2 and λ = log σ
    /// the gaussian's ½ Σ ((x − x̂)/σ)² + D log σ, with p = 1 and λ = log b the Laplace distribution's
    /// Σ |x − x̂|/b + D log b.
    /// </summary>
    /// <param name="logScale">λ (1, 1).</param>
    /// <param name="power">p.</param>
    /// <param name="loss">(1, R), updated.</param>
    /// <param name="outputGradient">(R, D), updated.</param>
    void ScaleLikelihood(View<float> logScale, float power, View<float> loss, View<float> outputGradient);

    /// <summary>
    /// The gradient of <see cref="ScaleLikelihood"/> by λ: Σᵣ wᵣ · (D − p · (loss[r] − Dλ)).
    /// </summary>
    /// <param name="logScale">λ (1, 1).</param>
    /// <param name="power">p.</param>
    /// <param name="dimensions">D.</param>
    /// <param name="loss">(1, R) as <see cref="ScaleLikelihood"/> left it.</param>
    /// <param name="weights">wᵣ (1, R) in any shape of R elements; empty where each is <paramref name="weight"/>.</param>
    /// <param name="weight">1/R for a mean over rows, where there are no weights.</param>
    /// <param name="logScaleGradient">(1, 1).</param>
    void LogScaleGradient(
        View<float> logScale, float power, int dimensions, View<float> loss, View<float> weights, float weight,
        View<float> logScaleGradient);
}
