using GpuVae.Kernels;

namespace GpuVae.Cases;

/// <summary>Gaussian filters, structural similarity and products of powers.</summary>
internal static class SimilarityCases
{
    private static readonly (int Images, Shape Map, CaseSize Size)[] _maps =
    [
        (1, new(1, 1, 1), CaseSize.Small), (2, new(3, 5, 1), CaseSize.Small), (3, new(5, 3, 3), CaseSize.Small),
        (1, new(1, 17, 2), CaseSize.Small), (2, new(13, 1, 7), CaseSize.Small), (1, new(16, 16, 3), CaseSize.Small),
        (2, new(6, 33, 1), CaseSize.Small), (3, new(28, 28, 1), CaseSize.Large), (5, new(37, 19, 5), CaseSize.Large),
        (128, new(28, 28, 1), CaseSize.Step), (32, new(64, 64, 3), CaseSize.Step),
    ];

    /// <summary>Every case.</summary>
    public static IEnumerable<OperationCase> All()
    {
        foreach ((int images, Shape map, CaseSize size) in _maps)
        {
            yield return Filter(images, map, 1.5f, size);
            yield return Similarity(images, map.Size, hasLuminance: true, isFlat: false, size);
            yield return Similarity(images, map.Size, hasLuminance: false, isFlat: false, size);
        }
        yield return Filter(2, new(9, 12, 3), 0.3f, CaseSize.Small);
        yield return Filter(2, new(9, 12, 3), 20, CaseSize.Small);
        yield return Similarity(3, 45, hasLuminance: true, isFlat: true, CaseSize.Small);
        yield return Similarity(3, 45, hasLuminance: false, isFlat: true, CaseSize.Small);
        foreach ((int factors, int columns) in ((int, int)[])[(1, 1), (2, 17), (3, 33), (5, 64)])
            yield return Product(factors, columns, CaseSize.Small);
        yield return Product(5, 1031, CaseSize.Large);
        yield return Product(2, 128, CaseSize.Step);
    }

    private static OperationCase Filter(int images, Shape map, float sigma, CaseSize size) =>
        OperationCase.Create(
            $"{images} of {map.Height}×{map.Width}×{map.Channels}, σ = {sigma:R}", size,
            workspace =>
            {
                View<float> x = workspace.Source(images, map.Size);
                return new GaussianFilter(map, sigma, x, workspace.Destination("y", images, map.Size, Tolerance.Sum(2)));
            });

    /// <summary>Moments that a window may have; those of flat pictures are 0 up to their rounding, or below.</summary>
    private static OperationCase Similarity(int pictures, int pixels, bool hasLuminance, bool isFlat, CaseSize size) =>
        OperationCase.Create(
            $"{pictures} of {pixels}{(hasLuminance ? "" : " without luminance")}{(isFlat ? " flat" : "")}", size,
            workspace =>
            {
                int length = pictures * pixels;
                // Dark, so that what is left of flat windows beside C₂ is not their rounding.
                float brightest = isFlat ? 0.25f : 1;
                float[] meanX = workspace.Random(length, u => brightest * u), meanY = workspace.Random(length, u => brightest * u);
                float[] variance = workspace.Random(length, u => isFlat ? 0 : 0.05f + (0.3f * u));
                float[] part = workspace.Random(length, u => (1.2f * u) - 0.2f);
                float Squares(int i) => (meanX[i] * meanX[i]) + (meanY[i] * meanY[i]) + variance[i] - (isFlat && i % 5 == 0 ? 0.01f : 0);
                float Product(int i) => (meanX[i] * meanY[i]) + (0.5f * variance[i] * part[i]);
                View<float> Source(Func<int, float> value) =>
                    workspace.Source(pictures, pixels, [.. Enumerable.Range(0, length).Select(value)]);
                // A variance is off by some roundings of squares, and is divided by the least there is with C₂.
                double least = isFlat ? StructuralSimilarity.C2 : 0.05;
                double factor = 16 * Tolerance.UnitRoundoff * brightest * brightest / least;
                View<float> Gradient(string name) =>
                    workspace.Destination(name, pictures, pixels, new(factor * brightest / least / pixels, factor));
                return new StructuralSimilarity(
                    hasLuminance, Source(i => meanX[i]), Source(i => meanY[i]), Source(Squares), Source(Product),
                    workspace.Destination("similarity", 1, pictures, new(factor, 0)), Gradient("meanGradient"),
                    Gradient("squaresGradient"), Gradient("productGradient"));
            });

    private static OperationCase Product(int factors, int columns, CaseSize size) =>
        OperationCase.Create(
            $"{factors} of {columns}", size,
            workspace =>
            {
                // Some are below the floor, and none so near to it that rounding decides.
                View<float> values = workspace.Source(factors, columns, u => u < 0.2f ? (u * 2) - 0.5f : u);
                View<float> exponents = workspace.Source(1, factors, 0.05f, 0.5f);
                View<float> product = workspace.Destination("product", 1, columns, new(0, 64 * Tolerance.UnitRoundoff));
                View<float> derivatives = workspace.Destination(
                    "derivatives", factors, columns, new(0, 64 * Tolerance.UnitRoundoff));
                return new PowerProduct(values, exponents, 0.1f, product, derivatives);
            });
}
