using System.Runtime.CompilerServices;

namespace GpuVae.Kernels;

/// <summary>Checks that the operands of an operation fit together: a wrong shape is a mistake in the caller.</summary>
internal static class Shapes
{
    /// <summary>Throws where <paramref name="condition"/> does not hold.</summary>
    /// <exception cref="ArgumentException">Names the operand and the condition.</exception>
    public static void Require(
        bool condition, string operand, [CallerArgumentExpression(nameof(condition))] string expression = "")
    {
        if (!condition)
            throw new ArgumentException($"Wrong shape: {expression} does not hold.", operand);
    }

    /// <summary>M, N and K of a product, checked against its operands and its epilogue's.</summary>
    public static (int M, int N, int K) OfProduct(
        Orientation orientation, View<float> a, View<float> b, in Epilogue epilogue, View<float> c)
    {
        (int m, int k) = orientation == Orientation.TN ? (a.Columns, a.Rows) : (a.Rows, a.Columns);
        (int n, int depth) = orientation == Orientation.NT ? (b.Rows, b.Columns) : (b.Columns, b.Rows);
        Require(depth == k, nameof(b));
        Require(c.Rows == m && c.Columns == n, nameof(c));
        if (epilogue.Kind is EpilogueKind.BiasActivation or EpilogueKind.Likelihood)
            Require(epilogue.Bias.Length == n, nameof(epilogue.Bias));
        if (epilogue.Kind == EpilogueKind.Derivative)
            Require(epilogue.Activated.Rows == m && epilogue.Activated.Columns == n, nameof(epilogue.Activated));
        if (epilogue.Kind == EpilogueKind.Likelihood)
        {
            Require(epilogue.Target.Rows == m && epilogue.Target.Columns == n, nameof(epilogue.Target));
            Require(epilogue.Loss.Length == m, nameof(epilogue.Loss));
        }
        return (m, n, k);
    }
}
