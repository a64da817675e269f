using GpuVae.Kernels;

namespace GpuVae.Cases;

/// <summary>What others expand into: fills, functions of two numbers, sums of groups, and epilogues alone.</summary>
internal static class PrimitiveCases
{
    private const double U = Tolerance.UnitRoundoff;

    private static readonly (int Rows, int Columns, CaseSize Size)[] _sizes =
    [
        (1, 1, CaseSize.Small), (2, 3, CaseSize.Small), (1, 64, CaseSize.Small), (17, 15, CaseSize.Small),
        (33, 31, CaseSize.Small), (31, 33, CaseSize.Small), (96, 500, CaseSize.Large), (128, 784, CaseSize.Step),
    ];

    // The draws of the importance-weighted bound, and so many that they are summed in pieces where threads share them.
    private static readonly (int Groups, int Group, CaseSize Size)[] _groups =
    [
        (1, 1, CaseSize.Small), (1, 3, CaseSize.Small), (2, 33, CaseSize.Small), (17, 1, CaseSize.Small),
        (5, 21, CaseSize.Small), (2, 561, CaseSize.Small), (1, 64, CaseSize.Small), (300, 7, CaseSize.Large),
        (20, 2500, CaseSize.Large), (128, 5, CaseSize.Step),
    ];

    /// <summary>Every case.</summary>
    public static IEnumerable<OperationCase> All() => [.. Fills(), .. Functions(), .. Sums(), .. Epilogues()];

    private static IEnumerable<OperationCase> Fills()
    {
        foreach ((int rows, int columns, CaseSize size) in _sizes)
            yield return Fill(rows, columns, -0.75f, size);
        yield return Fill(3, 5, 0, CaseSize.Small);
    }

    private static IEnumerable<OperationCase> Functions()
    {
        foreach ((int rows, int columns, CaseSize size) in _sizes)
        {
            foreach (ElementwiseFunction function in Enum.GetValues<ElementwiseFunction>())
            {
                yield return Elementwise(function, rows, columns, Placing.Apart, isBroadcast: false, size);
                yield return Elementwise(function, rows, columns, Placing.InA, isBroadcast: false, size);
                yield return Elementwise(function, rows, columns, Placing.InB, isBroadcast: false, size);
                if (rows == 1)
                    continue;
                yield return Elementwise(function, rows, columns, Placing.Apart, isBroadcast: true, size);
                yield return Elementwise(function, rows, columns, Placing.InA, isBroadcast: true, size);
            }
        }
    }

    private static IEnumerable<OperationCase> Sums()
    {
        foreach ((int groups, int group, CaseSize size) in _groups)
        {
            foreach (int columns in (int[])[1, 3, 33])
            {
                yield return SumGroups(groups, group, columns, 1, size);
                if (group > 1)
                    yield return SumGroups(groups, group, columns, group, size);
            }
        }
    }

    private static IEnumerable<OperationCase> Epilogues()
    {
        foreach ((int rows, int columns, CaseSize size) in _sizes)
        {
            foreach (bool inPlace in (bool[])[false, true])
            {
                yield return Stored(rows, columns, inPlace, size);
                foreach (Activation activation in Activation.All)
                {
                    yield return Activated(rows, columns, activation, hasBias: false, inPlace, size);
                    yield return Activated(rows, columns, activation, hasBias: true, inPlace, size);
                    yield return Derivative(rows, columns, activation, inPlace, size);
                }
                foreach (Likelihood likelihood in Likelihood.All)
                {
                    yield return Judged(rows, columns, likelihood, hasBias: false, inPlace, size);
                    yield return Judged(rows, columns, likelihood, hasBias: true, inPlace, size);
                }
            }
        }
    }

    private static OperationCase Fill(int rows, int columns, float value, CaseSize size) =>
        OperationCase.Create(
            FormattableString.Invariant($"{rows}x{columns} with {value}"), size,
            workspace => new Fill(value, workspace.Destination("values", rows, columns, Tolerance.Exact)));

