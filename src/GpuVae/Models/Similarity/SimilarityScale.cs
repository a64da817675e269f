using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// A scale of a <see cref="SimilarityTerm"/>: the mean of SSIM, or of its contrast and structure, over the windows of two pictures,
/// and its gradient by the second.
/// </summary>
/// <param name="map">(H, W, C), a picture of this scale.</param>
/// <param name="hasLuminance">Whether l is a factor.</param>
internal sealed class SimilarityScale(Shape map, bool hasLuminance)
{
    private const float Sigma = 1.5f;

    private readonly View<float>[] _moments = new View<float>[4];  // μ_x, μ_y, F(x² + y²), F(x y); then gradients, (draws, N) each
    private readonly View<float>[] _products = new View<float>[2]; // what is filtered, and what comes of it (draws, N)
    private IDevice? _device;
    private View<float> _x; // (draws, N), but for the first scale
    private View<float> _y; // (draws, N)
    private View<float> _target;

    private Shape Map => map;

    /// <summary>Takes memory.</summary>
    public void Build(LayerBuilder builder, bool isFirst)
    {
        _device = builder.Device;
        View<float> Take() => builder.Allocate(builder.Rows, map.Size);
        _y = Take();
        if (!isFirst)
            _x = Take();
        for (int i = 0; i < _moments.Length; i++)
            _moments[i] = Take();
        for (int i = 0; i < _products.Length; i++)
            _products[i] = Take();
    }

    /// <summary>x̂ (R, N).</summary>
    public View<float> Picture(int rows) => _y.RowRange(0, rows);

    /// <summary>x (R, N) of a scale that is not the first.</summary>
    public View<float> Target(int rows) => _x.RowRange(0, rows);

    /// <summary>Both pictures as means of 2 × 2 pixels of those of the scale before.</summary>
    public void Halve(SimilarityScale finer)
    {
        int rows = finer._target.Rows;
        var halves = new ConvolutionGeometry(finer.Map, map, Kernel: 2, Stride: 2, Top: 0, Left: 0);
        _device!.Run(new SumWindows(halves, false, 0.25f, finer._target, Epilogue.Store, Target(rows)));
        _device.Run(new SumWindows(halves, false, 0.25f, finer.Picture(rows), Epilogue.Store, Picture(rows)));
    }

    /// <summary>Compares <see cref="Picture"/> with x.</summary>
    /// <param name="target">x (R, N).</param>
    /// <param name="similarity">(1, R), to be filled.</param>
    public void Measure(View<float> target, View<float> similarity)
    {
        _target = target;
        int rows = target.Rows;
        View<float> y = Picture(rows), product = _products[0].RowRange(0, rows), squares = _products[1].RowRange(0, rows);
        Filter(target, Moment(0));
        Filter(y, Moment(1));
        Multiply(target, target, squares);
        Multiply(y, y, product);
        Add(squares, product);
        Filter(squares, Moment(2));
        Multiply(target, y, product);
        Filter(product, Moment(3));
        // The gradients take the places of moments that nothing else asks for.
        _device!.Run(new StructuralSimilarity(
            hasLuminance, Moment(0), Moment(1), Moment(2), Moment(3), similarity, Moment(1), Moment(2), Moment(3)));
    }

    /// <summary>∂/∂x̂ = F m + x̂ ⊙ F e + x ⊙ F p of what <see cref="Measure"/> compared, each picture's times a factor.</summary>
    /// <param name="factors">(1, R), or empty for 1.</param>
    /// <returns>(R, N); it lasts until the next pass.</returns>
    public View<float> Gradient(View<float> factors)
    {
        int rows = _target.Rows;
        View<float> sum = _products[0].RowRange(0, rows), part = _products[1].RowRange(0, rows);
        Filter(Moment(1), sum);
        Filter(Moment(2), part);
        Multiply(part, Picture(rows), part);
        Add(sum, part);
        Filter(Moment(3), part);
        Multiply(part, _target, part);
        Add(sum, part);
        if (!factors.IsEmpty)
            _device!.Run(new ScaleRows(factors, sum));
        return sum;
    }

    /// <summary>Adds the gradient that comes through the next scale.</summary>
    /// <param name="coarser">The next scale.</param>
    /// <param name="gradient">By its picture.</param>
    /// <param name="sum">By this one's (R, N), updated.</param>
    public void AddCoarser(SimilarityScale coarser, View<float> gradient, View<float> sum)
    {
        View<float> part = _products[1].RowRange(0, sum.Rows);
        var halves = new ConvolutionGeometry(map, coarser.Map, Kernel: 2, Stride: 2, Top: 0, Left: 0);
        _device!.Run(new SpreadWindows(halves, false, 0.25f, gradient, Epilogue.Store, part));
        Add(sum, part);
    }

    private View<float> Moment(int index) => _moments[index].RowRange(0, _target.Rows);

    private void Filter(View<float> x, View<float> y) => _device!.Run(new GaussianFilter(map, Sigma, x, y));

    private void Multiply(View<float> a, View<float> b, View<float> product) =>
        _device!.Run(new Elementwise(ElementwiseFunction.Multiply, a, b, product));

    private void Add(View<float> sum, View<float> addend) =>
        _device!.Run(new Elementwise(ElementwiseFunction.Add, sum, addend, sum));
}
