using GpuVae.Kernels;

namespace GpuVae.Cases.Reference;

/// <summary>Products, and what follows their sums.</summary>
internal static class ReferenceProducts
{
    public static void Run(in Multiply product)
    {
        (int m, int n, int k) = (product.M, product.N, product.K);
        bool transposesA = product.Orientation == Orientation.TN, transposesB = product.Orientation == Orientation.NT;
        Span<double> a = product.A.Span(), b = product.B.Span();
        var sums = new double[m * n];
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                for (int p = 0; p < k; p++)
                {
                    sums[(i * n) + j] += a[transposesA ? (p * m) + i : (i * k) + p]
                        * b[transposesB ? (j * k) + p : (p * n) + j];
                }
            }
        }
        Apply(sums, product.Epilogue, product.C);
    }

    public static void Run(in ApplyEpilogue operation) =>
        Apply(operation.S.Span().ToArray(), operation.Epilogue, operation.C);

    /// <summary>Turns sums (M, N) into C (M, N), and into the loss where there is one.</summary>
    public static void Apply(double[] sums, in Epilogue epilogue, View<float> c)
    {
        if (epilogue.Kind == EpilogueKind.Likelihood)
            epilogue.Loss.Span().Clear();
        Span<double> destination = c.Span();
        for (int element = 0; element < sums.Length; element++)
        {
            double sum = sums[element];
            double biased = sum + (epilogue.Bias.IsEmpty ? 0 : epilogue.Bias.Span()[element % c.Columns]);
            switch (epilogue.Kind)
            {
                case EpilogueKind.Store:
                    destination[element] = sum;
                    break;
                case EpilogueKind.Activation:
                    destination[element] = ReferenceFunctions.Activate(epilogue.Activation, biased);
                    break;
                case EpilogueKind.Derivative:
                    double saved = epilogue.Saved.Span()[element];
                    destination[element] = sum * ReferenceFunctions.Derivative(epilogue.Activation, saved);
                    break;
                case EpilogueKind.Likelihood:
                    double target = epilogue.Target.Span()[element];
                    epilogue.Loss.Span()[element / c.Columns] +=
                        ReferenceFunctions.Loss(epilogue.Function, biased, target);
                    destination[element] =
                        epilogue.GradientScale * ReferenceFunctions.Gradient(epilogue.Function, biased, target);
                    break;
                default:
                    throw new ArgumentOutOfRangeException(nameof(epilogue));
            }
        }
    }
}