    private static OperationCase Elementwise(
        ElementwiseFunction function, int rows, int columns, Placing placing, bool isBroadcast, CaseSize size) =>
        OperationCase.Create(
            $"{function} {rows}x{columns}{(isBroadcast ? " of a row" : "")}{In(placing)}", size,
            workspace =>
            {
                // A sum of numbers that cancel has the error of the larger one.
                var tolerance = new Tolerance(2 * U, U);
                View<float> Source() => workspace.Source(rows, columns);
                View<float> c = placing == Placing.Apart
                    ? workspace.Destination("c", rows, columns, tolerance)
                    : workspace.Destination(
                        "c", rows, columns, tolerance, workspace.Random(rows * columns, u => (2 * u) - 1));
                View<float> a = placing == Placing.InA ? c : Source();
                View<float> b = placing == Placing.InB ? c : isBroadcast ? workspace.Source(1, columns) : Source();
                return new Elementwise(function, a, b, c);
            });

    private static OperationCase SumGroups(int groups, int group, int columns, int divisor, CaseSize size) =>
        OperationCase.Create(
            $"{groups}x{group}x{columns} by {divisor}", size,
            workspace =>
            {
                View<float> values = workspace.Source(groups * group, columns, 50, 150);
                View<float> sums = workspace.Destination("sums", groups, columns, Tolerance.PositiveSum(group));
                return new SumGroups(values, divisor, sums);
            });

    private static OperationCase Stored(int rows, int columns, bool inPlace, CaseSize size) =>
        Apply($"{rows}x{columns} store", rows, columns, inPlace, size, Tolerance.Exact, _ => Epilogue.Store);

    private static OperationCase Activated(
        int rows, int columns, Activation activation, bool hasBias, bool inPlace, CaseSize size) =>
        Apply(
            $"{rows}x{columns} {activation}{Bias(hasBias)}", rows, columns, inPlace, size, new(24 * U, 8 * U),
            workspace => WithBias(Epilogue.Activate(activation), workspace, columns, hasBias));

    private static OperationCase Derivative(
        int rows, int columns, Activation activation, bool inPlace, CaseSize size) =>
        Apply(
            $"{rows}x{columns} derivative of {activation}", rows, columns, inPlace, size, new(24 * U, 8 * U),
            workspace => Epilogue.Derivative(
                workspace.Source(rows, columns, MultiplyCases.SavedValues(activation)), activation));

    private static OperationCase Judged(
        int rows, int columns, Likelihood likelihood, bool hasBias, bool inPlace, CaseSize size)
    {
        float scale = 1f / rows;
        // Outputs are below 4, and so are gradients.
        var loss = new Tolerance(64 * Math.Sqrt(columns) * U, Tolerance.PositiveSum(columns).Relative);
        return Apply(
            $"{rows}x{columns} likelihood {likelihood}{Bias(hasBias)}", rows, columns, inPlace, size,
            new(scale * 32 * U, 8 * U),
            workspace =>
            {
                View<float> target = workspace.Source(rows, columns, u => Math.Clamp((1.5f * u) - 0.25f, 0, 1));
                Epilogue epilogue = Epilogue.NegativeLogLikelihood(
                    target, likelihood, scale, workspace.Destination("loss", 1, rows, loss));
                return WithBias(epilogue, workspace, columns, hasBias);
            });
    }

    private static OperationCase Apply(
        string name, int rows, int columns, bool inPlace, CaseSize size, Tolerance tolerance,
        Func<CaseWorkspace, Epilogue> createEpilogue) =>
        OperationCase.Create(
            name + (inPlace ? " in place" : ""), size,
            workspace =>
            {
                float[] sums = workspace.Random(rows * columns, u => 3 * ((2 * u) - 1));
                Epilogue epilogue = createEpilogue(workspace);
                if (!inPlace)
                {
                    View<float> s = workspace.Source(rows, columns, sums);
                    return new ApplyEpilogue(s, epilogue, workspace.Destination("c", rows, columns, tolerance));
                }
                View<float> c = workspace.Destination("c", rows, columns, tolerance, sums);
                return new ApplyEpilogue(c, epilogue, c);
            });

    private static Epilogue WithBias(Epilogue epilogue, CaseWorkspace workspace, int columns, bool hasBias) =>
        hasBias ? epilogue.WithBias(workspace.Source(1, columns)) : epilogue;

    private static string Bias(bool hasBias) => hasBias ? " with bias" : "";

    private static string In(Placing placing) =>
        placing == Placing.Apart ? "" : placing == Placing.InA ? " in a" : " in b";

    /// <summary>Where the result of two operands lies.</summary>
    private enum Placing
    {
        Apart,
        InA,
        InB,
    }
}
