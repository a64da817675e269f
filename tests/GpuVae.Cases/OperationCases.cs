using GpuVae.Kernels;

namespace GpuVae.Cases;

/// <summary>
/// Every operation at awkward sizes and at those of the training step: the one table that the tests compare with the
/// reference and the benchmarks time.
/// </summary>
public static class OperationCases
{
    private const double U = Tolerance.UnitRoundoff;

    private static readonly int[] _awkwardSizes = [1, 2, 15, 16, 17, 31, 33, 64];

    /// <summary>Every case.</summary>
    public static IReadOnlyList<OperationCase> All { get; } =
    [
        .. MultiplyCases.All(), .. GatherCases(), .. AugmentationCases.All(), .. SumCases(), .. CodeCases.All(), .. ObjectiveCases.All(),
        .. LossCases.All(), .. PrimitiveCases.All(), .. ConvolutionCases.All(), .. PoolingCases.All(),
        .. NormalizationCases.All(), .. SimilarityCases.All(), .. AdamCases(), Advance(),
        .. EndStepCases(),
    ];

    /// <summary>The cases of one operation, by the name of its type.</summary>
    public static IEnumerable<OperationCase> Of(string operation) => All.Where(row => row.Operation == operation);

    private static IEnumerable<OperationCase> GatherCases()
    {
        (int Images, int Dimensions, int Batch, int Rows, CaseSize Size)[] shapes =
        [
            (7, 1, 1, 1, CaseSize.Small), (9, 3, 3, 2, CaseSize.Small), (40, 17, 16, 15, CaseSize.Small),
            (70, 31, 33, 33, CaseSize.Small), (64, 784, 8, 8, CaseSize.Small), (1000, 784, 128, 96, CaseSize.Large),
            (1000, 784, 128, 128, CaseSize.Step),
        ];
        foreach (PixelEncoding encoding in Enum.GetValues<PixelEncoding>())
        {
            foreach ((int images, int dimensions, int batch, int rows, CaseSize size) in shapes)
            {
                yield return Gather(images, dimensions, batch, rows, encoding, "bytes", size, u => (byte)(256 * u));
                // From −0.1 to 1.1: what is below 0 never becomes 1, what is above 1 always does.
                yield return Gather(images, dimensions, batch, rows, encoding, "floats", size, u => (1.2f * u) - 0.1f);
            }
        }
    }

    private static IEnumerable<OperationCase> SumCases()
    {
        foreach (int size in _awkwardSizes)
        {
            yield return SumColumns(size, _awkwardSizes[^1] - size + 1, CaseSize.Small);
            yield return SumColumns(33, size, CaseSize.Small);
            yield return SumTerms(1, size, CaseSize.Small);
            yield return SumTerms(2, size, CaseSize.Small);
        }
        yield return SumColumns(1000, 3, CaseSize.Large);
        yield return SumColumns(129, 1000, CaseSize.Large);
        // As many rows as maps have: channels that fill no vector, a part of one, one and more than eight.
        foreach (int columns in (int[])[1, 3, 8, 33, 130])
            yield return SumColumns(9001, columns, CaseSize.Large);
        yield return SumTerms(3, 1000, CaseSize.Large);
        foreach (int columns in (int[])[784, 400, 40])
            yield return SumColumns(128, columns, CaseSize.Step);
        yield return SumTerms(2, 128, CaseSize.Step);
    }

    private static IEnumerable<OperationCase> AdamCases()
    {
        foreach (int size in _awkwardSizes)
            yield return Adam(size, CaseSize.Small);
        yield return Adam(1000, CaseSize.Small);
        yield return Adam(100_003, CaseSize.Large);
        yield return Adam(652_824, CaseSize.Step);
    }

    private static IEnumerable<OperationCase> EndStepCases()
    {
        foreach (int size in _awkwardSizes)
            yield return EndStep(1 + (size % 3), size, size, CaseSize.Small);
        yield return EndStep(3, 1000, 100_003, CaseSize.Large);
        yield return EndStep(2, 128, 652_824, CaseSize.Step);
    }

