namespace GpuVae.Kernels;

/// <summary>
/// The likelihood of bytes by a mixture of K discretised logistic distributions (Salimans et al. 2017, equations 1 and 2, each channel by
/// itself): P(k) = Σⱼ πⱼ (σ(aⱼ) − σ(bⱼ)) with aⱼ = (x + 1/510 − μⱼ)/sⱼ, +∞ for 255, and bⱼ = (x − 1/510 − μⱼ)/sⱼ, −∞ for 0, x = k/255.
/// The 3 K outputs of a number are mⱼ, ℓⱼ and λⱼ: μⱼ = mⱼ + (j + ½)/K, π = softmax(ℓ) and sⱼ = e^(λⱼ + <see cref="StartLogScale"/>), so that
/// outputs of 0 are a distribution that has a bit of everything.
/// </summary>
/// <remarks>
/// With the responsibilities rⱼ = πⱼ Pⱼ/P, ∂/∂ℓⱼ = πⱼ − rⱼ, and ∂/∂mⱼ and ∂/∂λⱼ are rⱼ times those of
/// <see cref="DiscretizedLogistic"/>. log s counts as at least <see cref="LeastLogScale"/> and at most <see cref="MostLogScale"/>; beyond,
/// the gradient is that at the bound where it leads back, and else 0. It is a probability, so that loss/(D log 2) is exactly bits per
/// dimension.
/// </remarks>
/// <param name="Target">x (R, D), bytes divided by 255: pixels of C channels.</param>
/// <param name="Components">K.</param>
/// <param name="Channels">C.</param>
/// <param name="GradientScale">The factor of the gradient.</param>
/// <param name="Loss">(1, R): Σ −log P of each row, in nats.</param>
/// <param name="Outputs">
/// (R, 3 K D): of each pixel C numbers m₁, then C numbers m₂ and so on, then those ℓ and those λ; they become scale · ∂loss/∂m, ∂ℓ and ∂λ.
/// </param>
public readonly record struct LogisticMixture(
    View<float> Target, int Components, int Channels, float GradientScale, View<float> Loss, View<float> Outputs) : IOperation
{
    /// <summary>The most components.</summary>
    public const int MostComponents = 16;

    /// <summary>log s of an output λ = 0: a tenth of black to white, less than three components are apart.</summary>
    public const float StartLogScale = -2.3f;

    /// <summary>The least log s: a tenth of a byte.</summary>
    public const float LeastLogScale = -8;

    /// <summary>The largest log s.</summary>
    public const float MostLogScale = 2;

    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands => new OperandList().Source(Target).Destination(Loss).Update(Outputs).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost(60.0 * Components * Target.Length, Operands);

    /// <summary>μ of a component whose output is 0.</summary>
    public static float StartOf(int component, int components) => (component + 0.5f) / components;

    /// <inheritdoc/>
    public void Check()
    {
        Shapes.Require(Components is >= 1 and <= MostComponents);
        Shapes.Require(Outputs.Rows == Target.Rows && Outputs.Columns == 3L * Components * Target.Columns);
        Shapes.Require(Channels > 0 && Target.Columns % Channels == 0);
        Shapes.Require(Loss.Length == Target.Rows);
        Shapes.RequireApart(Target, Outputs);
    }
}

/// <summary>The picture of a <see cref="LogisticMixture"/>: Σⱼ πⱼ μⱼ, each μ within 0 … 1.</summary>
/// <param name="Outputs">(R, 3 K D), as of <see cref="LogisticMixture"/>.</param>
/// <param name="Components">K.</param>
/// <param name="Channels">C.</param>
/// <param name="Means">(R, D).</param>
public readonly record struct LogisticMixtureMean(View<float> Outputs, int Components, int Channels, View<float> Means) : IOperation
{
    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands => new OperandList().Source(Outputs).Destination(Means).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost(15.0 * Components * Means.Length, Operands);

    /// <inheritdoc/>
    public void Check()
    {
        Shapes.Require(Components is >= 1 and <= LogisticMixture.MostComponents);
        Shapes.Require(Outputs.Rows == Means.Rows && Outputs.Columns == 3L * Components * Means.Columns);
        Shapes.Require(Channels > 0 && Means.Columns % Channels == 0);
        Shapes.RequireApart(Outputs, Means);
    }
}
