namespace GpuVae.Kernels;

/// <summary>What noise does to a number x of an image.</summary>
public enum CorruptionKind
{
    /// <summary>x̃ = x + amount · n with n ~ N(0, 1), clipped to the range of the data.</summary>
    Gaussian,

    /// <summary>x̃ = 0 with probability amount, else x (Vincent and others 2008, section 2.3).</summary>
    Masking,

    /// <summary>x̃ is the lowest or the highest number of the range with probability amount/2 each, else x.</summary>
    SaltAndPepper,
}

/// <summary>A corruption in numbers.</summary>
/// <param name="Kind">What the noise does.</param>
/// <param name="Amount">Standard deviation of gaussian noise; the probability of the others.</param>
/// <param name="Low">The lowest number of the data.</param>
/// <param name="High">The highest.</param>
public readonly record struct CorruptionSettings(
    CorruptionKind Kind, float Amount, float Low = 0f, float High = 1f);

/// <summary>x̃ ~ C(x̃ | x): each number on its own, by the formula of its <see cref="CorruptionKind"/>.</summary>
/// <param name="Clean">x (B, D).</param>
/// <param name="Counters">(1, <see cref="Counter.Count"/>); the noise is a function of the global step.</param>
/// <param name="Settings">What the noise does, and how much.</param>
/// <param name="Noise">Where it comes from; element i·D + j is number j of row i.</param>
/// <param name="Corrupted">x̃ (B, D).</param>
public readonly record struct Corrupt(
    View<float> Clean, View<int> Counters, CorruptionSettings Settings, RandomSource Noise, View<float> Corrupted)
    : IOperation
{
    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands =>
        new OperandList().Source(Clean).Source(Counters).Destination(Corrupted).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost(16.0 * Clean.Length, Operands);

    /// <inheritdoc/>
    public void Check()
    {
        Shapes.RequireSame(Clean, Corrupted);
        Shapes.RequireCounters(Counters);
    }
}
