namespace GpuVae.Kernels;

/// <summary>
/// An exponential moving average: a ← (1 − momentum) · a + momentum · scale · v, number by number. With scale n/(n − 1) the
/// variance of n numbers counts as the estimate without bias.
/// </summary>
/// <param name="Values">v.</param>
/// <param name="Scale">The factor of v.</param>
/// <param name="Momentum">The part of the new: 0 keeps the average, 1 replaces it.</param>
/// <param name="Average">a of v's shape.</param>
public readonly record struct MovingAverage(View<float> Values, float Scale, float Momentum, View<float> Average) : IOperation
{
    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands => new OperandList().Source(Values).Update(Average).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost(3.0 * Values.Length, Operands);

    /// <inheritdoc/>
    public void Check()
    {
        Shapes.RequireSame(Values, Average);
        Shapes.Require(Momentum is >= 0 and <= 1);
    }
}
