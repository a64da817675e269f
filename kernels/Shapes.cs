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

    /// <summary>K, where a matrix has that of <paramref name="draws"/> rows for each of <paramref name="images"/>.</summary>
    public static int Draws(long images, long draws)
    {
        Require(images == 0 ? draws == 0 : draws > 0 && draws % images == 0, nameof(draws));
        return images == 0 ? 1 : (int)(draws / images);
    }

    /// <summary>Columns of a posterior of k units.</summary>
    public static int PosteriorWidth(Covariance covariance, int units) =>
        (2 * units) + (covariance == Covariance.Full ? units * (units - 1) / 2 : 0);

    /// <summary>K of a draw from a posterior, checked against its operands.</summary>
    public static int OfSample(
        Covariance covariance, View<float> posterior, View<float> epsilon, View<float> z, View<float> divergence)
    {
        Require(posterior.Columns == PosteriorWidth(covariance, z.Columns), nameof(posterior));
        Require(epsilon.Rows == z.Rows && epsilon.Columns == z.Columns, nameof(epsilon));
        Require(divergence.Length == posterior.Rows, nameof(divergence));
        return Draws(posterior.Rows, z.Rows);
    }

    /// <summary>K of the gradient of a draw, checked against its operands.</summary>
    public static int OfSampleGradient(
        Covariance covariance, View<float> posterior, View<float> epsilon, View<float> zGradient,
        in DivergenceGradient divergence, View<float> posteriorGradient)
    {
        Require(posterior.Columns == PosteriorWidth(covariance, zGradient.Columns), nameof(posterior));
        Require(epsilon.Rows == zGradient.Rows && epsilon.Columns == zGradient.Columns, nameof(epsilon));
        Require(
            divergence.UnitWeights.IsEmpty || divergence.UnitWeights.Length == zGradient.Columns, nameof(divergence));
        Require(
            posteriorGradient.Rows == posterior.Rows && posteriorGradient.Columns == posterior.Columns,
            nameof(posteriorGradient));
        return Draws(posterior.Rows, zGradient.Rows);
    }

    /// <summary>K of importance weights, checked against their operands.</summary>
    public static int OfLogWeights(
        View<float> posterior, Covariance covariance, View<float> epsilon, View<float> z, View<float> reconstruction,
        View<float> logWeights)
    {
        Require(posterior.Columns == PosteriorWidth(covariance, z.Columns), nameof(posterior));
        Require(epsilon.Rows == z.Rows && epsilon.Columns == z.Columns, nameof(epsilon));
        Require(reconstruction.Length == z.Rows, nameof(reconstruction));
        Require(logWeights.Length == z.Rows && logWeights.Rows == posterior.Rows, nameof(logWeights));
        return Draws(posterior.Rows, z.Rows);
    }
}
