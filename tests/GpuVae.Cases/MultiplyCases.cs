using GpuVae.Kernels;

namespace GpuVae.Cases;

/// <summary>Products: three orientations, every epilogue.</summary>
internal static class MultiplyCases
{
    private static readonly (int M, int N, int K)[] _awkwardSizes =
    [
        (1, 1, 1), (1, 1, 64), (1, 64, 1), (64, 1, 1), (1, 33, 17), (33, 1, 17), (17, 33, 1), (2, 2, 2), (2, 15, 16),
        (15, 2, 31), (15, 15, 15), (16, 16, 16), (17, 17, 17), (16, 17, 15), (31, 31, 31), (33, 33, 33), (31, 64, 2),
        (64, 31, 15), (33, 16, 64), (16, 64, 33), (64, 64, 64), (15, 33, 17),
    ];

    private static readonly (int M, int N, int K)[] _epilogueSizes =
        [(1, 1, 1), (1, 33, 15), (17, 1, 16), (2, 31, 33), (16, 16, 2), (33, 17, 31), (31, 64, 17)];

    private static readonly (int M, int N, int K)[] _largeSizes =
        [(65, 97, 130), (100, 63, 257), (7, 300, 513), (129, 33, 1025), (300, 7, 96), (200, 200, 1)];

    // One activation of each kind: every one is a kernel more for each tile. The others are compared where they are applied
    // alone, and fused in EpilogueTests.
    private static readonly Activation[] _fused =
        [Activation.Identity, Activation.Relu, Activation.Tanh, Activation.Sigmoid, Activation.Gelu];

    public static IEnumerable<OperationCase> All() => [.. Awkward(), .. Large(), .. Step()];

    /// <summary>
    /// From u in (0, 1) to what an activation keeps for its derivative: numbers of (−3, 3) where that is its input,
    /// else numbers that it can give, which are exact zeros for relu, (0, 1) for sigmoid, (−1, 1) for the others.
    /// </summary>
    public static Func<float, float> SavedValues(Activation activation) =>
        activation.DerivativeNeedsInput ? u => 3 * ((2 * u) - 1)
        : activation == Activation.Relu ? u => Math.Max(0, (2 * u) - 1)
        : activation == Activation.Sigmoid ? u => u
        : u => (2 * u) - 1;

    private static IEnumerable<OperationCase> Awkward()
    {
        foreach (Orientation orientation in Enum.GetValues<Orientation>())
        {
            foreach ((int m, int n, int k) in _awkwardSizes)
                yield return Stored(orientation, m, n, k, CaseSize.Small);
        }
        foreach ((int m, int n, int k) in _epilogueSizes)
        {
            foreach (Activation activation in _fused)
            {
                yield return Activated(Orientation.NT, m, n, k, activation, CaseSize.Small);
                yield return Derivative(Orientation.NN, m, n, k, activation, CaseSize.Small);
            }
            foreach (Likelihood likelihood in Likelihood.All)
                yield return Judged(Orientation.NT, m, n, k, likelihood, CaseSize.Small);
        }
        yield return Activated(Orientation.NN, 17, 33, 15, Activation.Tanh, CaseSize.Small);
        yield return Activated(Orientation.TN, 17, 33, 15, Activation.Relu, CaseSize.Small);
        yield return Derivative(Orientation.NT, 17, 33, 15, Activation.Sigmoid, CaseSize.Small);
        yield return Derivative(Orientation.TN, 17, 33, 15, Activation.Tanh, CaseSize.Small);
        yield return Judged(Orientation.NN, 17, 33, 15, Likelihood.Bernoulli, CaseSize.Small);
        yield return Judged(Orientation.TN, 17, 33, 15, Likelihood.Gaussian, CaseSize.Small);
        foreach ((int m, int n, int k) in _awkwardSizes)
        {
            yield return Gradients(m, n, k, null, CaseSize.Small);
            yield return Gradients(m, n, k, Activation.Relu, CaseSize.Small);
        }
        yield return Gradients(17, 33, 15, Activation.Gelu, CaseSize.Small);
    }

