using System.Diagnostics;
using GpuVae.Kernels;

namespace GpuVae.Bench.Budget;

/// <summary>What calls of one kind and shape took.</summary>
/// <param name="Calls">How many.</param>
/// <param name="Seconds">In sum.</param>
/// <param name="Flops">Additions and multiplications of one call, for products.</param>
/// <param name="Bytes">Bytes that one call reads and writes, for the others.</param>
internal sealed record Expense(int Calls, double Seconds, double Flops, double Bytes);

/// <summary>
/// A backend whose operations are done when their calls return, with a clock around each of them. So the time of a
/// step is told apart by operation where it happens: between the others, with the caches as they leave them.
/// </summary>
internal sealed class TimingBackend(IBackend inner) : IBackend
{
    private readonly Dictionary<string, Expense> _expenses = [];

    /// <summary>What was spent since <see cref="Forget"/>, the largest first.</summary>
    public IEnumerable<KeyValuePair<string, Expense>> Expenses => _expenses.OrderByDescending(entry => entry.Value.Seconds);

    public string Name => inner.Name;

    public string Description => inner.Description;

    /// <summary>Begins again.</summary>
    public void Forget() => _expenses.Clear();

    public DeviceBuffer<T> Allocate<T>(long length)
        where T : unmanaged => inner.Allocate<T>(length);

    public DeviceBuffer<T> Import<T>(T[] values)
        where T : unmanaged => inner.Import(values);

    public void Upload<T>(ReadOnlySpan<T> source, View<T> destination)
        where T : unmanaged => inner.Upload(source, destination);

    public void Download<T>(View<T> source, Span<T> destination)
        where T : unmanaged => inner.Download(source, destination);

    public void Synchronize() => inner.Synchronize();

    public void Gather(
        View<byte> images, View<int> order, View<int> counters, int batchSize, PixelEncoding encoding, RandomSource noise,
        View<float> x)
    {
        long start = Stopwatch.GetTimestamp();
        inner.Gather(images, order, counters, batchSize, encoding, noise, x);
        Note($"Gather {x.Rows}x{x.Columns}", start, bytes: 5 * x.Length);
    }

    public void Gather(
        View<float> images, View<int> order, View<int> counters, int batchSize, PixelEncoding encoding, RandomSource noise,
        View<float> x)
    {
        long start = Stopwatch.GetTimestamp();
        inner.Gather(images, order, counters, batchSize, encoding, noise, x);
        Note($"Gather {x.Rows}x{x.Columns}", start, bytes: 8 * x.Length);
    }

    public void Multiply(Orientation orientation, View<float> a, View<float> b, in Epilogue epilogue, View<float> c)
    {
        long start = Stopwatch.GetTimestamp();
        inner.Multiply(orientation, a, b, epilogue, c);
        int depth = orientation == Orientation.TN ? a.Rows : a.Columns;
        Note($"{orientation} {c.Rows}x{c.Columns}x{depth} {epilogue.Kind}", start, flops: 2.0 * c.Length * depth);
    }

    public void SumColumns(View<float> values, View<float> sums)
    {
        long start = Stopwatch.GetTimestamp();
        inner.SumColumns(values, sums);
        Note($"SumColumns {values.Rows}x{values.Columns}", start, bytes: sizeof(float) * values.Length);
    }

    public void SumTerms(View<float> terms, View<int> counters, View<float> history)
    {
        long start = Stopwatch.GetTimestamp();
        inner.SumTerms(terms, counters, history);
        Note("SumTerms", start, bytes: sizeof(float) * terms.Length);
    }

    public void SampleDiagonal(
        View<float> posterior, View<int> counters, RandomSource noise,
        View<float> epsilon, View<float> z, View<float> divergence)
    {
        long start = Stopwatch.GetTimestamp();
        inner.SampleDiagonal(posterior, counters, noise, epsilon, z, divergence);
        Note("SampleDiagonal", start, bytes: 4 * sizeof(float) * z.Length);
    }

    public void SampleDiagonalGradient(
        View<float> posterior, View<float> epsilon, View<float> zGradient, View<float> schedule, View<int> counters,
        float gradientScale, in DivergenceGradient divergence, View<float> posteriorGradient)
    {
        long start = Stopwatch.GetTimestamp();
        inner.SampleDiagonalGradient(
            posterior, epsilon, zGradient, schedule, counters, gradientScale, divergence, posteriorGradient);
        Note("SampleDiagonalGradient", start, bytes: 6 * sizeof(float) * zGradient.Length);
    }

    public void SampleFull(
        View<float> posterior, View<int> counters, RandomSource noise,
        View<float> epsilon, View<float> z, View<float> divergence)
    {
        long start = Stopwatch.GetTimestamp();
        inner.SampleFull(posterior, counters, noise, epsilon, z, divergence);
        Note("SampleFull", start, bytes: 2 * sizeof(float) * posterior.Length);
    }

    public void SampleFullGradient(
        View<float> posterior, View<float> epsilon, View<float> zGradient, View<float> schedule, View<int> counters,
        float gradientScale, in DivergenceGradient divergence, View<float> posteriorGradient)
    {
        long start = Stopwatch.GetTimestamp();
        inner.SampleFullGradient(posterior, epsilon, zGradient, schedule, counters, gradientScale, divergence, posteriorGradient);
        Note("SampleFullGradient", start, bytes: 2 * sizeof(float) * posterior.Length);
    }

