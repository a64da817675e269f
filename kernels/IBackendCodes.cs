namespace GpuVae.Kernels;

// Codes and objectives. K is the number of draws of each image's code: a matrix of draws has B·K rows, those of image b
// from b·K on. Operations infer K from the shapes.
public partial interface IBackend
{
    /// <summary>
    /// Draws from the posterior q(z | x) = N(μ, diag σ²) by reparameterisation and gives its divergence from the
    /// prior (Kingma and Welling 2014, equations 4 and 10). With s = log σ², clamped to
    /// ±<see cref="GaussianCode.LogVarianceLimit"/>: z = μ + e^(s/2) ε, KL = ½ Σⱼ (μⱼ² + e^sⱼ − 1 − sⱼ).
    /// </summary>
    /// <param name="posterior">(B, 2k): μ in the first k columns, log σ² in the others.</param>
    /// <param name="counters">(1, <see cref="Counter.Count"/>); the noise is a function of the global step.</param>
    /// <param name="noise">Where ε comes from; element i·k + j is unit j of row i of z.</param>
    /// <param name="epsilon">(B·K, k) ε ~ N(0, 1), kept for the gradient.</param>
    /// <param name="z">(B·K, k).</param>
    /// <param name="divergence">(1, B): KL(q(z | x) ‖ N(0, I)) in nats.</param>
    void SampleDiagonal(
        View<float> posterior, View<int> counters, RandomSource noise,
        View<float> epsilon, View<float> z, View<float> divergence);

    /// <summary>
    /// The gradient of <see cref="SampleDiagonal"/>: ∂μ = Σ ∂z + wμ and ∂s = ½ e^(s/2) Σ ε ∂z + ½ w (e^s − 1), sums over
    /// the K draws, where w = gradientScale · schedule[step, <see cref="Schedule.DivergenceWeight"/>] times the unit's
    /// weight. In the <see cref="DivergenceForm.Sampled"/> form ∂μ = Σ ∂z and ∂s = ½ e^(s/2) Σ ε ∂z − ½ w. Zero for a
    /// clamped s.
    /// </summary>
    /// <param name="posterior">(B, 2k) as given to <see cref="SampleDiagonal"/>.</param>
    /// <param name="epsilon">(B·K, k) as it left it.</param>
    /// <param name="zGradient">(B·K, k) ∂L/∂z, already scaled.</param>
    /// <param name="schedule">(steps, <see cref="Schedule.Columns"/>).</param>
    /// <param name="counters">(1, <see cref="Counter.Count"/>).</param>
    /// <param name="gradientScale">1/B for a mean over the batch.</param>
    /// <param name="divergence">How KL enters.</param>
    /// <param name="posteriorGradient">(B, 2k).</param>
    void SampleDiagonalGradient(
        View<float> posterior, View<float> epsilon, View<float> zGradient, View<float> schedule, View<int> counters,
        float gradientScale, in DivergenceGradient divergence, View<float> posteriorGradient);

    /// <summary>
    /// Draws from q(z | x) = N(μ, LLᵀ), held as <see cref="Covariance.Full"/> says: z = μ + Lε and
    /// KL = ½ (Σ_{j ≥ i} Lⱼᵢ² + μᵀμ − k) − Σⱼ dⱼ (Kingma and Welling 2019, section 2.5.1, for the code; the divergence of
    /// two normal distributions in closed form).
    /// </summary>
    /// <param name="posterior">(B, 2k + k(k − 1)/2).</param>
    /// <param name="counters">(1, <see cref="Counter.Count"/>); the noise is a function of the global step.</param>
    /// <param name="noise">Where ε comes from; element i·k + j is unit j of row i of z.</param>
    /// <param name="epsilon">(B·K, k) ε ~ N(0, 1), kept for the gradient.</param>
    /// <param name="z">(B·K, k).</param>
    /// <param name="divergence">(1, B): KL(q(z | x) ‖ N(0, I)) in nats.</param>
    void SampleFull(
        View<float> posterior, View<int> counters, RandomSource noise,
        View<float> epsilon, View<float> z, View<float> divergence);

    /// <summary>
    /// The gradient of <see cref="SampleFull"/>: ∂μⱼ = Σ ∂zⱼ + wⱼμⱼ, ∂dⱼ = e^dⱼ Σ εⱼ ∂zⱼ + wⱼ (e^2dⱼ − 1) and
    /// ∂Lⱼᵢ = Σ εᵢ ∂zⱼ + wⱼLⱼᵢ, sums over the K draws and wⱼ as in <see cref="SampleDiagonalGradient"/>. In the
    /// <see cref="DivergenceForm.Sampled"/> form nothing of w is left but −wⱼ in ∂dⱼ. Zero for a clamped d.
    /// </summary>
    /// <param name="posterior">(B, 2k + k(k − 1)/2) as given to <see cref="SampleFull"/>.</param>
    /// <param name="epsilon">(B·K, k) as it left it.</param>
    /// <param name="zGradient">(B·K, k) ∂L/∂z, already scaled.</param>
    /// <param name="schedule">(steps, <see cref="Schedule.Columns"/>).</param>
    /// <param name="counters">(1, <see cref="Counter.Count"/>).</param>
    /// <param name="gradientScale">1/B for a mean over the batch.</param>
    /// <param name="divergence">How KL enters.</param>
    /// <param name="posteriorGradient">(B, 2k + k(k − 1)/2).</param>
    void SampleFullGradient(
        View<float> posterior, View<float> epsilon, View<float> zGradient, View<float> schedule, View<int> counters,
        float gradientScale, in DivergenceGradient divergence, View<float> posteriorGradient);

