using GpuVae.Kernels;

namespace GpuVae.Cases;

/// <summary>Corruptions, scales of likelihoods, and what happens to gradients and parameters beside Adam.</summary>
internal static class LossCases
{
    private const double U = Tolerance.UnitRoundoff;

    private static readonly (int Rows, int Columns, CaseSize Size)[] _sizes =
    [
        (1, 1, CaseSize.Small), (2, 3, CaseSize.Small), (1, 64, CaseSize.Small), (17, 15, CaseSize.Small),
        (33, 31, CaseSize.Small), (31, 33, CaseSize.Small), (96, 500, CaseSize.Large), (128, 784, CaseSize.Step),
    ];

    private static readonly (int Count, CaseSize Size)[] _lengths =
    [
        (1, CaseSize.Small), (2, CaseSize.Small), (31, CaseSize.Small), (33, CaseSize.Small), (1023, CaseSize.Small),
        (2049, CaseSize.Small), (100_003, CaseSize.Large), (652_824, CaseSize.Step),
    ];

    // Where groups of columns begin and the last one ends.
    private static readonly (int Rows, int[] Starts, CaseSize Size)[] _groups =
    [
        (1, [1, 3], CaseSize.Small), (2, [0, 1, 4], CaseSize.Small), (17, [2, 4, 7, 24], CaseSize.Small),
        (33, [0, 33], CaseSize.Small), (500, [7, 9, 60, 77, 100], CaseSize.Large), (128, [20, 22, 40, 43], CaseSize.Step),
    ];

    // Rectangles in pictures, and spans of a series.
    private static readonly (int Rows, Shape Image, float Amount, CaseSize Size)[] _patches =
    [
        (1, new(1, 1, 1), 1, CaseSize.Small), (3, new(2, 3, 1), 0.1f, CaseSize.Small), (17, new(5, 3, 3), 1, CaseSize.Small),
        (33, new(1, 31, 1), 0.4f, CaseSize.Small), (5, new(33, 1, 7), 0.5f, CaseSize.Small), (96, new(20, 25, 1), 0.3f, CaseSize.Large),
        (128, new(28, 28, 1), 0.2f, CaseSize.Step),
    ];

    private static readonly (int Rows, int Pixels, int Channels, CaseSize Size)[] _pixels =
    [
        (1, 1, 1, CaseSize.Small), (2, 3, 1, CaseSize.Small), (17, 15, 1, CaseSize.Small), (31, 33, 3, CaseSize.Small),
        (3, 1, 37, CaseSize.Small), (33, 300, 1, CaseSize.Large), (128, 784, 1, CaseSize.Step),
    ];

    /// <summary>Every case.</summary>
    public static IEnumerable<OperationCase> All()
    {
        foreach ((int rows, int columns, CaseSize size) in _sizes)
        {
            yield return Corrupt(rows, columns, new(CorruptionKind.Gaussian, 0.4f), size);
            yield return Corrupt(rows, columns, new(CorruptionKind.Masking, 0.3f), size);
            yield return Corrupt(rows, columns, new(CorruptionKind.SaltAndPepper, 0.3f), size);
            yield return ScaleLikelihood(rows, columns, 1, size);
            yield return ScaleLikelihood(rows, columns, 2, size);
            yield return LogScaleGradient(rows, columns, hasWeights: false, size);
            yield return LogScaleGradient(rows, columns, hasWeights: true, size);
            yield return DiscretizedLogistic(rows, columns, 0.03, 1.5f, size);
        }
        // Scales from a quarter of a byte to ten times all of them, and means that are 10⁴ scales from their bytes.
        foreach (double scale in (double[])[1e-3, 0.01, 0.3, 1, 10])
            yield return DiscretizedLogistic(17, 37, scale, 1.5f, CaseSize.Small);
        yield return DiscretizedLogistic(17, 37, 1e-3, 10, CaseSize.Small);
        yield return DiscretizedLogistic(5, 1100, 0.03, 1.5f, CaseSize.Large);
        foreach ((int rows, int pixels, int channels, CaseSize size) in _pixels)
            yield return BetaBinomial(rows, pixels, channels, 8, 4, size);
        // Outputs far beyond their bounds, and near 0.
        yield return BetaBinomial(17, 37, 1, 40, 20, CaseSize.Small);
        yield return BetaBinomial(17, 37, 1, 0.1f, 0.1f, CaseSize.Small);
        foreach ((int rows, int pixels, int channels, CaseSize size) in _pixels)
        {
            yield return LogisticMixture(rows, pixels, channels, 5, 2, size);
            yield return LogisticMixtureMean(rows, pixels, channels, 5, size);
        }
        // One alone, and scales beyond their bounds.
        yield return LogisticMixture(17, 37, 1, 1, 2, CaseSize.Small);
        yield return LogisticMixture(17, 37, 3, 16, 6, CaseSize.Small);
        yield return Corrupt(17, 16, new(CorruptionKind.Gaussian, 0.5f, -0.5f, 0.75f), CaseSize.Small);
        foreach (PatchKind kind in Enum.GetValues<PatchKind>())
        {
            foreach ((int rows, Shape image, float amount, CaseSize size) in _patches)
                yield return CorruptPatch(rows, image, kind, amount, size);
        }
        yield return Corrupt(
            17, 16, new(CorruptionKind.Gaussian, 2, float.NegativeInfinity, float.PositiveInfinity), CaseSize.Small);
        yield return Corrupt(17, 16, new(CorruptionKind.SaltAndPepper, 1, -0.5f, 0.75f), CaseSize.Small);
        foreach ((int rows, int[] starts, CaseSize size) in _groups)
        {
            yield return CategoricalLikelihood(rows, starts, size);
            yield return Softmax(rows, starts, size);
            yield return CopyColumns(rows, starts[0], starts[^1], size);
        }
        yield return CopyColumns(17, 0, 3, CaseSize.Small);
        foreach ((int count, CaseSize size) in _lengths)
        {
            yield return SumSquares(count, size);
            yield return ClipNorm(count, 0.5f, size);
            yield return ClipNorm(count, 2, size);
            yield return DecayWeights(count, size);
        }
    }

