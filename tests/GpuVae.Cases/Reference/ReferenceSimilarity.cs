using GpuVae.Kernels;

namespace GpuVae.Cases.Reference;

/// <summary>Windows of two pictures by their formulas: every window and every pixel in it.</summary>
internal static class ReferenceSimilarity
{
    public static void Run(in GaussianFilter operation)
    {
        Span<double> x = operation.X.Span(), y = operation.Y.Span();
        (int height, int width, int channels) = (operation.Map.Height, operation.Map.Width, operation.Map.Channels);
        double sigma = operation.Sigma;
        double Bell(int u) => Math.Exp(-u * u / (2 * sigma * sigma));
        double whole = Enumerable.Range(-GaussianFilter.Reach, (2 * GaussianFilter.Reach) + 1).Sum(Bell);
        for (int i = 0; i < y.Length; i++)
        {
            int row = i / (width * channels) % height, column = i / channels % width;
            y[i] = 0;
            for (int u = -GaussianFilter.Reach; u <= GaussianFilter.Reach; u++)
            {
                for (int v = -GaussianFilter.Reach; v <= GaussianFilter.Reach; v++)
                {
                    if (row + u >= 0 && row + u < height && column + v >= 0 && column + v < width)
                        y[i] += Bell(u) * Bell(v) / (whole * whole) * x[i + (((u * width) + v) * channels)];
                }
            }
        }
    }

    public static void Run(in StructuralSimilarity operation)
    {
        Span<double> meanX = operation.MeanX.Span(), meanY = operation.MeanY.Span();
        Span<double> meanSquares = operation.MeanSquares.Span(), meanProduct = operation.MeanProduct.Span();
        Span<double> similarity = operation.Similarity.Span();
        int pixels = operation.MeanX.Columns;
        const double C1 = 0.01 * 0.01, C2 = 0.03 * 0.03;
        similarity.Clear();
        for (int i = 0; i < meanX.Length; i++)
        {
            double x = meanX[i], y = meanY[i];
            double a = (2 * x * y) + C1, b = (x * x) + (y * y) + C1;
            double d = (2 * (meanProduct[i] - (x * y))) + C2;
            double e = Math.Max(0, meanSquares[i] - (x * x) - (y * y)) + C2;
            // Quotients by the rule of quotients.
            double l = a / b, c = d / e;
            double lByMean = ((2 * x * b) - (a * 2 * y)) / (b * b), cByMean = ((-2 * x * e) + (d * 2 * y)) / (e * e);
            if (!operation.HasLuminance)
                (l, lByMean) = (1, 0);
            similarity[i / pixels] += l * c / pixels;
            operation.MeanGradient.Span()[i] = ((lByMean * c) + (l * cByMean)) / pixels;
            operation.SquaresGradient.Span()[i] = -2 * l * d / (e * e) / pixels;
            operation.ProductGradient.Span()[i] = l * 2 / e / pixels;
        }
    }

    public static void Run(in PowerProduct operation)
    {
        Span<double> factors = operation.Factors.Span(), exponents = operation.Exponents.Span();
        Span<double> product = operation.Product.Span(), derivatives = operation.Derivatives.Span();
        double floor = operation.Floor;
        product.Fill(1);
        for (int i = 0; i < factors.Length; i++)
            product[i % product.Length] *= Math.Pow(Math.Max(factors[i], floor), exponents[i / product.Length]);
        for (int i = 0; i < factors.Length; i++)
        {
            derivatives[i] = factors[i] < floor
                ? 0
                : exponents[i / product.Length] * product[i % product.Length] / factors[i];
        }
    }
}
