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
            yield return SumGroups(rows, units, draws, size);
            yield return ScaleRows(rows, draws, units, size);
            yield return AddScaledRows(rows, draws, units, size);
            yield return FreeBits(rows, draws, units, size);
        }
    }

    private static OperationCase LogWeights(Covariance covariance, int rows, int draws, int units, CaseSize size) =>
        new(
            nameof(LogWeights), $"{covariance} {rows}x{draws}x{units}", size, 6.0 * rows * draws * units,
            sizeof(float) * (((double)rows * CodeCases.Width(covariance, units)) + (2.0 * rows * draws * (units + 1))),
            workspace =>
            {
                View<float> posterior = CodeCases.Posterior(workspace, covariance, rows, units, 3);
                View<float> epsilon = workspace.Source(rows * draws, units, -3, 3);
                View<float> z = workspace.Source(rows * draws, units, -3, 3);
                View<float> reconstruction = workspace.Source(1, rows * draws, 50, 150);
                // Terms are at most 4.5 + 1.5, and the sum is rounded at the size of the reconstruction.
                View<float> logWeights = workspace.Destination(
                    "logWeights", rows, draws, new((6 * Tolerance.Sum(units).Absolute) + (300 * U), 8 * U));
                return () => workspace.Backend.Run(new LogWeights(
                    posterior, covariance, epsilon, z, reconstruction, logWeights));
            });

    private static OperationCase ImportanceWeights(int rows, int units, int draws, CaseSize size)
    {
        // As many draws as there are units elsewhere, so that one is as awkward as the other.
        int count = draws * units;
        return new(
            nameof(ImportanceWeights), $"{rows}x{draws}x{units}", size, 12.0 * rows * count,
            sizeof(float) * 2.0 * rows * count,
            workspace =>
            {
                View<float> logWeights = workspace.Source(rows, count, -130, -100);
                // A difference of numbers of size 100 is exact to 100u, which its exponential makes relative.
                View<float> weights = workspace.Destination(
                    "weights", rows, count, new(1e-9, (100 * U) + Tolerance.PositiveSum(count).Relative));
                View<float> loss = workspace.Destination(
                    "loss", 1, rows, new(Tolerance.PositiveSum(count).Relative, 8 * U));
                return () => workspace.Backend.Run(new ImportanceWeights(logWeights, 1f / rows, weights, loss));
            });
    }

    private static OperationCase RepeatRows(int rows, int draws, int units, CaseSize size) =>
        new(
            nameof(RepeatRows), $"{rows}x{draws}x{units}", size, (double)rows * draws * units,
            sizeof(float) * (draws + 1.0) * rows * units,
            workspace =>
            {
                View<float> source = workspace.Source(rows, units);
                View<float> repeated = workspace.Destination("repeated", rows * draws, units, Tolerance.Exact);
                return () => workspace.Backend.Run(new RepeatRows(source, repeated));
            });

    private static OperationCase SumGroups(int rows, int units, int draws, CaseSize size)
    {
        int count = draws * units;
        return new(
            nameof(SumGroups), $"{rows}x{draws}x{units}", size, (double)rows * count,
            sizeof(float) * (count + 1.0) * rows,
            workspace =>
            {
                View<float> values = workspace.Source(rows * count, 1, 50, 150);
                View<float> means = workspace.Destination("sums", rows, 1, Tolerance.PositiveSum(count));
                return () => workspace.Backend.Run(new SumGroups(values, count, means));
            });
    }

    private static OperationCase ScaleRows(int rows, int draws, int units, CaseSize size) =>
        new(
            nameof(ScaleRows), $"{rows}x{draws}x{units}", size, (double)rows * draws * units,
            sizeof(float) * 2.0 * rows * draws * units,
            workspace =>
            {
                View<float> factors = workspace.Source(rows, draws, 0, 1);
                View<float> values = workspace.Destination(
                    "values", rows * draws, units, new(0, U), workspace.Random(rows * draws * units, u => u - 0.5f));
                return () => workspace.Backend.Run(new ScaleRows(factors, values));
            });

    private static OperationCase AddScaledRows(int rows, int draws, int units, CaseSize size) =>
        new(
            nameof(AddScaledRows), $"{rows}x{draws}x{units}", size, 2.0 * rows * draws * units,
            sizeof(float) * 3.0 * rows * draws * units,
            workspace =>
            {
                View<float> factors = workspace.Source(rows, draws, 0, 1);
                View<float> addend = workspace.Source(rows * draws, units);
                View<float> values = workspace.Destination(
                    "values", rows * draws, units, new(2 * U, U),
                    workspace.Random(rows * draws * units, u => u - 0.5f));
                return () => workspace.Backend.Run(new AddScaledRows(factors, addend, values));
            });

    private static OperationCase UnitDivergence(Covariance covariance, int rows, int draws, int units, CaseSize size)
    {
        int images = rows * draws;
        return new(
            nameof(UnitDivergence), $"{covariance} {rows}x{draws}x{units}", size,
            5.0 * images * CodeCases.Width(covariance, units),
            sizeof(float) * (double)images * CodeCases.Width(covariance, units),
            workspace =>
            {
                View<float> posterior = CodeCases.Posterior(workspace, covariance, images, units, 3);
                // e^s − 1 − s is a difference of numbers up to 20.
                View<float> divergence = workspace.Destination(
                    "divergence", 1, units, new(32 * U, 16 * U + Tolerance.PositiveSum(images + units).Relative));
                return () => workspace.Backend.Run(new UnitDivergence(posterior, covariance, divergence));
            });
    }

    private static OperationCase FreeBits(int rows, int draws, int units, CaseSize size)
    {
        int images = rows * draws;
        return new(
            nameof(FreeBits), $"{rows}x{draws}x{units}", size, 3.0 * (images + units),
            sizeof(float) * 2.0 * (images + units),
            workspace =>
            {
                View<float> unitDivergence = workspace.Source(1, units, 0, 1);
                View<float> divergence = workspace.Source(1, images, 10, 30);
                View<float> unitWeights = workspace.Destination("unitWeights", 1, units, Tolerance.Exact);
                View<float> charge = workspace.Destination(
                    "charge", 1, images, new(0, Tolerance.PositiveSum(units).Relative));
                return () => workspace.Backend.Run(new FreeBits(unitDivergence, divergence, 0.4f, unitWeights, charge));
            });
    }
}