    private static OperationCase Corrupt(int rows, int columns, CorruptionSettings settings, CaseSize size) =>
        OperationCase.Create(
            FormattableString.Invariant(
                $"{settings.Kind} {settings.Amount} {rows}x{columns} in {settings.Low}…{settings.High}"),
            size,
            workspace =>
            {
                View<float> clean = float.IsFinite(settings.Low)
                    ? workspace.Source(rows, columns, settings.Low, settings.High)
                    : workspace.Source(rows, columns, -3, 3);
                View<int> counters = workspace.Source(1, Counter.Count, [3, 70_000]);
                // A normal number is good to 2e-5, where a GPU's logarithm is near 0; the rest is chosen, not computed.
                Tolerance tolerance =
                    settings.Kind == CorruptionKind.Gaussian ? new(2e-5 * settings.Amount, 8 * U) : Tolerance.Exact;
                View<float> corrupted = workspace.Destination("corrupted", rows, columns, tolerance);
                // Of a batch whose first eight rows are elsewhere.
                RandomSource noise = new RandomSource(19, RandomPurpose.TrainingCorruption).From(8L * columns);
                return new Corrupt(clean, counters, settings, noise, corrupted);
            });

    private static OperationCase CorruptPatch(int rows, Shape image, PatchKind kind, float amount, CaseSize size) =>
        OperationCase.Create(
            FormattableString.Invariant($"{kind} {amount} {rows}x{image.Height}x{image.Width}x{image.Channels}"),
            size,
            workspace =>
            {
                View<float> clean = workspace.Source(rows, image.Size, 0, 1);
                View<int> counters = workspace.Source(1, Counter.Count, [3, 70_000]);
                View<float> corrupted = workspace.Destination("corrupted", rows, image.Size, Tolerance.Exact);
                RandomSource noise = new RandomSource(19, RandomPurpose.TrainingCorruption).From(8L * image.Size);
                return new CorruptPatch(clean, counters, image, kind, amount, noise, corrupted);
            });

    private static OperationCase ScaleLikelihood(int rows, int columns, float power, CaseSize size) =>
        OperationCase.Create(
            $"{rows}x{columns} power {power}", size,
            workspace =>
            {
                View<float> logScale = workspace.Source(1, 1, -2, -1);
                // A loss of up to D at scale 1 grows by up to e^4 and has up to 2D taken from it.
                View<float> loss = workspace.Destination(
                    "loss", 1, rows, new(16 * U * columns * Math.Exp(2 * power), 16 * U),
                    workspace.Random(rows, u => columns * (1 + u)));
                View<float> gradient = workspace.Destination(
                    "outputGradient", rows, columns, new(0, 16 * U),
                    workspace.Random(rows * columns, u => (2 * u) - 1));
                return new ScaleLikelihood(logScale, power, loss, gradient);
            });

