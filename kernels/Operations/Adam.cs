namespace GpuVae.Kernels;

/// <summary>Adam's constants (Kingma and Ba 2015); the learning rate is in the <see cref="Schedule"/>.</summary>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Epsilon">Added to the root of the second moment.</param>
public readonly record struct AdamSettings(float Beta1 = 0.9f, float Beta2 = 0.999f, float Epsilon = 1e-8f)
{
    /// <summary>The paper's constants.</summary>
    public static AdamSettings Default { get; } = new(0.9f, 0.999f, 1e-8f);
}

/// <summary>
/// One step of Adam (Kingma and Ba 2015, algorithm 1) over n numbers: m ← β₁m + (1 − β₁)g,
/// v ← β₂v + (1 − β₂)g², θ ← θ − a·m / (c·√v + ε), where row <see cref="Counter.StepInEpoch"/> of the schedule has
/// a = α/(1 − β₁ᵗ) in <see cref="Schedule.StepSize"/> and c = 1/√(1 − β₂ᵗ) in
/// <see cref="Schedule.SecondMomentCorrection"/>.
/// </summary>
/// <param name="Gradient">(1, n).</param>
/// <param name="Schedule">(steps, <see cref="Schedule.Columns"/>).</param>
/// <param name="Counters">(1, <see cref="Counter.Count"/>).</param>
/// <param name="Settings">β₁, β₂ and ε.</param>
/// <param name="FirstMoment">m (1, n), updated.</param>
/// <param name="SecondMoment">v (1, n), updated.</param>
/// <param name="Parameters">θ (1, n), updated.</param>
public readonly record struct Adam(
    View<float> Gradient, View<float> Schedule, View<int> Counters, AdamSettings Settings,
    View<float> FirstMoment, View<float> SecondMoment, View<float> Parameters) : IOperation
{
    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands =>
        new OperandList().Source(Gradient).Source(Schedule).Source(Counters).Update(FirstMoment).Update(SecondMoment)
            .Update(Parameters).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => new(12.0 * Parameters.Length, 7.0 * sizeof(float) * Parameters.Length);

    /// <inheritdoc/>
    public void Check()
    {
        Shapes.Require(Gradient.Length == Parameters.Length);
        Shapes.Require(FirstMoment.Length == Parameters.Length);
        Shapes.Require(SecondMoment.Length == Parameters.Length);
        Shapes.RequireSchedule(Schedule);
        Shapes.RequireCounters(Counters);
    }
}
