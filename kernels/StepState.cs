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
