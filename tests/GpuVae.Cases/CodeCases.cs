using GpuVae.Kernels;

namespace GpuVae.Cases;

/// <summary>Draws of codes and their gradients.</summary>
public static class CodeCases
{
    private const double U = Tolerance.UnitRoundoff;

    // √(−2 log u) is at most 5.8 and the angle 2πv is rounded at 2.4e-7: some 3e-6, and more where u is near 1 and the
    // logarithm has an absolute error, as on a GPU.
    private static readonly Tolerance _normal = new(2e-5, 8 * U);

    /// <summary>Images, draws of each and units at awkward sizes and at those of steps.</summary>
    public static readonly (int Rows, int Draws, int Units, CaseSize Size)[] Sizes =
    [
        (1, 1, 1, CaseSize.Small), (2, 1, 3, CaseSize.Small), (1, 1, 64, CaseSize.Small), (15, 1, 2, CaseSize.Small),
        (17, 1, 16, CaseSize.Small), (33, 1, 5, CaseSize.Small), (5, 1, 33, CaseSize.Small), (1, 3, 1, CaseSize.Small),
        (5, 3, 7, CaseSize.Small), (2, 33, 17, CaseSize.Small), (300, 1, 7, CaseSize.Large), (96, 1, 20, CaseSize.Large),
        (20, 50, 50, CaseSize.Large), (128, 1, 20, CaseSize.Step),
    ];

    /// <summary>Every case.</summary>
    public static IEnumerable<OperationCase> All()
    {
        foreach ((int rows, int draws, int units, CaseSize size) in Sizes)
        {
            foreach (Covariance covariance in Enum.GetValues<Covariance>())
            {
                yield return Sample(covariance, rows, draws, units, 3, size);
                yield return Gradient(covariance, rows, draws, units, 3, default, false, size);
            }
            if (draws == 1)
                yield return SampleSigmoid(rows, units, rows % 2 == 1, size);
        }
        foreach (Covariance covariance in Enum.GetValues<Covariance>())
        {
            // Half of these log-variances are beyond the limit.
            yield return Sample(covariance, 17, 1, 16, 2 * GaussianCode.LogVarianceLimit, CaseSize.Small);
            yield return Gradient(
                covariance, 17, 1, 16, 2 * GaussianCode.LogVarianceLimit, default, false, CaseSize.Small);
            yield return Gradient(covariance, 5, 3, 33, 3, DivergenceForm.Sampled, false, CaseSize.Small);
            yield return Gradient(covariance, 5, 2, 17, 3, DivergenceForm.Exact, true, CaseSize.Small);
            yield return Gradient(covariance, 6, 2, 17, 3, DivergenceForm.Sampled, true, CaseSize.Small);
        }
    }

    /// <summary>Columns of a posterior.</summary>
    public static int Width(Covariance covariance, int units) =>
        covariance == Covariance.Diagonal ? 2 * units : (2 * units) + (units * (units - 1) / 2);

    /// <summary>
    /// Means in ±1, log-variances in ± <paramref name="logVarianceRange"/> or half as many log-deviations, and entries of
    /// L below its diagonal in ±1/√k.
    /// </summary>
    public static View<float> Posterior(
        CaseWorkspace workspace, Covariance covariance, int rows, int units, float logVarianceRange)
    {
        int width = Width(covariance, units);
        float[] values = workspace.Random(rows * width, u => (2 * u) - 1);
        for (int i = 0; i < values.Length; i++)
        {
            int column = i % width;
            values[i] *= column < units ? 1
                : column >= 2 * units ? 1 / MathF.Sqrt(units)
                : covariance == Covariance.Diagonal ? logVarianceRange
                : logVarianceRange / 2;
        }
        return workspace.Source(rows, width, values);
    }

