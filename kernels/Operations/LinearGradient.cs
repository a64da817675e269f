namespace GpuVae.Kernels;

/// <summary>
/// The gradients of a dense layer y = x Wᵀ + b from G = ∂L/∂y: ∂x = epilogue(G W), ∂W = Gᵀ x and ∂b[j] = Σᵢ G[i, j].
/// </summary>
/// <param name="OutputGradient">G (B, out).</param>
/// <param name="Input">x (B, in).</param>
/// <param name="Weight">W (out, in); it may be empty where ∂x is.</param>
/// <param name="Epilogue">From G W to ∂x, where that is asked for: nothing, or the derivative of an activation below.</param>
/// <param name="InputGradient">∂x (B, in), or empty where nothing below learns; no part of it may be G, x or W.</param>
/// <param name="WeightGradient">∂W (out, in), no part of which may be G, x or W.</param>
/// <param name="BiasGradient">∂b (1, out).</param>
public readonly record struct LinearGradient(
    View<float> OutputGradient, View<float> Input, View<float> Weight, Epilogue Epilogue, View<float> InputGradient,
    View<float> WeightGradient, View<float> BiasGradient) : IOperation
{
    /// <summary>∂x = epilogue(G W).</summary>
    internal Multiply InputProduct => new(Orientation.NN, OutputGradient, Weight, Epilogue, InputGradient);

    /// <summary>∂W = Gᵀ x.</summary>
    internal Multiply WeightProduct => new(Orientation.TN, OutputGradient, Input, Epilogue.Store, WeightGradient);

    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands
    {
        get
        {
            OperandList sources = new OperandList().Source(OutputGradient).Source(Input);
            if (!InputGradient.IsEmpty)
                sources = Epilogue.AddTo(sources.Source(Weight)).Destination(InputGradient);
            return sources.Destination(WeightGradient).Destination(BiasGradient).ToList();
        }
    }

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost(
        WeightProduct.Cost.Flops + OutputGradient.Length + (InputGradient.IsEmpty ? 0 : InputProduct.Cost.Flops), Operands);

    /// <inheritdoc/>
    public void Check()
    {
        Shapes.Require(Input.Rows == OutputGradient.Rows);
        Shapes.Require(WeightGradient.Rows == OutputGradient.Columns);
        Shapes.Require(WeightGradient.Columns == Input.Columns);
        Shapes.Require(BiasGradient.Length == OutputGradient.Columns);
        Shapes.RequireApart(OutputGradient, WeightGradient);
        Shapes.RequireApart(OutputGradient, BiasGradient);
        Shapes.RequireApart(Input, WeightGradient);
        Shapes.RequireApart(Input, BiasGradient);
        if (InputGradient.IsEmpty)
            return;
        Shapes.RequireSame(Weight, WeightGradient);
        Shapes.RequireSame(Input, InputGradient);
        Shapes.Require(Epilogue.Kind is EpilogueKind.Store or EpilogueKind.Derivative);
        Epilogue.Check(Input.Rows, Input.Columns);
        // A device may do both products at the same time.
        Shapes.RequireApart(OutputGradient, InputGradient);
        Shapes.RequireApart(Input, InputGradient);
        Shapes.RequireApart(Weight, InputGradient);
        Shapes.RequireApart(Weight, WeightGradient);
        Shapes.RequireApart(Weight, BiasGradient);
    }

    /// <summary>Two products, and then the sums of columns.</summary>
    /// <inheritdoc/>
    public void Expand(IDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        // The layer below comes first: its product reads G row after row, as memory gives it fastest, and leaves it in
        // the caches for the other two.
        if (!InputGradient.IsEmpty)
            device.Run(InputProduct);
        device.Run(WeightProduct);
        device.Run(new SumColumns(OutputGradient, BiasGradient));
    }
}
