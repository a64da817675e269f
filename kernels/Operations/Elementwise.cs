namespace GpuVae.Kernels;

/// <summary>A function of two numbers.</summary>
public enum ElementwiseFunction
{
    /// <summary>a + b.</summary>
    Add,

    /// <summary>a − b.</summary>
    Subtract,

    /// <summary>a · b.</summary>
    Multiply,
}

/// <summary>c[i, j] = f(a[i, j], b[i, j]); a B of one row is broadcast to every row of A.</summary>
/// <param name="Function">f.</param>
/// <param name="A">(R, N).</param>
/// <param name="B">(R, N) or (1, N).</param>
/// <param name="C">(R, N); may be A or B itself, where B has R rows.</param>
public readonly record struct Elementwise(ElementwiseFunction Function, View<float> A, View<float> B, View<float> C)
    : IOperation
{
    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands => new OperandList().Source(A).Source(B).Destination(C).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost(C.Length, Operands);

    /// <inheritdoc/>
    public void Check()
    {
        Shapes.RequireSame(A, C);
        Shapes.Require(B.Columns == A.Columns && (B.Rows == A.Rows || B.Rows == 1));
        if (B.Rows != A.Rows)
            Shapes.RequireApart(B, C);
    }
}