    public void SampleSigmoid(
        View<float> activations, View<int> order, View<int> counters, int batchSize, float deviation, RandomSource noise,
        View<float> z)
    {
        long start = Stopwatch.GetTimestamp();
        inner.SampleSigmoid(activations, order, counters, batchSize, deviation, noise, z);
        Note("SampleSigmoid", start, bytes: 2 * sizeof(float) * z.Length);
    }

    public void RepeatRows(View<float> rows, View<float> repeated)
    {
        long start = Stopwatch.GetTimestamp();
        inner.RepeatRows(rows, repeated);
        Note("RepeatRows", start, bytes: sizeof(float) * (rows.Length + repeated.Length));
    }

    public void MeanOfDraws(View<float> values, View<float> means)
    {
        long start = Stopwatch.GetTimestamp();
        inner.MeanOfDraws(values, means);
        Note("MeanOfDraws", start, bytes: sizeof(float) * values.Length);
    }

    public void LogWeights(
        View<float> posterior, Covariance covariance, View<float> epsilon, View<float> z, View<float> reconstruction,
        View<float> logWeights)
    {
        long start = Stopwatch.GetTimestamp();
        inner.LogWeights(posterior, covariance, epsilon, z, reconstruction, logWeights);
        Note("LogWeights", start, bytes: 2 * sizeof(float) * z.Length);
    }

    public void ImportanceWeights(View<float> logWeights, float scale, View<float> weights, View<float> loss)
    {
        long start = Stopwatch.GetTimestamp();
        inner.ImportanceWeights(logWeights, scale, weights, loss);
        Note("ImportanceWeights", start, bytes: 2 * sizeof(float) * weights.Length);
    }

    public void ScaleRows(View<float> factors, View<float> values)
    {
        long start = Stopwatch.GetTimestamp();
        inner.ScaleRows(factors, values);
        Note("ScaleRows", start, bytes: 2 * sizeof(float) * values.Length);
    }

    public void AddScaledRows(View<float> factors, View<float> addend, View<float> values)
    {
        long start = Stopwatch.GetTimestamp();
        inner.AddScaledRows(factors, addend, values);
        Note("AddScaledRows", start, bytes: 3 * sizeof(float) * values.Length);
    }

    public void UnitDivergence(View<float> posterior, Covariance covariance, View<float> divergence)
    {
        long start = Stopwatch.GetTimestamp();
        inner.UnitDivergence(posterior, covariance, divergence);
        Note("UnitDivergence", start, bytes: sizeof(float) * posterior.Length);
    }

    public void FreeBits(
        View<float> unitDivergence, View<float> divergence, float freeNats, View<float> unitWeights, View<float> charge)
    {
        long start = Stopwatch.GetTimestamp();
        inner.FreeBits(unitDivergence, divergence, freeNats, unitWeights, charge);
        Note("FreeBits", start, bytes: 2 * sizeof(float) * divergence.Length);
    }

    public void Corrupt(
        View<float> clean, View<int> counters, CorruptionSettings settings, RandomSource noise, View<float> corrupted)
    {
        long start = Stopwatch.GetTimestamp();
        inner.Corrupt(clean, counters, settings, noise, corrupted);
        Note("Corrupt", start, bytes: 2 * sizeof(float) * clean.Length);
    }

    public void ScaleLikelihood(View<float> logScale, float power, View<float> loss, View<float> outputGradient)
    {
        long start = Stopwatch.GetTimestamp();
        inner.ScaleLikelihood(logScale, power, loss, outputGradient);
        Note("ScaleLikelihood", start, bytes: 2 * sizeof(float) * outputGradient.Length);
    }

    public void LogScaleGradient(
        View<float> logScale, float power, int dimensions, View<float> loss, View<float> weights, float weight,
        View<float> logScaleGradient)
    {
        long start = Stopwatch.GetTimestamp();
        inner.LogScaleGradient(logScale, power, dimensions, loss, weights, weight, logScaleGradient);
        Note("LogScaleGradient", start, bytes: sizeof(float) * loss.Length);
    }

    public void SumSquares(View<float> values, View<float> sum)
    {
        long start = Stopwatch.GetTimestamp();
        inner.SumSquares(values, sum);
        Note("SumSquares", start, bytes: sizeof(float) * values.Length);
    }

    public void ClipNorm(View<float> sumOfSquares, float limit, View<float> gradient)
    {
        long start = Stopwatch.GetTimestamp();
        inner.ClipNorm(sumOfSquares, limit, gradient);
        Note("ClipNorm", start, bytes: 2 * sizeof(float) * gradient.Length);
    }

    public void DecayWeights(View<float> schedule, View<int> counters, View<float> parameters)
    {
        long start = Stopwatch.GetTimestamp();
        inner.DecayWeights(schedule, counters, parameters);
        Note("DecayWeights", start, bytes: 2 * sizeof(float) * parameters.Length);
    }

    public void Adam(
        View<float> gradient, View<float> schedule, View<int> counters, AdamSettings settings,
        View<float> firstMoment, View<float> secondMoment, View<float> parameters)
    {
        long start = Stopwatch.GetTimestamp();
        inner.Adam(gradient, schedule, counters, settings, firstMoment, secondMoment, parameters);
        Note($"Adam {parameters.Length}", start, bytes: 7 * sizeof(float) * parameters.Length);
    }

    public void Advance(View<int> counters) => inner.Advance(counters);

    public void Dispose() => inner.Dispose();

    private void Note(string name, long start, double flops = 0, double bytes = 0)
    {
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        (int calls, double sum) = _expenses.TryGetValue(name, out Expense? so) ? (so.Calls, so.Seconds) : (0, 0);
        _expenses[name] = new Expense(calls + 1, sum + seconds, flops, bytes);
    }
}
