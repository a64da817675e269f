using GpuVae.Kernels;
using GpuVae.Models;

namespace GpuVae.Outside.Tests;

/// <summary>
/// z = s ⊙ head with a learned scale s of each unit, and a term of the loss that keeps codes small:
/// <c>activity</c> = ½ Σ zⱼ², which counts a hundredth.
/// </summary>
public sealed class ScaledCode(int units) : ICode
{
    private const float Weight = 0.01f;

    private IDevice? _device;
    private Parameter? _scale;             // s (k)
    private View<float> _z;                // (rows, k)
    private View<float> _zero;             // (rows, k)
    private View<float> _activityGradient; // (rows, k), Weight/B · z
    private View<float> _product;          // (rows, k)

    public int Units => units;

    public int HeadWidth => units;

    public IReadOnlyList<LossTerm> Terms { get; } = [new LossTerm("activity", Weight)];

    public void Build(LayerBuilder builder)
    {
        _device = builder.Device;
        _scale = builder.Parameter("scale", [units], fanIn: 1, fanOut: 1, start: 1.5);
        _z = builder.Allocate(builder.Images, units);
        _zero = builder.Allocate(builder.Images, units);
        _activityGradient = builder.Allocate(builder.Images, units);
        _product = builder.Allocate(builder.Images, units);
    }

    public View<float> Forward(View<float> head, in CodeDraws draws, int count, View<float> terms)
    {
        int rows = head.Rows;
        View<float> z = _z.RowRange(0, rows);
        _device!.Run(new Elementwise(ElementwiseFunction.Multiply, head, _scale!.Value, z));
        // −log of a normal distribution about 0 is ½ Σ z² without its constant, and its gradient is z.
        _device.Run(new ApplyEpilogue(
            z, Epilogue.NegativeLogLikelihood(_zero.RowRange(0, rows), Likelihood.Gaussian, Weight / rows, terms),
            _activityGradient.RowRange(0, rows)));
        return z;
    }

    public View<float> Backward(View<float> head, View<float> zGradient, in CodeGradient gradient)
    {
        View<float> product = _product.RowRange(0, head.Rows);
        _device!.Run(new Elementwise(
            ElementwiseFunction.Add, zGradient, _activityGradient.RowRange(0, head.Rows), zGradient));
        _device.Run(new Elementwise(ElementwiseFunction.Multiply, zGradient, head, product));
        _device.Run(new SumColumns(product, _scale!.Gradient));
        _device.Run(new Elementwise(ElementwiseFunction.Multiply, zGradient, _scale.Value, product));
        return product;
    }
}

/// <summary>p(x | z) is a Cauchy distribution about x̂ of scale 1: −log p = Σ log(1 + (x − x̂)²) + D log π.</summary>
public sealed class CauchyLikelihood : ILikelihood
{
    public Likelihood NegativeLogLikelihood { get; } = Likelihood.Of<Cauchy>("cauchy");

    public Activation Mean => Activation.Identity;

    public double Constant(int dimensions) => dimensions * Math.Log(Math.PI);

    public double OutputOfMean(double mean, int column) => mean;

    private readonly struct Cauchy : ILikelihoodFunction
    {
        public static (float Loss, float Gradient) Evaluate(float output, float target)
        {
            float difference = output - target;
            float one = 1f + (difference * difference);
            return (MathF.Log(one), 2f * difference / one);
        }
    }
}

/// <summary>The encoder sees a darker image: x̃ = amount · x.</summary>
public sealed class DimCorruption(double amount) : ICorruption
{
    private IDevice? _device;
    private View<float> _factor; // (1, D)
    private View<float> _dimmed; // (images, D)

    public bool AddsNoise => true;

    public void Build(Shape input, LayerBuilder builder)
    {
        _device = builder.Device;
        _factor = builder.Allocate(1, input.Size);
        _dimmed = builder.Allocate(builder.Images, input.Size);
    }

    public View<float> Apply(View<float> clean, View<int> counters, RandomSource noise)
    {
        View<float> dimmed = _dimmed.RowRange(0, clean.Rows);
        _device!.Run(new Fill((float)amount, _factor));
        _device.Run(new Elementwise(ElementwiseFunction.Multiply, clean, _factor, dimmed));
        return dimmed;
    }
}

/// <summary>Half of −log p(x | z), with a term of its own that says the whole.</summary>
public sealed class HalfReconstruction : IObjective
{
    public static LossTerm Whole { get; } = new("whole");

    public bool UsesPrior => false;

    public double DivergenceWeight(long globalStep) => 0;

    public double Loss(LossValues values, double weight) => values.Sum(weight) - (0.5 * values[Whole]);

    public IObjectivePass Prepare(IDevice device, ICode code, int images) => new Pass(device);

    private sealed class Pass(IDevice device) : IObjectivePass
    {
        public int Samples => 1;

        public IReadOnlyList<LossTerm> Terms { get; } = [Whole];

        public float OutputScale(int images) => 0.5f / images;

        public void Measure(in ForwardPass pass) =>
            device.Run(new RepeatRows(pass.Losses(LossTerm.Reconstruction), pass.Losses(Whole)));

        public void Dispose()
        {
        }
    }
}

/// <summary>Every number from N(0, 0.05²).</summary>
public sealed class SmallNormalInitializer : IInitializer
{
    public void Draw(ParameterShape shape, RandomSource source, uint tensor, Span<float> values)
    {
        Philox.FillNormal(source, tensor, values);
        foreach (ref float value in values)
            value *= 0.05f;
    }
}
