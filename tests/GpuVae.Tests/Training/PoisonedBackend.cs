using GpuVae.Kernels;
using GpuVae.Tests.Support;

namespace GpuVae.Tests.Training;

/// <summary>The reference backend, except that one of Adam's updates leaves a NaN in the first parameter.</summary>
internal sealed class PoisonedBackend(int poisonedUpdate) : IBackend
{
    private readonly ReferenceBackend _inner = new();
    private int _updates;

    public string Name => "poisoned";

    public string Description => _inner.Description;

    public DeviceBuffer<T> Allocate<T>(long length)
        where T : unmanaged => _inner.Allocate<T>(length);

    public void Upload<T>(ReadOnlySpan<T> source, View<T> destination)
        where T : unmanaged => _inner.Upload(source, destination);

    public void Download<T>(View<T> source, Span<T> destination)
        where T : unmanaged => _inner.Download(source, destination);

    public void Synchronize() => _inner.Synchronize();

    public void Gather(
        View<byte> images, View<int> order, View<int> counters, int batchSize, PixelEncoding encoding,
        RandomSource noise, View<float> x) => _inner.Gather(images, order, counters, batchSize, encoding, noise, x);

    public void Gather(
        View<float> images, View<int> order, View<int> counters, int batchSize, PixelEncoding encoding,
        RandomSource noise, View<float> x) => _inner.Gather(images, order, counters, batchSize, encoding, noise, x);

    public void Multiply(Orientation orientation, View<float> a, View<float> b, in Epilogue epilogue, View<float> c) =>
        _inner.Multiply(orientation, a, b, epilogue, c);

    public void SumColumns(View<float> values, View<float> sums) => _inner.SumColumns(values, sums);

    public void SumTerms(View<float> terms, View<int> counters, View<float> history) =>
        _inner.SumTerms(terms, counters, history);

    public void SampleDiagonal(
        View<float> posterior, View<int> counters, RandomSource noise,
        View<float> epsilon, View<float> z, View<float> divergence) =>
        _inner.SampleDiagonal(posterior, counters, noise, epsilon, z, divergence);

    public void SampleDiagonalGradient(
        View<float> posterior, View<float> epsilon, View<float> zGradient, View<float> schedule, View<int> counters,
        float gradientScale, in DivergenceGradient divergence, View<float> posteriorGradient) =>
        _inner.SampleDiagonalGradient(
            posterior, epsilon, zGradient, schedule, counters, gradientScale, divergence, posteriorGradient);

    public void SampleFull(
        View<float> posterior, View<int> counters, RandomSource noise,
        View<float> epsilon, View<float> z, View<float> divergence) =>
        _inner.SampleFull(posterior, counters, noise, epsilon, z, divergence);

    public void SampleFullGradient(
        View<float> posterior, View<float> epsilon, View<float> zGradient, View<float> schedule, View<int> counters,
        float gradientScale, in DivergenceGradient divergence, View<float> posteriorGradient) =>
        _inner.SampleFullGradient(posterior, epsilon, zGradient, schedule, counters, gradientScale, divergence, posteriorGradient);

    public void SampleSigmoid(
        View<float> activations, View<int> order, View<int> counters, int batchSize, float deviation, RandomSource noise,
        View<float> z) =>
        _inner.SampleSigmoid(activations, order, counters, batchSize, deviation, noise, z);

    public void RepeatRows(View<float> rows, View<float> repeated) =>
        _inner.RepeatRows(rows, repeated);

    public void MeanOfDraws(View<float> values, View<float> means) =>
        _inner.MeanOfDraws(values, means);

    public void LogWeights(
        View<float> posterior, Covariance covariance, View<float> epsilon, View<float> z, View<float> reconstruction,
        View<float> logWeights) =>
        _inner.LogWeights(posterior, covariance, epsilon, z, reconstruction, logWeights);

    public void ImportanceWeights(View<float> logWeights, float scale, View<float> weights, View<float> loss) =>
        _inner.ImportanceWeights(logWeights, scale, weights, loss);

    public void ScaleRows(View<float> factors, View<float> values) =>
        _inner.ScaleRows(factors, values);

    public void AddScaledRows(View<float> factors, View<float> addend, View<float> values) =>
        _inner.AddScaledRows(factors, addend, values);

    public void UnitDivergence(View<float> posterior, Covariance covariance, View<float> divergence) =>
        _inner.UnitDivergence(posterior, covariance, divergence);

    public void FreeBits(
        View<float> unitDivergence, View<float> divergence, float freeNats, View<float> unitWeights, View<float> charge) =>
        _inner.FreeBits(unitDivergence, divergence, freeNats, unitWeights, charge);

    public void Corrupt(
        View<float> clean, View<int> counters, CorruptionSettings settings, RandomSource noise, View<float> corrupted) =>
        _inner.Corrupt(clean, counters, settings, noise, corrupted);

    public void ScaleLikelihood(View<float> logScale, float power, View<float> loss, View<float> outputGradient) =>
        _inner.ScaleLikelihood(logScale, power, loss, outputGradient);

    public void LogScaleGradient(
        View<float> logScale, float power, int dimensions, View<float> loss, View<float> weights, float weight,
        View<float> logScaleGradient) =>
        _inner.LogScaleGradient(logScale, power, dimensions, loss, weights, weight, logScaleGradient);

    public void SumSquares(View<float> values, View<float> sum) =>
        _inner.SumSquares(values, sum);

    public void ClipNorm(View<float> sumOfSquares, float limit, View<float> gradient) =>
        _inner.ClipNorm(sumOfSquares, limit, gradient);

    public void DecayWeights(View<float> schedule, View<int> counters, View<float> parameters) =>
        _inner.DecayWeights(schedule, counters, parameters);

    public void Adam(
        View<float> gradient, View<float> schedule, View<int> counters, AdamSettings settings,
        View<float> firstMoment, View<float> secondMoment, View<float> parameters)
    {
        _inner.Adam(gradient, schedule, counters, settings, firstMoment, secondMoment, parameters);
        if (++_updates == poisonedUpdate)
            _inner.Upload<float>([float.NaN], parameters.Buffer.AsMatrix(1, 1));
    }

    public void Advance(View<int> counters) => _inner.Advance(counters);

    public void Dispose() => _inner.Dispose();
}
