using GpuVae.Kernels;

namespace GpuVae.Tests.Training;

/// <summary>
/// A backend that writes down what a recording asks of another one, and refuses what a captured step may not do:
/// memory, copies and waiting.
/// </summary>
/// <param name="inner">Does the operations.</param>
/// <param name="replays">False: each replay calls the operations. True: the other backend's recording is used.</param>
internal sealed class CallLog(IBackend inner, bool replays) : IBackend
{
    private List<string>? _current;

    /// <summary>The calls of each replay, in order: operation, and every view and number that it got.</summary>
    public List<string> Replays { get; } = [];

    /// <summary>Recordings that were made and not disposed.</summary>
    public int OpenRecordings { get; private set; }

    public string Name => inner.Name;

    public string Description => inner.Description;

    public IRecording Record(Action operations)
    {
        OpenRecordings++;
        return new LoggedRecording(this, operations);
    }

    public DeviceBuffer<T> Allocate<T>(long length)
        where T : unmanaged
    {
        RefuseInReplay(nameof(Allocate));
        return inner.Allocate<T>(length);
    }

    public void Upload<T>(ReadOnlySpan<T> source, View<T> destination)
        where T : unmanaged
    {
        RefuseInReplay(nameof(Upload));
        inner.Upload(source, destination);
    }

    public void Download<T>(View<T> source, Span<T> destination)
        where T : unmanaged
    {
        RefuseInReplay(nameof(Download));
        inner.Download(source, destination);
    }

    public void Synchronize()
    {
        RefuseInReplay(nameof(Synchronize));
        inner.Synchronize();
    }

    public void Gather(
        View<byte> images, View<int> order, View<int> counters, int batchSize, PixelEncoding encoding,
        RandomSource noise, View<float> x)
    {
        Log(nameof(Gather), images, order, counters, batchSize, encoding, noise, x);
        inner.Gather(images, order, counters, batchSize, encoding, noise, x);
    }

    public void Gather(
        View<float> images, View<int> order, View<int> counters, int batchSize, PixelEncoding encoding,
        RandomSource noise, View<float> x)
    {
        Log(nameof(Gather), images, order, counters, batchSize, encoding, noise, x);
        inner.Gather(images, order, counters, batchSize, encoding, noise, x);
    }

    public void Multiply(Orientation orientation, View<float> a, View<float> b, in Epilogue epilogue, View<float> c)
    {
        Log(nameof(Multiply), orientation, a, b, epilogue, c);
        inner.Multiply(orientation, a, b, epilogue, c);
    }

    public void SumColumns(View<float> values, View<float> sums)
    {
        Log(nameof(SumColumns), values, sums);
        inner.SumColumns(values, sums);
    }

    public void SumTerms(View<float> terms, View<int> counters, View<float> history)
    {
        Log(nameof(SumTerms), terms, counters, history);
        inner.SumTerms(terms, counters, history);
    }

    public void SampleDiagonal(
        View<float> posterior, View<int> counters, RandomSource noise,
        View<float> epsilon, View<float> z, View<float> divergence)
    {
        Log(nameof(SampleDiagonal), posterior, counters, noise, epsilon, z, divergence);
        inner.SampleDiagonal(posterior, counters, noise, epsilon, z, divergence);
    }

    public void SampleDiagonalGradient(
        View<float> posterior, View<float> epsilon, View<float> zGradient, View<float> schedule, View<int> counters,
        float gradientScale, in DivergenceGradient divergence, View<float> posteriorGradient)
    {
        Log(
            nameof(SampleDiagonalGradient), posterior, epsilon, zGradient, schedule, counters, gradientScale,
            divergence, posteriorGradient);
        inner.SampleDiagonalGradient(
            posterior, epsilon, zGradient, schedule, counters, gradientScale, divergence, posteriorGradient);
    }

    public void SampleFull(
        View<float> posterior, View<int> counters, RandomSource noise,
        View<float> epsilon, View<float> z, View<float> divergence)
    {
        Log(nameof(SampleFull), posterior, counters, noise, epsilon, z, divergence);
        inner.SampleFull(posterior, counters, noise, epsilon, z, divergence);
    }

    public void SampleFullGradient(
        View<float> posterior, View<float> epsilon, View<float> zGradient, View<float> schedule, View<int> counters,
        float gradientScale, in DivergenceGradient divergence, View<float> posteriorGradient)
    {
        Log(nameof(SampleFullGradient), posterior, epsilon, zGradient, schedule, counters, gradientScale, divergence, posteriorGradient);
        inner.SampleFullGradient(posterior, epsilon, zGradient, schedule, counters, gradientScale, divergence, posteriorGradient);
    }

    public void SampleSigmoid(
        View<float> activations, View<int> order, View<int> counters, int batchSize, float deviation, RandomSource noise,
        View<float> z)
    {
        Log(nameof(SampleSigmoid), activations, order, counters, batchSize, deviation, noise, z);
        inner.SampleSigmoid(activations, order, counters, batchSize, deviation, noise, z);
    }

    public void RepeatRows(View<float> rows, View<float> repeated)
    {
        Log(nameof(RepeatRows), rows, repeated);
        inner.RepeatRows(rows, repeated);
    }

    public void MeanOfDraws(View<float> values, View<float> means)
    {
        Log(nameof(MeanOfDraws), values, means);
        inner.MeanOfDraws(values, means);
    }

