namespace GpuVae.Kernels;

/// <summary>
/// The beta-binomial likelihood of bytes (Skellam 1948; of pixels by Townsend, Bird and Barber 2019): a byte k of n = 255 has
/// P(k) = C(n, k) B(k + α, n − k + β)/B(α, β), a binomial distribution whose probability is drawn from a beta distribution. The two
/// outputs of a number are ℓ and s, with α = eˢ σ(ℓ) and β = eˢ σ(−ℓ): its mean is 255 σ(ℓ), and eˢ says how near to a binomial
/// distribution it is (s large) or how much of it lies at 0 and 255 (s small).
/// </summary>
/// <remarks>
/// With (x)ₖ = x (x + 1) … (x + k − 1), P = C(n, k) (α)ₖ (β)ₙ₋ₖ/(eˢ)ₙ. With D(x, k) = Σ_{i&lt;k} 1/(x + i),
/// ∂/∂ℓ = α σ(−ℓ) · (D(β, n − k) − D(α, k)) and ∂/∂s = eˢ D(eˢ, n) − α D(α, k) − β D(β, n − k). ℓ counts as at most
/// <see cref="MostLogit"/> and s as at most <see cref="MostLogConcentration"/> from 0; beyond, the gradient is that at the bound where
/// it leads back, and else 0. It is a probability, so that loss/(D log 2) is exactly bits per dimension.
/// </remarks>
/// <param name="Target">x (R, D), bytes divided by 255: pixels of C channels.</param>
/// <param name="LogChoices">(1, 256): see <see cref="MakeLogChoices"/>.</param>
/// <param name="Channels">C.</param>
/// <param name="GradientScale">The factor of the gradient.</param>
/// <param name="Loss">(1, R): Σ −log P of each row, in nats.</param>
/// <param name="Outputs">(R, 2 D): of each pixel C numbers ℓ, then C numbers s; they become scale · ∂loss/∂ℓ and scale · ∂loss/∂s.</param>
public readonly record struct BetaBinomial(
    View<float> Target, View<float> LogChoices, int Channels, float GradientScale, View<float> Loss, View<float> Outputs) : IOperation
{
    /// <summary>n, the largest byte.</summary>
    public const int Trials = 255;

    /// <summary>The largest |ℓ|: a mean within 10⁻⁴ bytes of black or white.</summary>
    public const float MostLogit = 15;

    /// <summary>The largest |s|: from two points to a distribution a tenth wider than the binomial one.</summary>
    public const float MostLogConcentration = 7;

    /// <summary>What <see cref="LogChoices"/> holds: log C(255, k) for k = 0 … 255.</summary>
    public static float[] MakeLogChoices()
    {
        var logs = new float[Trials + 1];
        double log = 0;
        for (int k = 1; k <= Trials; k++)
            logs[k] = (float)(log += Math.Log((Trials + 1 - k) / (double)k));
        return logs;
    }

    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands =>
        new OperandList().Source(Target).Source(LogChoices).Destination(Loss).Update(Outputs).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost(250.0 * Target.Length, Operands);

    /// <inheritdoc/>
    public void Check()
    {
        Shapes.Require(Outputs.Rows == Target.Rows && Outputs.Columns == 2L * Target.Columns);
        Shapes.Require(LogChoices.Length == Trials + 1);
        Shapes.Require(Channels > 0 && Target.Columns % Channels == 0);
        Shapes.Require(Loss.Length == Target.Rows);
        Shapes.RequireApart(Target, Outputs);
    }
}
