namespace GpuVae.Kernels;

/// <summary>
/// The end of a training step: keeps its loss, takes a step of <see cref="Adam"/>, and then counts the step, as
/// <see cref="Advance"/> does.
/// </summary>
/// <param name="Loss">Σⱼ of each term of the loss.</param>
/// <param name="Update">The step of the optimizer, with the same counters.</param>
public readonly record struct EndStep(SumTerms Loss, Adam Update) : IOperation
{
    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands =>
        new OperandList().Source(Loss.Terms).Source(Update.Gradient).Source(Update.Schedule).Update(Loss.Counters)
            .Update(Loss.History).Update(Update.FirstMoment).Update(Update.SecondMoment).Update(Update.Parameters).ToList();

    /// <inheritdoc/>
    public OperationCost Cost
    {
        get
        {
            OperationCost loss = Loss.Cost, update = Update.Cost, count = new Advance(Loss.Counters).Cost;
            return new(loss.Flops + update.Flops + count.Flops, loss.Bytes + update.Bytes + count.Bytes);
        }
    }

    /// <inheritdoc/>
    public void Check()
    {
        Loss.Check();
        Update.Check();
        Shapes.Require(Loss.Counters == Update.Counters);
    }

    /// <summary>One after the other.</summary>
    /// <inheritdoc/>
    public void Expand(IDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        device.Run(Loss);
        device.Run(Update);
        device.Run(new Advance(Loss.Counters));
    }
}
