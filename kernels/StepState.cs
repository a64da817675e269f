namespace GpuVae.Kernels;

/// <summary>Positions in the counters (1, 2) that tell a step where it is. They live on the device.</summary>
public static class Counter
{
    /// <summary>Steps done in this epoch: chooses the batch and the row of the schedule.</summary>
    public const int StepInEpoch = 0;

    /// <summary>Steps done since the start of training: the step of every random number.</summary>
    public const int GlobalStep = 1;

    /// <summary>Number of counters.</summary>
    public const int Count = 2;
}

/// <summary>
/// Columns of the schedule (steps, 4), one row for each step of an epoch. The host computes it in double
/// precision and uploads it once an epoch, so that a step needs nothing from the host.
/// </summary>
public static class Schedule
{
    /// <summary>α / (1 − β₁ᵗ).</summary>
    public const int StepSize = 0;

    /// <summary>1 / √(1 − β₂ᵗ).</summary>
    public const int SecondMomentCorrection = 1;

    /// <summary>The weight of KL in the loss: β, or less of it while it warms up; 0 where KL has no part in it.</summary>
    public const int DivergenceWeight = 2;

    /// <summary>α times the weight decay λ: what a step takes from each weight, as a part of it.</summary>
    public const int WeightDecay = 3;

    /// <summary>Number of columns.</summary>
    public const int Columns = 4;
}

/// <summary>Adam's constants (Kingma and Ba 2015); the learning rate is in the <see cref="Schedule"/>.</summary>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Epsilon">Added to the root of the second moment.</param>
public readonly record struct AdamSettings(float Beta1 = 0.9f, float Beta2 = 0.999f, float Epsilon = 1e-8f)
{
    /// <summary>The paper's constants.</summary>
    public static AdamSettings Default { get; } = new(0.9f, 0.999f, 1e-8f);
}
