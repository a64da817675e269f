using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu.Similarity;

/// <summary>g(0) … g(5) of a <see cref="GaussianFilter"/>, as a kernel takes them.</summary>
internal readonly struct FilterWeights
{
    public FilterWeights(in GaussianFilter operation)
    {
        Span<float> weights = stackalloc float[GaussianFilter.Reach + 1];
        operation.FillWeights(weights);
        (W0, W1, W2) = (weights[0], weights[1], weights[2]);
        (W3, W4, W5) = (weights[3], weights[4], weights[5]);
    }

    public readonly float W0;
    public readonly float W1;
    public readonly float W2;
    public readonly float W3;
    public readonly float W4;
    public readonly float W5;
}

/// <summary>
/// <see cref="GaussianFilter"/> down the columns and then along the rows, a thread for each number; and
/// <see cref="StructuralSimilarity"/>, a group of threads for each picture; and <see cref="PowerProduct"/>, a thread for each.
/// </summary>
internal static class SimilarityKernels
{
    private static readonly LazyKernel<FilterLauncher> _filter = new(Filter);
    private static readonly LazyKernel<SimilarityLauncher> _similarity = new(Similarity);
    private static readonly LazyKernel<ProductLauncher> _product = new(Product);

    private delegate void FilterLauncher(
        AcceleratorStream stream, KernelConfig config, int length, int side, int step, FilterWeights weights, ArrayView<float> x,
        ArrayView<float> y);

    private delegate void SimilarityLauncher(
        AcceleratorStream stream, KernelConfig config, int pixels, int hasLuminance, ArrayView<float> meanX,
        ArrayView<float> meanY, ArrayView<float> meanSquares, ArrayView<float> meanProduct, ArrayView<float> similarity,
        ArrayView<float> meanGradient, ArrayView<float> squaresGradient, ArrayView<float> productGradient);

    private delegate void ProductLauncher(
        AcceleratorStream stream, KernelConfig config, int columns, int factors, float floor, ArrayView<float> values,
        ArrayView<float> exponents, ArrayView<float> product, ArrayView<float> derivatives);

    /// <summary>
    /// Loops over the elements of y; along a side of so many numbers neighbours lie <paramref name="step"/> apart.
    /// </summary>
    public static void Filter(int length, int side, int step, FilterWeights weights, ArrayView<float> x, ArrayView<float> y)
    {
        int stride = Grid.DimX * Group.DimX;
        for (int element = (Grid.IdxX * Group.DimX) + Group.IdxX; element < length; element += stride)
        {
            int place = element / step % side;
            float sum = weights.W0 * x[element];
            sum += weights.W1 * Neighbours(1, place, side, step, element, x);
            sum += weights.W2 * Neighbours(2, place, side, step, element, x);
            sum += weights.W3 * Neighbours(3, place, side, step, element, x);
            sum += weights.W4 * Neighbours(4, place, side, step, element, x);
            sum += weights.W5 * Neighbours(5, place, side, step, element, x);
            y[element] = sum;
        }
    }

    /// <summary>A group for each picture; a thread has every G-th pixel.</summary>
    public static void Similarity(
        int pixels, int hasLuminance, ArrayView<float> meanX, ArrayView<float> meanY, ArrayView<float> meanSquares,
        ArrayView<float> meanProduct, ArrayView<float> similarity, ArrayView<float> meanGradient,
        ArrayView<float> squaresGradient, ArrayView<float> productGradient)
    {
        int first = Grid.IdxX * pixels;
        float share = 1f / pixels, terms = 0f;
        for (int pixel = Group.IdxX; pixel < pixels; pixel += Group.DimX)
        {
            int at = first + pixel;
            float x = meanX[at], y = meanY[at];
            float squares = (x * x) + (y * y), difference = meanSquares[at] - squares;
            // Written so that NaN stays NaN.
            float variances = difference < 0f ? 0f : difference;
            float inverse = 1f / (variances + StructuralSimilarity.C2);
            float c = ((2f * (meanProduct[at] - (x * y))) + StructuralSimilarity.C2) * inverse;
            float other = 1f / (squares + StructuralSimilarity.C1);
            float luminance = ((2f * x * y) + StructuralSimilarity.C1) * other;
            float l = hasLuminance != 0 ? luminance : 1f;
            float ofLuminance = hasLuminance != 0 ? 2f * (x - (y * luminance)) * other * c : 0f;
            float byProduct = 2f * l * inverse * share;
            terms += l * c;
            meanGradient[at] = ((l * 2f * ((y * c) - x) * inverse) + ofLuminance) * share;
            squaresGradient[at] = -byProduct * c;
            productGradient[at] = byProduct;
        }
        float sum = GroupReduction.Sum(terms);
        if (Group.IdxX == 0)
            similarity[Grid.IdxX] = sum / pixels;
    }

