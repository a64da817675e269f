namespace GpuVae.Kernels;

// What may happen to gradients and parameters beside Adam.
public partial interface IBackend
{
    /// <summary>sum = Σ valueᵢ², in a fixed order: the square of the gradient's norm.</summary>
    /// <param name="values">(1, n).</param>
    /// <param name="sum">(1, 1).</param>
    void SumSquares(View<float> values, View<float> sum);

    /// <summary>
    /// Clips a gradient by its norm (Pascanu, Mikolov and Bengio 2013, algorithm 1): with ‖g‖ = √sum,
    /// g ← g · limit/‖g‖ where ‖g‖ &gt; limit, and as it is elsewhere.
    /// </summary>
    /// <param name="sumOfSquares">(1, 1), what <see cref="SumSquares"/> made of all gradients.</param>
    /// <param name="limit">The largest norm.</param>
    /// <param name="gradient">g (1, n), updated.</param>
    void ClipNorm(View<float> sumOfSquares, float limit, View<float> gradient);

    /// <summary>
    /// Decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2, as AdamW in PyTorch): θ ← θ − αλ·θ, where the
    /// schedule's row for this step has αλ in <see cref="Schedule.WeightDecay"/>. Adam's moments do not see it.
    /// </summary>
    /// <param name="schedule">(steps, <see cref="Schedule.Columns"/>).</param>
    /// <param name="counters">(1, <see cref="Counter.Count"/>).</param>
    /// <param name="parameters">θ, updated.</param>
    void DecayWeights(View<float> schedule, View<int> counters, View<float> parameters);
}
