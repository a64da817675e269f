namespace GpuVae.Kernels;

/// <summary>
/// C (M, N) = epilogue(S): what a product does to its sums, for numbers that are in memory already. Layers that do not end
/// in a product are followed by it, and activations whose derivative needs their input are applied with it, since a product
/// would not keep that input.
/// </summary>
/// <param name="S">(M, N).</param>
/// <param name="Epilogue">What is done; a bias may be absent.</param>
/// <param name="C">(M, N); may be S itself.</param>
public readonly record struct ApplyEpilogue(View<float> S, Epilogue Epilogue, View<float> C) : IOperation
{
    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands => Epilogue.AddTo(new OperandList().Source(S)).Destination(C).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost(C.Length * Math.Max(1, Epilogue.FlopsPerElement), Operands);

    /// <inheritdoc/>
    public void Check()
    {
        Shapes.RequireSame(S, C);
        Epilogue.Check(C.Rows, C.Columns);
    }
}