    private static OperationCase Sample(
        Covariance covariance, int rows, int draws, int units, float logVarianceRange, CaseSize size) =>
        OperationCase.Create(
            $"{covariance} {rows}x{draws}x{units} log-variance ±{logVarianceRange}", size,
            workspace =>
            {
                double range = Math.Min(logVarianceRange, GaussianCode.LogVarianceLimit);
                // e^s has the rounding of s·log₂e in its exponent: relative error up to 2·(4 + |s|)·u.
                double exponential = 2 * (4 + range) * U;
                double below = covariance == Covariance.Full ? 1 : 0;
                View<float> posterior = Posterior(workspace, covariance, rows, units, logVarianceRange);
                View<int> counters = workspace.Source(1, Counter.Count, [3, 70_000]);
                View<float> epsilon = workspace.Destination("epsilon", rows * draws, units, _normal);
                // A large part e^d ε and a small one may cancel, and then the error of the first is the sum's.
                double codeError = (4 * U) + (_normal.Absolute * (Math.Exp(range / 2) + below))
                    + (below * ((4 * Math.Exp(range / 2) * exponential) + Tolerance.Sum(units).Absolute));
                View<float> z = workspace.Destination("z", rows * draws, units, new(codeError, exponential));
                View<float> divergence = workspace.Destination(
                    "divergence", 1, rows,
                    new(8 * (3 + range) * units * U, exponential + Tolerance.PositiveSum(units * units).Relative));
                RandomSource noise = new RandomSource(0x123456789ABCDEF, RandomPurpose.TrainingCode).From(8L * draws * units);
                return new SampleGaussian(covariance, posterior, counters, noise, epsilon, z, divergence);
            });

    private static OperationCase Gradient(
        Covariance covariance, int rows, int draws, int units, float logVarianceRange, DivergenceForm form,
        bool hasUnitWeights, CaseSize size) =>
        OperationCase.Create(
            $"{covariance} {rows}x{draws}x{units} log-variance ±{logVarianceRange} {form}"
            + (hasUnitWeights ? " by unit" : ""),
            size,
            workspace =>
            {
                double range = Math.Min(logVarianceRange, GaussianCode.LogVarianceLimit);
                float scale = 1f / rows;
                View<float> posterior = Posterior(workspace, covariance, rows, units, logVarianceRange);
                View<float> epsilon = workspace.Source(rows * draws, units, -3, 3);
                View<float> zGradient = workspace.Source(rows * draws, units, -scale, scale);
                View<float> schedule = workspace.Source(5, Schedule.Columns, 0, 2);
                View<int> counters = workspace.Source(1, Counter.Count, [3, 70_000]);
                View<float> unitWeights = hasUnitWeights ? workspace.Source(1, units, 0, 1) : default;
                // Two parts of either sign: ½e^(s/2)·3·scale and ½·2·scale·(e^s − 1), each with the error of its e^s; d
                // has twice the slope.
                double factor = covariance == Covariance.Diagonal ? 1 : 2;
                double largest = factor * scale * ((1.5 * Math.Sqrt(draws) * Math.Exp(range / 2)) + Math.Exp(range));
                double exponential = 2 * (4 + range) * U;
                View<float> gradient = workspace.Destination(
                    "posteriorGradient", rows, Width(covariance, units), new(largest * exponential / 4, exponential));
                var divergence = new DivergenceGradient(form, unitWeights);
                return new SampleGaussianGradient(
                    covariance, posterior, epsilon, zGradient, schedule, counters, scale, divergence, gradient);
            });

    private static OperationCase SampleSigmoid(int rows, int units, bool hasNoise, CaseSize size) =>
        OperationCase.Create(
            $"{rows}x{units}{(hasNoise ? "" : " without noise")}", size,
            workspace =>
            {
                View<float> activations = workspace.Source(rows, units, -6, 6);
                View<int> order = hasNoise
                    ? workspace.Source(1, (3 * rows) + 2, workspace.Permutation((3 * rows) + 2))
                    : default;
                View<int> counters = workspace.Source(1, Counter.Count, [2, 70_000]);
                // The slope of σ is at most ¼; near 0 it is σ itself.
                View<float> z = workspace.Destination("z", rows, units, new(_normal.Absolute, 40 * U));
                var noise = new RandomSource(17, RandomPurpose.TrainingCase);
                return new SampleSigmoid(activations, order, counters, rows, 4, noise, z);
            });
}