    public void LogWeights(
        View<float> posterior, Covariance covariance, View<float> epsilon, View<float> z, View<float> reconstruction,
        View<float> logWeights)
    {
        Log(nameof(LogWeights), posterior, covariance, epsilon, z, reconstruction, logWeights);
        inner.LogWeights(posterior, covariance, epsilon, z, reconstruction, logWeights);
    }

    public void ImportanceWeights(View<float> logWeights, float scale, View<float> weights, View<float> loss)
    {
        Log(nameof(ImportanceWeights), logWeights, scale, weights, loss);
        inner.ImportanceWeights(logWeights, scale, weights, loss);
    }

    public void ScaleRows(View<float> factors, View<float> values)
    {
        Log(nameof(ScaleRows), factors, values);
        inner.ScaleRows(factors, values);
    }

    public void AddScaledRows(View<float> factors, View<float> addend, View<float> values)
    {
        Log(nameof(AddScaledRows), factors, addend, values);
        inner.AddScaledRows(factors, addend, values);
    }

    public void UnitDivergence(View<float> posterior, Covariance covariance, View<float> divergence)
    {
        Log(nameof(UnitDivergence), posterior, covariance, divergence);
        inner.UnitDivergence(posterior, covariance, divergence);
    }

    public void FreeBits(
        View<float> unitDivergence, View<float> divergence, float freeNats, View<float> unitWeights, View<float> charge)
    {
        Log(nameof(FreeBits), unitDivergence, divergence, freeNats, unitWeights, charge);
        inner.FreeBits(unitDivergence, divergence, freeNats, unitWeights, charge);
    }

    public void Corrupt(
        View<float> clean, View<int> counters, CorruptionSettings settings, RandomSource noise, View<float> corrupted)
    {
        Log(nameof(Corrupt), clean, counters, settings, noise, corrupted);
        inner.Corrupt(clean, counters, settings, noise, corrupted);
    }

    public void ScaleLikelihood(View<float> logScale, float power, View<float> loss, View<float> outputGradient)
    {
        Log(nameof(ScaleLikelihood), logScale, power, loss, outputGradient);
        inner.ScaleLikelihood(logScale, power, loss, outputGradient);
    }

    public void LogScaleGradient(
        View<float> logScale, float power, int dimensions, View<float> loss, View<float> weights, float weight,
        View<float> logScaleGradient)
    {
        Log(nameof(LogScaleGradient), logScale, power, dimensions, loss, weights, weight, logScaleGradient);
        inner.LogScaleGradient(logScale, power, dimensions, loss, weights, weight, logScaleGradient);
    }

    public void SumSquares(View<float> values, View<float> sum)
    {
        Log(nameof(SumSquares), values, sum);
        inner.SumSquares(values, sum);
    }

    public void ClipNorm(View<float> sumOfSquares, float limit, View<float> gradient)
    {
        Log(nameof(ClipNorm), sumOfSquares, limit, gradient);
        inner.ClipNorm(sumOfSquares, limit, gradient);
    }

    public void DecayWeights(View<float> schedule, View<int> counters, View<float> parameters)
    {
        Log(nameof(DecayWeights), schedule, counters, parameters);
        inner.DecayWeights(schedule, counters, parameters);
    }

    public void Adam(
        View<float> gradient, View<float> schedule, View<int> counters, AdamSettings settings,
        View<float> firstMoment, View<float> secondMoment, View<float> parameters)
    {
        Log(nameof(Adam), gradient, schedule, counters, settings, firstMoment, secondMoment, parameters);
        inner.Adam(gradient, schedule, counters, settings, firstMoment, secondMoment, parameters);
    }

    public void Advance(View<int> counters)
    {
        Log(nameof(Advance), counters);
        inner.Advance(counters);
    }

    public void Dispose()
    {
        // The other backend belongs to who made it.
    }

    private void Log(string operation, params object[] arguments) =>
        _current?.Add($"{operation}({string.Join(", ", arguments.Select(Identify))})");

    /// <summary>A view by its place and shape, an epilogue by its operands.</summary>
    private static string Identify(object argument) => argument switch
    {
        View<float> view => Identify(view),
        View<int> view => Identify(view),
        View<byte> view => Identify(view),
        Epilogue e => $"{e.Kind} {e.Activation} {e.Function} {e.GradientScale:R} {Identify(e.Bias)} "
            + $"{Identify(e.Activated)} {Identify(e.Target)} {Identify(e.Loss)}",
        _ => $"{argument}",
    };

    private static string Identify<T>(View<T> view)
        where T : unmanaged =>
        view.IsEmpty
            ? "none"
            : $"{System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(view.Buffer)}+{view.Offset} "
                + $"({view.Rows}, {view.Columns})";

    private void RefuseInReplay(string call)
    {
        if (_current is not null)
            throw new InvalidOperationException($"{call} inside a step.");
    }

    private sealed class LoggedRecording(CallLog owner, Action operations) : IRecording
    {
        private readonly IRecording? _inner = owner.UseInnerRecording(operations);
        private bool _isDisposed;

        public string Description => _inner?.Description ?? "logged";

        public void Replay()
        {
            owner._current = [];
            if (_inner is null)
                operations();
            else
                _inner.Replay();
            owner.Replays.Add(string.Join('\n', owner._current));
            owner._current = null;
        }

        public void Dispose()
        {
            _inner?.Dispose();
            if (!_isDisposed)
                owner.OpenRecordings--;
            _isDisposed = true;
        }
    }

    private IRecording? UseInnerRecording(Action operations) => replays ? inner.Record(operations) : null;
}
