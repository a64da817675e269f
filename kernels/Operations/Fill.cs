namespace GpuVae.Kernels;

/// <summary>values[i] = value.</summary>
/// <param name="Value">The number; a recorded step keeps it.</param>
/// <param name="Values">Any shape.</param>
public readonly record struct Fill(float Value, View<float> Values) : IOperation
{
    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands => new OperandList().Destination(Values).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost(0, Operands);

    /// <inheritdoc/>
    public void Check() => Shapes.Require(!Values.IsEmpty);
}