    /// <summary>Loops over the columns.</summary>
    public static void Product(
        int columns, int factors, float floor, ArrayView<float> values, ArrayView<float> exponents, ArrayView<float> product,
        ArrayView<float> derivatives)
    {
        int stride = Grid.DimX * Group.DimX;
        for (int column = (Grid.IdxX * Group.DimX) + Group.IdxX; column < columns; column += stride)
        {
            float logarithm = 0f;
            for (int m = 0; m < factors; m++)
            {
                float value = values[(m * columns) + column];
                logarithm += exponents[m] * MathF.Log(value < floor ? floor : value);
            }
            float power = MathF.Exp(logarithm);
            product[column] = power;
            for (int m = 0; m < factors; m++)
            {
                float value = values[(m * columns) + column];
                derivatives[(m * columns) + column] = value < floor ? 0f : exponents[m] * power / value;
            }
        }
    }

    internal static void Run(GpuDevice device, in GaussianFilter operation)
    {
        ArrayView<float> x = device.AsArray(operation.X), y = device.AsArray(operation.Y);
        int length = y.IntLength;
        if (length == 0)
            return;
        Shape map = operation.Map;
        var weights = new FilterWeights(operation);
        ArrayView<float> columns = device.PartialSums.Take(length);
        FilterLauncher filter = _filter.On(device);
        KernelConfig config = device.Configs.Elements(length);
        filter(device.LaunchStream(), config, length, map.Height, map.Width * map.Channels, weights, x, columns);
        filter(device.LaunchStream(), config, length, map.Width, map.Channels, weights, columns, y);
    }

    internal static void Run(GpuDevice device, in StructuralSimilarity operation)
    {
        (int pictures, int pixels) = (operation.MeanX.Rows, operation.MeanX.Columns);
        if (pictures == 0)
            return;
        _similarity.On(device)(
            device.LaunchStream(), device.Configs.Rows(pictures, pixels), pixels, operation.HasLuminance ? 1 : 0,
            device.AsArray(operation.MeanX), device.AsArray(operation.MeanY), device.AsArray(operation.MeanSquares),
            device.AsArray(operation.MeanProduct), device.AsArray(operation.Similarity), device.AsArray(operation.MeanGradient),
            device.AsArray(operation.SquaresGradient), device.AsArray(operation.ProductGradient));
    }

    internal static void Run(GpuDevice device, in PowerProduct operation)
    {
        (int factors, int columns) = (operation.Factors.Rows, operation.Factors.Columns);
        if (columns == 0)
            return;
        _product.On(device)(
            device.LaunchStream(), device.Configs.Elements(columns), columns, factors, operation.Floor,
            device.AsArray(operation.Factors), device.AsArray(operation.Exponents), device.AsArray(operation.Product),
            device.AsArray(operation.Derivatives));
    }

    /// <summary>The two numbers at a distance along a side, 0 for those that lie outside.</summary>
    private static float Neighbours(int distance, int place, int side, int step, int element, ArrayView<float> x)
    {
        float sum = 0f;
        if (place >= distance)
            sum += x[element - (distance * step)];
        if (place + distance < side)
            sum += x[element + (distance * step)];
        return sum;
    }
}