    private static OperationCase Gather<T>(
        int images, int dimensions, int batchSize, int rows, PixelEncoding encoding, string type, CaseSize size,
        Func<float, T> pixel)
        where T : unmanaged =>
        OperationCase.Create(
            $"{encoding} {rows} of {batchSize} from {images}x{dimensions} {type}", size,
            workspace =>
            {
                // Where there are enough, of a batch whose first eight rows are elsewhere.
                int elsewhere = images >= rows + 8 ? 8 : 0, last = (images - elsewhere - rows) / batchSize;
                float[] values = workspace.Random(images * dimensions, u => u);
                View<int> order = workspace.Source(1, images - elsewhere, workspace.Permutation(images)[elsewhere..]);
                View<int> counters = workspace.Source(1, Counter.Count, [last, 4321]);
                bool divides = encoding == PixelEncoding.Scaled && typeof(T) == typeof(byte);
                View<float> x = workspace.Destination("x", rows, dimensions, divides ? new(0, 2 * U) : Tolerance.Exact);
                RandomSource noise = new RandomSource(11, RandomPurpose.TrainingPixels).From((long)elsewhere * dimensions);
                View<T> pixels = workspace.Source(images, dimensions, Array.ConvertAll(values, u => pixel(u)));
                return new Gather<T>(pixels, order, counters, batchSize, encoding, noise, x);
            });

    private static OperationCase SumColumns(int rows, int columns, CaseSize size) =>
        OperationCase.Create(
            $"{rows}x{columns}", size,
            workspace =>
            {
                View<float> values = workspace.Source(rows, columns);
                View<float> sums = workspace.Destination("sums", 1, columns, Tolerance.Sum(rows));
                return new SumColumns(values, sums);
            });

    private static OperationCase SumTerms(int parts, int batch, CaseSize size) =>
        OperationCase.Create(
            $"{parts}x{batch}", size,
            workspace => Sum(workspace, parts, batch, workspace.Source(1, Counter.Count, [2, 1002])));

    private static SumTerms Sum(CaseWorkspace workspace, int parts, int batch, View<int> counters)
    {
        View<float> terms = workspace.Source(parts, batch, 0, 200);
        return new SumTerms(terms, counters, workspace.Destination("history", 5, parts, Tolerance.PositiveSum(batch)));
    }

    private static OperationCase EndStep(int parts, int batch, int count, CaseSize size) =>
        OperationCase.Create(
            $"{parts}x{batch}, {count}", size,
            workspace =>
            {
                View<int> counters = workspace.Destination("counters", 1, Counter.Count, Tolerance.Exact, [1, 70_000]);
                return new EndStep(Sum(workspace, parts, batch, counters), Update(workspace, count, counters));
            });

    private static OperationCase Adam(int count, CaseSize size) =>
        OperationCase.Create(
            $"{count}", size, workspace => Update(workspace, count, workspace.Source(1, Counter.Count, [1, 70_000])));

    private static Adam Update(CaseWorkspace workspace, int count, View<int> counters)
    {
        // A seventh of the weights have never had a gradient, as those of a border that is always black.
        static float Dead(int index, float value) => index % 7 == 3 ? 0 : value;
        View<float> gradient = workspace.Source(1, count, Map(workspace.Random(count, u => (2 * u) - 1), Dead));
        View<float> schedule = workspace.Source(5, Schedule.Columns, 0.001f, 2);
        View<float> first = workspace.Destination(
            "firstMoment", 1, count, new(4 * U, 0), Map(workspace.Random(count, u => 0.2f * (u - 0.5f)), Dead));
        View<float> second = workspace.Destination(
            "secondMoment", 1, count, new(0, 8 * U), Map(workspace.Random(count, u => 0.01f * u), Dead));
        View<float> parameters = workspace.Destination(
            "parameters", 1, count, new(32 * U, 32 * U), workspace.Random(count, u => (2 * u) - 1));
        return new Adam(gradient, schedule, counters, AdamSettings.Default, first, second, parameters);
    }

    private static OperationCase Advance() =>
        OperationCase.Create(
            "both counters", CaseSize.Small,
            workspace =>
            {
                View<int> counters = workspace.Destination(
                    "counters", 1, Counter.Count, Tolerance.Exact, [468, 70_000]);
                return new Advance(counters);
            });

    private static float[] Map(float[] values, Func<int, float, float> map) =>
        [.. values.Select((value, index) => map(index, value))];
}