    private static OperationCase DiscretizedLogistic(int rows, int columns, double scale, float reach, CaseSize size) =>
        OperationCase.Create(
            FormattableString.Invariant($"{rows}x{columns} scale {scale} to {reach}"), size,
            workspace =>
            {
                // A tenth of the bytes are 0, and a tenth 255.
                View<float> target = workspace.Source(rows, columns, workspace.Random(
                    rows * columns, u => (float)(Math.Round(255 * Math.Clamp((1.25 * u) - 0.125, 0, 1)) / 255)));
                View<float> logScale = workspace.Source(1, 1, [(float)Math.Log(scale)]);
                // a and b have errors of some units of their own size, λ's exponential has one of |λ| units. A loss is a sum of
                // numbers above 0; its slope by λ has numbers of either sign, as large as a and b.
                double unit = U * (32 + (8 * Math.Abs(Math.Log(scale)))), width = 1 / (255 * scale), far = (reach + 1) / scale;
                View<float> loss = workspace.Destination(
                    "loss", 1, rows, new(unit * columns * (1 + width), unit + Tolerance.PositiveSum(columns).Relative));
                View<float> slope = workspace.Destination(
                    "logScaleGradient", 1, rows, new(unit * columns * (1 + far), unit));
                View<float> outputs = workspace.Destination(
                    "outputs", rows, columns, new(unit * (1 + width) / (3 * scale), unit),
                    workspace.Random(rows * columns, u => ((2 * u) - 1) * reach));
                return new DiscretizedLogistic(target, logScale, 1f / 3, loss, slope, outputs);
            });

    private static OperationCase BetaBinomial(int rows, int pixels, int channels, float logits, float concentrations, CaseSize size) =>
        OperationCase.Create(
            FormattableString.Invariant($"{rows}x{pixels}x{channels} logits to {logits}, concentrations to e^{concentrations}"), size,
            workspace =>
            {
                // A tenth of the bytes are 0, and a tenth 255.
                int columns = pixels * channels, k = 0;
                View<float> target = workspace.Source(rows, columns, workspace.Random(
                    rows * columns, u => (float)(Math.Round(255 * Math.Clamp((1.25 * u) - 0.125, 0, 1)) / 255)));
                View<float> choices = workspace.Source(1, 256, Kernels.BetaBinomial.MakeLogChoices());
                // A loss has up to 255 successes times logarithms of up to 7, of some units each; a slope sums of up to 7 times eˢ.
                double largest = Math.Exp(Math.Min(concentrations, 7));
                View<float> loss = workspace.Destination("loss", 1, rows, new(U * 5000 * Math.Sqrt(columns), U * 64));
                View<float> outputs = workspace.Destination(
                    "outputs", rows, 2 * columns, new(U * 16 * largest, U * 64),
                    workspace.Random(2 * rows * columns, u => ((2 * u) - 1) * (k++ / channels % 2 == 0 ? logits : concentrations)));
                return new BetaBinomial(target, choices, channels, 1f / 3, loss, outputs);
            });

    private static OperationCase LogisticMixture(int rows, int pixels, int channels, int components, float scales, CaseSize size) =>
        OperationCase.Create(
            FormattableString.Invariant($"{rows}x{pixels}x{channels} of {components}, log scales to {scales}"), size,
            workspace =>
            {
                // A tenth of the bytes are 0, and a tenth 255.
                int columns = pixels * channels, k = 0;
                View<float> target = workspace.Source(rows, columns, workspace.Random(
                    rows * columns, u => (float)(Math.Round(255 * Math.Clamp((1.25 * u) - 0.125, 0, 1)) / 255)));
                // A loss has arguments of exp of up to 1/s, each rounded by some units; a slope is as many times larger.
                double inverse = Math.Exp(Math.Min(scales - Kernels.LogisticMixture.StartLogScale, 8));
                View<float> loss = workspace.Destination("loss", 1, rows, new(U * 16 * (1 + inverse) * Math.Sqrt(columns), U * 64));
                View<float> outputs = workspace.Destination(
                    "outputs", rows, 3 * components * columns, new(U * 8 * (1 + inverse), U * 2 * (1 + inverse)),
                    workspace.Random(3 * components * rows * columns, u => ((2 * u) - 1) * ((k++ / channels / components % 3) switch { 0 => 0.7f, 1 => 3, _ => scales })));
                return new LogisticMixture(target, components, channels, 1f / 3, loss, outputs);
            });

    private static OperationCase LogisticMixtureMean(int rows, int pixels, int channels, int components, CaseSize size) =>
        OperationCase.Create(
            $"{rows}x{pixels}x{channels} of {components}", size,
            workspace =>
            {
                int columns = pixels * channels;
                View<float> outputs = workspace.Source(
                    rows, 3 * components * columns, workspace.Random(3 * components * rows * columns, u => ((2 * u) - 1) * 3));
                View<float> means = workspace.Destination("means", rows, columns, new(U * 32, U * 32));
                return new LogisticMixtureMean(outputs, components, channels, means);
            });

