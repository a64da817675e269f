using GpuVae.Kernels;

namespace GpuVae.Cases;

/// <summary>Batch and group normalisation, moving averages and dropout, at awkward sizes and at those of real networks.</summary>
internal static class NormalizationCases
{
    private const double U = Tolerance.UnitRoundoff;

    // One example is a batch normalisation where each channel is a group.
    private static readonly (int Examples, int Pixels, int Channels, int Groups, CaseSize Size)[] _shapes =
    [
        (1, 1, 1, 1, CaseSize.Small), (2, 15, 1, 1, CaseSize.Small), (1, 15, 3, 3, CaseSize.Small),
        (1, 45, 7, 7, CaseSize.Small), (1, 16, 33, 33, CaseSize.Small), (1, 300, 3, 3, CaseSize.Small),
        (9, 15, 6, 3, CaseSize.Small), (3, 1, 7, 1, CaseSize.Small), (4, 4, 33, 11, CaseSize.Small),
        (5, 16, 64, 8, CaseSize.Small), (1, 5, 200, 200, CaseSize.Small), (2, 3, 133, 7, CaseSize.Small),
        (1, 5600, 3, 3, CaseSize.Large), (2, 700, 33, 11, CaseSize.Large), (1, 1568, 32, 32, CaseSize.Large),
        (3, 300, 68, 4, CaseSize.Large), (1, 25_088, 32, 32, CaseSize.Step), (128, 196, 64, 16, CaseSize.Step),
    ];

    /// <summary>Every case.</summary>
    public static IEnumerable<OperationCase> All()
    {
        foreach ((int examples, int pixels, int channels, int groups, CaseSize size) in _shapes)
        {
            var shape = new MapShape(examples, pixels, channels, groups, size);
            yield return Moments(shape, center: 0);
            yield return Moments(shape, center: 50);
            yield return Normalize(shape, "stored");
            yield return ParameterGradient(shape);
            yield return Gradient(shape, "stored", isConstant: false);
        }
        foreach (int shape in (int[])[1, 4, 6, 8])
        {
            (int examples, int pixels, int channels, int groups, CaseSize size) = _shapes[shape];
            var maps = new MapShape(examples, pixels, channels, groups, size);
            yield return Normalize(maps, "activated");
            yield return Gradient(maps, "derivative", isConstant: false);
            yield return Gradient(maps, "derivative", isConstant: true);
            yield return GradientInPlace(maps);
        }
        foreach (int length in (int[])[1, 3, 33, 64, 1100])
            yield return MovingAverage(length, CaseSize.Small);
        yield return MovingAverage(1000, CaseSize.Step);
        foreach ((int rows, int columns) in ((int, int)[])[(1, 1), (3, 5), (7, 33), (2, 1031)])
        {
            foreach (float probability in (float[])[0, 0.2f, 0.9f])
                yield return Dropout(rows, columns, probability, "stored", CaseSize.Small);
        }
        yield return Dropout(7, 33, 0.5f, "activated", CaseSize.Small);
        yield return Dropout(7, 33, 0.5f, "derivative", CaseSize.Small);
        yield return Dropout(130, 401, 0.3f, "stored", CaseSize.Large);
        yield return Dropout(128, 400, 0.2f, "derivative", CaseSize.Step);
    }

    private static OperationCase Moments(MapShape shape, float center) =>
        OperationCase.Create(
            $"{shape} around {center}", shape.Size,
            workspace =>
            {
                View<float> x = workspace.Source(
                    shape.Examples * shape.Pixels, shape.Channels, center - 1, center + 1);
                View<float> mean = workspace.Destination(
                    "mean", shape.Examples, shape.Groups, new(4 * U * (1 + center), 16 * U));
                // Each difference from a mean near the center is wrong by the mean's last digit.
                View<float> variance = workspace.Destination(
                    "variance", shape.Examples, shape.Groups, new(8 * U * (1 + center), 32 * U));
                return new Moments(x, mean, variance);
            });

    private static OperationCase Normalize(MapShape shape, string epilogue) =>
        OperationCase.Create(
            $"{shape} {epilogue}", shape.Size,
            workspace =>
            {
                (View<float> x, View<float> mean, View<float> variance) = Sources(workspace, shape);
                View<float> weight = workspace.Source(1, shape.Channels), bias = workspace.Source(1, shape.Channels);
                Epilogue follows = Epilogue(workspace, epilogue, shape.Examples, shape.Length);
                View<float> y = workspace.Destination("y", shape.Examples, shape.Length, new(48 * U, 16 * U));
                return new Normalize(x, mean, variance, 1e-5f, weight, bias, follows, y);
            });

