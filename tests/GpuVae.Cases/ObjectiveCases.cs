using GpuVae.Kernels;

namespace GpuVae.Cases;

/// <summary>Importance weights, free bits, and the rows of draws.</summary>
internal static class ObjectiveCases
{
    private const double U = Tolerance.UnitRoundoff;

    /// <summary>Every case.</summary>
    public static IEnumerable<OperationCase> All()
    {
        foreach ((int rows, int draws, int units, CaseSize size) in CodeCases.Sizes)
        {
            foreach (Covariance covariance in Enum.GetValues<Covariance>())
            {
                yield return LogWeights(covariance, rows, draws, units, size);
                yield return UnitDivergence(covariance, rows, draws, units, size);
            }
            yield return ImportanceWeights(rows, units, draws, size);
            yield return RepeatRows(rows, draws, units, size);
            yield return ScaleRows(rows, draws, units, size);
            yield return AddScaledRows(rows, draws, units, size);
            yield return FreeBits(rows, draws, units, size);
        }
    }

    private static OperationCase LogWeights(Covariance covariance, int rows, int draws, int units, CaseSize size) =>
        OperationCase.Create(
            $"{covariance} {rows}x{draws}x{units}", size,
            workspace =>
            {
                View<float> posterior = CodeCases.Posterior(workspace, covariance, rows, units, 3);
                View<float> epsilon = workspace.Source(rows * draws, units, -3, 3);
                View<float> z = workspace.Source(rows * draws, units, -3, 3);
                View<float> reconstruction = workspace.Source(1, rows * draws, 50, 150);
                // Terms are at most 4.5 + 1.5, and the sum is rounded at the size of the reconstruction.
                View<float> logWeights = workspace.Destination(
                    "logWeights", rows, draws, new((6 * Tolerance.Sum(units).Absolute) + (300 * U), 8 * U));
                return new LogWeights(posterior, covariance, epsilon, z, reconstruction, logWeights);
            });

    private static OperationCase ImportanceWeights(int rows, int units, int draws, CaseSize size)
    {
        // As many draws as there are units elsewhere, so that one is as awkward as the other.
        int count = draws * units;
        return OperationCase.Create(
            $"{rows}x{draws}x{units}", size,
            workspace =>
            {
                View<float> logWeights = workspace.Source(rows, count, -130, -100);
                // A difference of numbers of size 100 is exact to 100u, which its exponential makes relative.
                View<float> weights = workspace.Destination(
                    "weights", rows, count, new(1e-9, (100 * U) + Tolerance.PositiveSum(count).Relative));
                View<float> loss = workspace.Destination(
                    "loss", 1, rows, new(Tolerance.PositiveSum(count).Relative, 8 * U));
                return new ImportanceWeights(logWeights, 1f / rows, weights, loss);
            });
    }

    private static OperationCase RepeatRows(int rows, int draws, int units, CaseSize size) =>
        OperationCase.Create(
            $"{rows}x{draws}x{units}", size,
            workspace =>
            {
                View<float> source = workspace.Source(rows, units);
                View<float> repeated = workspace.Destination("repeated", rows * draws, units, Tolerance.Exact);
                return new RepeatRows(source, repeated);
            });

    private static OperationCase ScaleRows(int rows, int draws, int units, CaseSize size) =>
        OperationCase.Create(
            $"{rows}x{draws}x{units}", size,
            workspace =>
            {
                View<float> factors = workspace.Source(rows, draws, 0, 1);
                View<float> values = workspace.Destination(
                    "values", rows * draws, units, new(0, U), workspace.Random(rows * draws * units, u => u - 0.5f));
                return new ScaleRows(factors, values);
            });

    private static OperationCase AddScaledRows(int rows, int draws, int units, CaseSize size) =>
        OperationCase.Create(
            $"{rows}x{draws}x{units}", size,
            workspace =>
            {
                View<float> factors = workspace.Source(rows, draws, 0, 1);
                View<float> addend = workspace.Source(rows * draws, units);
                View<float> values = workspace.Destination(
                    "values", rows * draws, units, new(2 * U, U),
                    workspace.Random(rows * draws * units, u => u - 0.5f));
                return new AddScaledRows(factors, addend, values);
            });

    private static OperationCase UnitDivergence(Covariance covariance, int rows, int draws, int units, CaseSize size)
    {
        int images = rows * draws;
        return OperationCase.Create(
            $"{covariance} {rows}x{draws}x{units}", size,
            workspace =>
            {
                View<float> posterior = CodeCases.Posterior(workspace, covariance, images, units, 3);
                // e^s − 1 − s is a difference of numbers up to 20.
                View<float> divergence = workspace.Destination(
                    "divergence", 1, units, new(32 * U, 16 * U + Tolerance.PositiveSum(images + units).Relative));
                return new UnitDivergence(posterior, covariance, divergence);
            });
    }

    private static OperationCase FreeBits(int rows, int draws, int units, CaseSize size)
    {
        int images = rows * draws;
        return OperationCase.Create(
            $"{rows}x{draws}x{units}", size,
            workspace =>
            {
                View<float> unitDivergence = workspace.Source(1, units, 0, 1);
                View<float> divergence = workspace.Source(1, images, 10, 30);
                View<float> unitWeights = workspace.Destination("unitWeights", 1, units, Tolerance.Exact);
                View<float> charge = workspace.Destination(
                    "charge", 1, images, new(0, Tolerance.PositiveSum(units).Relative));
                return new FreeBits(unitDivergence, divergence, 0.4f, unitWeights, charge);
            });
    }
}