    private static IEnumerable<OperationCase> Large()
    {
        foreach ((int m, int n, int k) in _largeSizes)
        {
            foreach (Orientation orientation in Enum.GetValues<Orientation>())
                yield return Stored(orientation, m, n, k, CaseSize.Large);
            yield return Gradients(m, n, k, null, CaseSize.Large);
            yield return Gradients(m, n, k, Activation.Tanh, CaseSize.Large);
            yield return Activated(Orientation.NT, m, n, k, Activation.Tanh, CaseSize.Large);
            yield return Derivative(Orientation.NN, m, n, k, Activation.Relu, CaseSize.Large);
            yield return Judged(Orientation.NT, m, n, k, Likelihood.Bernoulli, CaseSize.Large);
            yield return Judged(Orientation.NT, m, n, k, Likelihood.Gaussian, CaseSize.Large);
        }
        // A part of one tile, whose inner dimension is split wherever there are two multiprocessors.
        yield return Stored(Orientation.NT, 9, 21, 300, CaseSize.Large);
        yield return Judged(Orientation.NT, 9, 21, 300, Likelihood.Gaussian, CaseSize.Large);
        yield return Gradients(9, 21, 300, null, CaseSize.Large);

        // 60,000 images leave a last batch of 96.
        yield return Activated(Orientation.NT, 96, 400, 784, Activation.Relu, CaseSize.Large);
        yield return Judged(Orientation.NT, 96, 784, 400, Likelihood.Bernoulli, CaseSize.Large);

        // Enough results of few steps that the CPU writes them around its caches; rows that begin on a line, and that do not.
        yield return Activated(Orientation.NT, 96, 400, 20, Activation.Relu, CaseSize.Large);
        yield return Activated(Orientation.NT, 95, 403, 33, Activation.Tanh, CaseSize.Large);
        yield return Judged(Orientation.NT, 93, 405, 31, Likelihood.Bernoulli, CaseSize.Large);
    }

    private static IEnumerable<OperationCase> Step() =>
    [
        Activated(Orientation.NT, 128, 400, 784, Activation.Relu, CaseSize.Step),
        Activated(Orientation.NT, 128, 40, 400, Activation.Identity, CaseSize.Step),
        Activated(Orientation.NT, 128, 400, 20, Activation.Relu, CaseSize.Step),
        Judged(Orientation.NT, 128, 784, 400, Likelihood.Bernoulli, CaseSize.Step),
        Judged(Orientation.NT, 128, 784, 400, Likelihood.Gaussian, CaseSize.Step),
        Judged(Orientation.NT, 128, 784, 400, Likelihood.Laplace, CaseSize.Step),
        Stored(Orientation.TN, 784, 400, 128, CaseSize.Step),
        Derivative(Orientation.NN, 128, 400, 784, Activation.Relu, CaseSize.Step),
        Stored(Orientation.TN, 400, 20, 128, CaseSize.Step),
        Stored(Orientation.NN, 128, 20, 400, CaseSize.Step),
        Stored(Orientation.TN, 40, 400, 128, CaseSize.Step),
        Derivative(Orientation.NN, 128, 400, 40, Activation.Relu, CaseSize.Step),
        Stored(Orientation.TN, 400, 784, 128, CaseSize.Step),
        Gradients(784, 400, 128, Activation.Relu, CaseSize.Step),
        Gradients(400, 20, 128, Activation.Identity, CaseSize.Step),
        Gradients(40, 400, 128, Activation.Relu, CaseSize.Step),
        Gradients(400, 784, 128, null, CaseSize.Step),
    ];

