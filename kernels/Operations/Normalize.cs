namespace GpuVae.Kernels;

/// <summary>
/// y = epilogue(γ (x − μ) / √(σ² + ε) + β), with μ and σ² of the example and of the channel's group, and γ and β of the channel:
/// with those of <see cref="Moments"/> batch or group normalisation in training, with running estimates batch normalisation at
/// use.
/// </summary>
/// <param name="X">x, maps of N·P·C numbers, channels last.</param>
/// <param name="Mean">μ (N, G): 1 example is the whole batch.</param>
/// <param name="Variance">σ² (N, G).</param>
/// <param name="Epsilon">ε, above 0.</param>
/// <param name="Weight">γ (1, C).</param>
/// <param name="Bias">β (1, C).</param>
/// <param name="Epilogue">What follows: neither a likelihood nor a bias.</param>
/// <param name="Y">y of x's shape; may be x itself.</param>
public readonly record struct Normalize(
    View<float> X, View<float> Mean, View<float> Variance, float Epsilon, View<float> Weight, View<float> Bias,
    Epilogue Epilogue, View<float> Y) : IOperation
{
    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands => Epilogue.AddTo(
        new OperandList().Source(X).Source(Mean).Source(Variance).Source(Weight).Source(Bias)).Destination(Y).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost(Y.Length * (3.0 + Epilogue.FlopsPerElement), Operands);

    /// <inheritdoc/>
    public void Check()
    {
        Shapes.RequireSame(Mean, Variance);
        Shapes.RequireSame(X, Y);
        Shapes.Require(Epsilon > 0);
        Shapes.Require(Bias.Length == Weight.Length);
        Shapes.Require(Mean.Length >= 1 && Weight.Rows == 1 && Weight.Length >= 1 && Weight.Length % Mean.Columns == 0);
        Shapes.Require(X.Length % (Mean.Rows * Weight.Length) == 0);
        NormalizationShapes.RequireEpilogue(Epilogue, Y);
    }
}

/// <summary>What the operations of normalisation ask of their operands.</summary>
internal static class NormalizationShapes
{
    /// <summary>Throws where what follows has a bias or losses, or does not fit.</summary>
    public static void RequireEpilogue(in Epilogue epilogue, View<float> output)
    {
        Shapes.Require(epilogue.Kind != EpilogueKind.Likelihood);
        Shapes.Require(epilogue.Bias.IsEmpty);
        epilogue.Check(output.Rows, output.Columns);
    }
}