    /// <summary>
    /// z = σ(a + deviation · ε) with ε ~ N(0, 1) that is drawn once for each training case and kept (Salakhutdinov and
    /// Hinton 2009, section 3.2): ε of row i is a function of the image order[first + i] and of the unit, not of the step;
    /// first = counters[<see cref="Counter.StepInEpoch"/>] · batchSize.
    /// </summary>
    /// <param name="activations">a (B, k).</param>
    /// <param name="order">(1, N) a permutation of 0…N−1; empty for no noise, as at use.</param>
    /// <param name="counters">(1, <see cref="Counter.Count"/>).</param>
    /// <param name="batchSize">Images in a full batch; there may be fewer rows in the last one.</param>
    /// <param name="deviation">Standard deviation of the noise.</param>
    /// <param name="noise">Where ε comes from; the image stands for the step, the unit is the element.</param>
    /// <param name="z">(B, k).</param>
    void SampleSigmoid(
        View<float> activations, View<int> order, View<int> counters, int batchSize, float deviation, RandomSource noise,
        View<float> z);

    /// <summary>repeated[b·K + s, :] = rows[b, :] for s in 0…K−1: the target of each draw.</summary>
    /// <param name="rows">(B, N).</param>
    /// <param name="repeated">(B·K, N).</param>
    void RepeatRows(View<float> rows, View<float> repeated);

    /// <summary>means[b] = 1/K · Σ_s values[b·K + s].</summary>
    /// <param name="values">(1, B·K).</param>
    /// <param name="means">(1, B).</param>
    void MeanOfDraws(View<float> values, View<float> means);

    /// <summary>
    /// log w = log p(x | z) + log p(z) − log q(z | x) of each draw (Burda, Grosse and Salakhutdinov 2016, equation 8).
    /// With z = μ + Lε the last two are ½ Σⱼ (εⱼ² − zⱼ²) + log det L: no difference of large numbers is taken.
    /// </summary>
    /// <param name="posterior">(B, 2k) or (B, 2k + k(k − 1)/2), as drawn from.</param>
    /// <param name="covariance">How it holds Σ.</param>
    /// <param name="epsilon">(B·K, k).</param>
    /// <param name="z">(B·K, k).</param>
    /// <param name="reconstruction">(1, B·K): −log p(x | z).</param>
    /// <param name="logWeights">(B, K).</param>
    void LogWeights(
        View<float> posterior, Covariance covariance, View<float> epsilon, View<float> z, View<float> reconstruction,
        View<float> logWeights);

    /// <summary>
    /// The bound of K draws and the normalised weights of its gradient (Burda and others 2016, equations 8 and 13), with
    /// the largest log w of an image taken out of its sums: loss[b] = −log (1/K · Σ_s w_s) and
    /// weights[b, s] = scale · w_s / Σ w.
    /// </summary>
    /// <param name="logWeights">(B, K).</param>
    /// <param name="scale">1/B for a mean over the batch.</param>
    /// <param name="weights">(B, K).</param>
    /// <param name="loss">(1, B) in nats.</param>
    void ImportanceWeights(View<float> logWeights, float scale, View<float> weights, View<float> loss);

    /// <summary>values[r, :] ← factors[r] · values[r, :].</summary>
    /// <param name="factors">(1, R) in any shape of R elements.</param>
    /// <param name="values">(R, N), updated.</param>
    void ScaleRows(View<float> factors, View<float> values);

    /// <summary>values[r, :] ← values[r, :] + factors[r] · addend[r, :].</summary>
    /// <param name="factors">(1, R) in any shape of R elements.</param>
    /// <param name="addend">(R, N).</param>
    /// <param name="values">(R, N), updated.</param>
    void AddScaledRows(View<float> factors, View<float> addend, View<float> values);

    /// <summary>
    /// Each unit's part of KL(q(z | x) ‖ N(0, I)), the mean over the batch. With <see cref="Covariance.Diagonal"/> it is
    /// ½ (μⱼ² + e^sⱼ − 1 − sⱼ), with <see cref="Covariance.Full"/> ½ (μⱼ² + Σ_{i ≤ j} Lⱼᵢ² − 1) − dⱼ; none is negative, and
    /// they add up to the divergence.
    /// </summary>
    /// <param name="posterior">(B, 2k) or (B, 2k + k(k − 1)/2).</param>
    /// <param name="covariance">How it holds Σ.</param>
    /// <param name="divergence">(1, k) in nats.</param>
    void UnitDivergence(View<float> posterior, Covariance covariance, View<float> divergence);

    /// <summary>
    /// Free bits (Kingma and others 2016, appendix C.8): charge[b] = divergence[b] + Σⱼ max(0, λ − KLⱼ), whose mean over
    /// the batch is Σⱼ max(λ, KLⱼ), and unitWeights[j] = 1 where KLⱼ &gt; λ, else 0, which is its gradient.
    /// </summary>
    /// <param name="unitDivergence">KLⱼ (1, k), the mean over the batch.</param>
    /// <param name="divergence">(1, B).</param>
    /// <param name="freeNats">λ.</param>
    /// <param name="unitWeights">(1, k).</param>
    /// <param name="charge">(1, B).</param>
    void FreeBits(
        View<float> unitDivergence, View<float> divergence, float freeNats, View<float> unitWeights, View<float> charge);
}