    /// <summary>Those of a layer's weights and bias, and of its input where that comes from an activation.</summary>
    private static OperationCase Gradients(int outputs, int inputs, int examples, Activation? below, CaseSize size)
    {
        OperationCase row = OperationCase.Create(
            $"{outputs}x{inputs} of {examples}{(below is null ? "" : $" above {below}")}", size,
            workspace =>
            {
                View<float> outputGradient = workspace.Source(examples, outputs), input = workspace.Source(examples, inputs);
                View<float> weight = below is null ? default : workspace.Source(outputs, inputs);
                Tolerance sum = Tolerance.Sum(examples);
                return new LinearGradient(
                    outputGradient, input, weight,
                    below is null ? Epilogue.Store
                        : Epilogue.Derivative(workspace.Source(examples, inputs, SavedValues(below)), below),
                    below is null ? default : workspace.Destination("inputGradient", examples, inputs, Tolerance.Sum(outputs)),
                    workspace.Destination("weightGradient", outputs, inputs, sum),
                    workspace.Destination("biasGradient", 1, outputs, sum));
            });
        return size == CaseSize.Large && below is not null ? row.AsCombination() : row;
    }

    private static OperationCase Stored(Orientation orientation, int m, int n, int k, CaseSize size) =>
        Create(
            orientation, m, n, k, "", size, Tolerance.Sum(k),
            _ => Epilogue.Store);

    private static OperationCase Activated(
        Orientation orientation, int m, int n, int k, Activation activation, CaseSize size) =>
        Create(
            orientation, m, n, k, $"bias {activation}", size, Tolerance.Sum(k),
            workspace => Epilogue.BiasActivation(workspace.Source(1, n), activation));

    private static OperationCase Derivative(
        Orientation orientation, int m, int n, int k, Activation activation, CaseSize size) =>
        Create(
            orientation, m, n, k, $"derivative of {activation}", size, Tolerance.Sum(k),
            workspace => Epilogue.Derivative(workspace.Source(m, n, SavedValues(activation)), activation));

    private static OperationCase Judged(
        Orientation orientation, int m, int n, int k, Likelihood likelihood, CaseSize size)
    {
        float scale = 1f / m;
        Tolerance output = Tolerance.Sum(k);
        // ∂loss/∂output is at most 1 for bernoulli and laplace, and for gaussian the largest output plus the target.
        double slope = likelihood != Likelihood.Gaussian ? 1 : 2 + (4 * Math.Sqrt(k) / 3);
        var loss = new Tolerance(6 * Math.Sqrt(n) * slope * output.Absolute, Tolerance.PositiveSum(n).Relative);
        return Create(
            orientation, m, n, k, $"likelihood {likelihood}", size,
            new Tolerance(scale * output.Absolute, output.Relative),
            workspace =>
            {
                View<float> bias = workspace.Source(1, n);
                View<float> target = workspace.Source(m, n, u => Math.Clamp((1.5f * u) - 0.25f, 0, 1));
                return Epilogue.NegativeLogLikelihood(
                    target, likelihood, scale, workspace.Destination("loss", 1, m, loss)).WithBias(bias);
            });
    }

    private static OperationCase Create(
        Orientation orientation, int m, int n, int k, string epilogueName, CaseSize size,
        Tolerance tolerance, Func<CaseWorkspace, Epilogue> createEpilogue)
    {
        OperationCase row = OperationCase.Create(
            $"{orientation} {m}x{n}x{k} {epilogueName}".TrimEnd(), size,
            workspace =>
            {
                View<float> a = orientation == Orientation.TN ? workspace.Source(k, m) : workspace.Source(m, k);
                View<float> b = orientation == Orientation.NT ? workspace.Source(n, k) : workspace.Source(k, n);
                Epilogue epilogue = createEpilogue(workspace);
                View<float> c = workspace.Destination("c", m, n, tolerance);
                return new Multiply(orientation, a, b, epilogue, c);
            });
        return size == CaseSize.Large && epilogueName.Length > 0 ? row.AsCombination() : row;
    }
}
