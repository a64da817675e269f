using GpuVae.Kernels;

namespace GpuVae.Cases.Reference;

/// <summary>Convolutions by their definition: every window and every pixel in it.</summary>
internal static class ReferenceConvolution
{
    public static void Run(in Convolve operation)
    {
        ConvolutionGeometry geometry = operation.Geometry;
        Span<double> x = operation.X.Span(), w = operation.Weight.Span();
        var y = new double[operation.Y.Length];
        foreach (Term term in Terms(geometry, operation.X.Rows))
            y[term.Small] += w[term.Weight] * x[term.Large];
        Follow(y, operation.Epilogue, operation.Y, geometry.Small.Channels);
    }

    public static void Run(in ConvolveTransposed operation)
    {
        ConvolutionGeometry geometry = operation.Geometry;
        Span<double> y = operation.Y.Span(), w = operation.Weight.Span();
        var x = new double[operation.X.Length];
        foreach (Term term in Terms(geometry, operation.X.Rows))
            x[term.Large] += w[term.Weight] * y[term.Small];
        Follow(x, operation.Epilogue, operation.X, geometry.Large.Channels);
    }

    public static void Run(in ConvolutionWeightGradient operation)
    {
        operation.WeightGradient.Span().Clear();
        Span<double> x = operation.X.Span(), gradient = operation.WeightGradient.Span(), g = operation.G.Span();
        foreach (Term term in Terms(operation.Geometry, operation.X.Rows))
            gradient[term.Weight] += g[term.Small] * x[term.Large];
    }

    private static IEnumerable<Term> Terms(ConvolutionGeometry geometry, int images)
    {
        (Shape large, Shape small, int k) = (geometry.Large, geometry.Small, geometry.Kernel);
        IEnumerable<(int B, int I, int J, int U, int V)> places =
            from b in Enumerable.Range(0, images)
            from i in Enumerable.Range(0, small.Height)
            from j in Enumerable.Range(0, small.Width)
            from u in Enumerable.Range(0, k)
            from v in Enumerable.Range(0, k)
            select (b, i, j, u, v);
        foreach ((int b, int i, int j, int u, int v) in places)
        {
            int h = (i * geometry.Stride) - geometry.Top + u, l = (j * geometry.Stride) - geometry.Left + v;
            if (h < 0 || h >= large.Height || l < 0 || l >= large.Width)
                continue;
            int source = ((((b * large.Height) + h) * large.Width) + l) * large.Channels;
            int target = ((((b * small.Height) + i) * small.Width) + j) * small.Channels;
            for (int o = 0; o < small.Channels; o++)
            {
                for (int c = 0; c < large.Channels; c++)
                    yield return new Term(source + c, target + o, (((((o * k) + u) * k) + v) * large.Channels) + c);
            }
        }
    }

    private static void Follow(double[] sums, in Epilogue epilogue, View<float> result, int channels) =>
        ReferenceProducts.Apply(
            sums, epilogue, epilogue.Bias.IsEmpty ? result : result.Reshape((int)(result.Length / channels), channels));

    private readonly record struct Term(int Large, int Small, int Weight);
}