    private static OperationCase CategoricalLikelihood(int rows, int[] starts, CaseSize size) =>
        OperationCase.Create(
            $"{rows}x{starts[^1]} in {starts.Length - 1} groups", size,
            workspace =>
            {
                int columns = starts[^1];
                float[] oneHot = workspace.Random(rows * columns, u => u);
                for (int row = 0; row < rows; row++)
                {
                    for (int group = 0; group + 1 < starts.Length; group++)
                    {
                        Span<float> categories = oneHot.AsSpan()[((row * columns) + starts[group])..((row * columns) + starts[group + 1])];
                        int chosen = (int)(categories[0] * categories.Length);
                        categories.Clear();
                        categories[Math.Min(chosen, categories.Length - 1)] = 1;
                    }
                }
                View<float> target = workspace.Source(rows, columns, oneHot);
                View<int> groups = workspace.Source(1, starts.Length, starts);
                // Logits of −30 … 30, so that exponents have an error of 60 units and losses go to 60 for a group.
                View<float> loss = workspace.Destination(
                    "loss", 1, rows, new(256 * U * starts.Length, 64 * U), workspace.Random(rows, u => u));
                View<float> outputs = workspace.Destination(
                    "outputs", rows, columns, new(128 * U, 128 * U), workspace.Random(rows * columns, u => (60 * u) - 30));
                return new CategoricalLikelihood(target, groups, 1f / 3, loss, outputs);
            });

    private static OperationCase Softmax(int rows, int[] starts, CaseSize size) =>
        OperationCase.Create(
            $"{rows}x{starts[^1]} in {starts.Length - 1} groups", size,
            workspace =>
            {
                View<int> groups = workspace.Source(1, starts.Length, starts);
                View<float> values = workspace.Destination(
                    "values", rows, starts[^1], new(128 * U, 128 * U),
                    workspace.Random(rows * starts[^1], u => (60 * u) - 30));
                return new Softmax(groups, values);
            });

    private static OperationCase CopyColumns(int rows, int first, int columns, CaseSize size) =>
        OperationCase.Create(
            $"{rows}x{columns - first} from column {first}", size,
            workspace =>
            {
                View<float> source = workspace.Source(rows, columns);
                View<float> destination = workspace.Destination(
                    "destination", rows, columns + 2, Tolerance.Exact, workspace.Random(rows * (columns + 2), u => u));
                return new CopyColumns(source, first, columns - first, destination, 1);
            });

    private static OperationCase LogScaleGradient(int rows, int dimensions, bool hasWeights, CaseSize size) =>
        OperationCase.Create(
            $"{rows}x{dimensions}{(hasWeights ? " weighted" : "")}", size,
            workspace =>
            {
                View<float> logScale = workspace.Source(1, 1, -2, -1);
                View<float> loss = workspace.Source(1, rows, 2 * dimensions, 9 * dimensions);
                View<float> weights = hasWeights ? workspace.Source(rows, 1, 0, 1f / rows) : default;
                // Numbers of up to 22 D, whose mean is taken.
                View<float> gradient = workspace.Destination(
                    "logScaleGradient", 1, 1, new(64 * U * dimensions, Tolerance.PositiveSum(rows).Relative));
                return new LogScaleGradient(logScale, 2, dimensions, loss, weights, 1f / rows, gradient);
            });

    private static OperationCase SumSquares(int count, CaseSize size) =>
        OperationCase.Create(
            $"{count}", size,
            workspace =>
            {
                View<float> values = workspace.Source(1, count);
                View<float> sum = workspace.Destination("sum", 1, 1, Tolerance.PositiveSum(count));
                return new SumSquares(values, sum);
            });

    private static OperationCase ClipNorm(int count, float limit, CaseSize size) =>
        OperationCase.Create(
            FormattableString.Invariant($"{count} to {limit}"), size,
            workspace =>
            {
                // A norm of 1 to 2: above one of the limits and not above the other.
                View<float> sumOfSquares = workspace.Source(1, 1, 1, 4);
                View<float> gradient = workspace.Destination(
                    "gradient", 1, count, new(0, 8 * U), workspace.Random(count, u => (2 * u) - 1));
                return new ClipNorm(sumOfSquares, limit, gradient);
            });

    private static OperationCase DecayWeights(int count, CaseSize size) =>
        OperationCase.Create(
            $"{count}", size,
            workspace =>
            {
                View<float> schedule = workspace.Source(5, Schedule.Columns, 0, 0.1f);
                View<int> counters = workspace.Source(1, Counter.Count, [1, 70_000]);
                View<float> parameters = workspace.Destination(
                    "parameters", 1, count, new(0, 4 * U), workspace.Random(count, u => (2 * u) - 1));
                return new DecayWeights(schedule, counters, parameters);
            });
}