    private static OperationCase ParameterGradient(MapShape shape) =>
        OperationCase.Create(
            $"{shape}", shape.Size,
            workspace =>
            {
                (View<float> x, View<float> mean, View<float> variance) = Sources(workspace, shape);
                View<float> g = workspace.Source(shape.Examples, shape.Length);
                // Terms are up to 2 / √0.25.
                Tolerance sum = Tolerance.Sum(shape.Pixels), product = new(4 * sum.Absolute, sum.Relative);
                View<float> weights = workspace.Destination("weightGradient", shape.Examples, shape.Channels, product);
                View<float> biases = workspace.Destination("biasGradient", shape.Examples, shape.Channels, sum);
                return new NormalizeParameterGradient(x, mean, variance, 1e-5f, g, weights, biases);
            });

    private static OperationCase Gradient(MapShape shape, string epilogue, bool isConstant) =>
        OperationCase.Create(
            $"{shape} {epilogue}{(isConstant ? " of constants" : "")}", shape.Size,
            workspace =>
            {
                (View<float> x, View<float> mean, View<float> variance) = Sources(workspace, shape);
                View<float> g = workspace.Source(shape.Examples, shape.Length);
                View<float> weight = workspace.Source(1, shape.Channels);
                // As many as pixels, so that the means are about as large as a number.
                View<float> Sums() => isConstant
                    ? default
                    : workspace.Source(shape.Examples, shape.Channels, -shape.Pixels, shape.Pixels);
                (View<float> weights, View<float> biases) = (Sums(), Sums());
                Epilogue follows = Epilogue(workspace, epilogue, shape.Examples, shape.Length);
                View<float> result = workspace.Destination(
                    "inputGradient", shape.Examples, shape.Length, new(128 * U, 16 * U));
                return new NormalizeGradient(x, mean, variance, 1e-5f, weight, weights, biases, g, follows, result);
            });

    /// <summary>Over x, which is what the derivative is taken of too.</summary>
    private static OperationCase GradientInPlace(MapShape shape) =>
        OperationCase.Create(
            $"{shape} in place", shape.Size,
            workspace =>
            {
                (_, View<float> mean, View<float> variance) = Sources(workspace, shape);
                View<float> g = workspace.Source(shape.Examples, shape.Length), weight = workspace.Source(1, shape.Channels);
                View<float> sums = workspace.Source(shape.Examples, shape.Channels, -shape.Pixels, shape.Pixels);
                View<float> x = workspace.Destination(
                    "inputGradient", shape.Examples, shape.Length, new(128 * U, 16 * U),
                    workspace.Random(shape.Examples * shape.Length, MultiplyCases.SavedValues(Activation.Tanh)));
                return new NormalizeGradient(
                    x, mean, variance, 1e-5f, weight, sums, sums, g, Kernels.Epilogue.Derivative(x, Activation.Tanh), x);
            });

    private static OperationCase MovingAverage(int length, CaseSize size) =>
        OperationCase.Create(
            $"{length}", size,
            workspace =>
            {
                View<float> values = workspace.Source(1, length);
                View<float> average = workspace.Destination(
                    "average", 1, length, new(4 * U, 4 * U), workspace.Random(length, u => u + 1));
                return new MovingAverage(values, 1.25f, 0.1f, average);
            });

    private static OperationCase Dropout(int rows, int columns, float probability, string epilogue, CaseSize size) =>
        OperationCase.Create(
            FormattableString.Invariant($"{rows}x{columns} by {probability} {epilogue}"), size,
            workspace =>
            {
                View<float> x = workspace.Source(rows, columns);
                View<int> counters = workspace.Source(1, Counter.Count, [3, 70_000]);
                Epilogue follows = Epilogue(workspace, epilogue, rows, columns);
                // Of 1 − y², where a derivative follows, only so much is known.
                View<float> y = workspace.Destination(
                    "y", rows, columns, new(epilogue == "stored" ? 0 : 8 * U, 8 * U));
                RandomSource noise = new RandomSource(23, RandomPurpose.Dropout + 2).From(8L * columns);
                return new ApplyDropout(x, counters, probability, noise, follows, y);
            });

    /// <summary>x, and moments that are not its own: means from −1 to 1, variances from 1/4 to 1.</summary>
    private static (View<float> X, View<float> Mean, View<float> Variance) Sources(CaseWorkspace workspace, MapShape shape) => (
        workspace.Source(shape.Examples, shape.Length), workspace.Source(shape.Examples, shape.Groups),
        workspace.Source(shape.Examples, shape.Groups, 0.25f, 1));

    private static Epilogue Epilogue(CaseWorkspace workspace, string what, int rows, int columns) => what switch
    {
        "activated" => Kernels.Epilogue.Activate(Activation.Relu),
        "derivative" => Kernels.Epilogue.Derivative(
            workspace.Source(rows, columns, MultiplyCases.SavedValues(Activation.Tanh)), Activation.Tanh),
        _ => Kernels.Epilogue.Store,
    };

    private readonly record struct MapShape(int Examples, int Pixels, int Channels, int Groups, CaseSize Size)
    {
        public int Length => Pixels * Channels;

        public override string ToString() => $"{Examples} of {Pixels}x{Channels} in {Groups} groups";
    }
}
