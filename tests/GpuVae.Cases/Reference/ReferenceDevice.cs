using GpuVae.Kernels;

namespace GpuVae.Cases.Reference;

/// <summary>
/// The operations in double precision, each as plainly as its documentation says it. It shares nothing with the
/// devices that it judges but the words of Philox, which define the noise. <see cref="ReferenceViews.Span"/> gives the
/// doubles of a view, for finite differences.
/// </summary>
public sealed class ReferenceDevice : IDevice
{
    static ReferenceDevice()
    {
        Table<Gather<byte>>.Kernel = ReferenceRows.Run;
        Table<Gather<float>>.Kernel = ReferenceRows.Run;
        Table<GatherAugmented<byte>>.Kernel = ReferenceRows.Run;
        Table<GatherAugmented<float>>.Kernel = ReferenceRows.Run;
        Table<Fill>.Kernel = ReferenceRows.Run;
        Table<Elementwise>.Kernel = ReferenceRows.Run;
        Table<RepeatRows>.Kernel = ReferenceRows.Run;
        Table<ScaleRows>.Kernel = ReferenceRows.Run;
        Table<AddScaledRows>.Kernel = ReferenceRows.Run;
        Table<SumColumns>.Kernel = ReferenceRows.Run;
        Table<SumGroups>.Kernel = ReferenceRows.Run;
        Table<SumTerms>.Kernel = ReferenceRows.Run;
        Table<Multiply>.Kernel = ReferenceProducts.Run;
        Table<ApplyEpilogue>.Kernel = ReferenceProducts.Run;
        Table<SampleGaussian>.Kernel = ReferenceGaussian.Run;
        Table<SampleGaussianGradient>.Kernel = ReferenceGaussian.Run;
        Table<UnitDivergence>.Kernel = ReferenceGaussian.Run;
        Table<LogWeights>.Kernel = ReferenceGaussian.Run;
        Table<SampleSigmoid>.Kernel = ReferenceObjectives.Run;
        Table<Corrupt>.Kernel = ReferenceObjectives.Run;
        Table<CorruptPatch>.Kernel = ReferenceObjectives.Run;
        Table<FreeBits>.Kernel = ReferenceObjectives.Run;
        Table<ImportanceWeights>.Kernel = ReferenceObjectives.Run;
        Table<Convolve>.Kernel = ReferenceConvolution.Run;
        Table<ConvolveTransposed>.Kernel = ReferenceConvolution.Run;
        Table<ConvolutionWeightGradient>.Kernel = ReferenceConvolution.Run;
        Table<SumWindows>.Kernel = ReferencePooling.Run;
        Table<SpreadWindows>.Kernel = ReferencePooling.Run;
        Table<MaxWindows>.Kernel = ReferencePooling.Run;
        Table<MaxWindowsGradient>.Kernel = ReferencePooling.Run;
        Table<Moments>.Kernel = ReferenceNormalization.Run;
        Table<MovingAverage>.Kernel = ReferenceNormalization.Run;
        Table<Normalize>.Kernel = ReferenceNormalization.Run;
        Table<NormalizeGradient>.Kernel = ReferenceNormalization.Run;
        Table<NormalizeParameterGradient>.Kernel = ReferenceNormalization.Run;
        Table<ApplyDropout>.Kernel = ReferenceNormalization.Run;
        Table<GaussianFilter>.Kernel = ReferenceSimilarity.Run;
        Table<StructuralSimilarity>.Kernel = ReferenceSimilarity.Run;
        Table<PowerProduct>.Kernel = ReferenceSimilarity.Run;
        Table<CopyColumns>.Kernel = ReferenceRows.Run;
        Table<BetaBinomial>.Kernel = ReferenceObjectives.Run;
        Table<DiscretizedLogistic>.Kernel = ReferenceObjectives.Run;
        Table<LogisticMixture>.Kernel = ReferenceObjectives.Run;
        Table<LogisticMixtureMean>.Kernel = ReferenceObjectives.Run;
        Table<CategoricalLikelihood>.Kernel = ReferenceObjectives.Run;
        Table<Softmax>.Kernel = ReferenceObjectives.Run;
        Table<ScaleLikelihood>.Kernel = ReferenceObjectives.Run;
        Table<LogScaleGradient>.Kernel = ReferenceObjectives.Run;
        Table<SumSquares>.Kernel = ReferenceOptimizer.Run;
        Table<ClipNorm>.Kernel = ReferenceOptimizer.Run;
        Table<DecayWeights>.Kernel = ReferenceOptimizer.Run;
        Table<Adam>.Kernel = ReferenceOptimizer.Run;
        Table<Advance>.Kernel = ReferenceOptimizer.Run;
    }

    private delegate void Kernel<TOperation>(in TOperation operation);

    /// <inheritdoc/>
    public string Name => "reference";

    /// <inheritdoc/>
    public string Description => "double precision, one loop for each formula";

    /// <summary>The numbers of a view before they are rounded to float32.</summary>
    public static double[] Read(View<float> source) => source.Span().ToArray();

    /// <summary>Sets the numbers of a view, finer than float32 could.</summary>
    public static void Write(ReadOnlySpan<double> source, View<float> destination)
    {
        RequireAsMany(source.Length, destination.Length);
        source.CopyTo(destination.Span());
    }

    /// <inheritdoc/>
    public DeviceBuffer<T> Allocate<T>(long length)
        where T : unmanaged =>
        new ReferenceBuffer<T>(length);

    /// <inheritdoc/>
    public void Upload<T>(ReadOnlySpan<T> source, View<T> destination)
        where T : unmanaged
    {
        RequireAsMany(source.Length, destination.Length);
        ReferenceViews.FromHost(source, destination.Span());
    }

    /// <inheritdoc/>
    public void Download<T>(View<T> source, Span<T> destination)
        where T : unmanaged
    {
        RequireAsMany(source.Length, destination.Length);
        ReferenceViews.ToHost<T>(source.Span(), destination);
    }

    /// <inheritdoc/>
    public void Synchronize()
    {
    }

    /// <inheritdoc/>
    public void Run<TOperation>(in TOperation operation)
        where TOperation : struct, IOperation
    {
        operation.Check();
        if (Table<TOperation>.Kernel is { } kernel)
            kernel(in operation);
        else
            operation.Expand(this);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private static void RequireAsMany(long host, long device)
    {
        if (host != device)
            throw new ArgumentException($"{host} numbers of the host do not fit a view of {device}.");
    }

    private static class Table<TOperation>
    {
        public static Kernel<TOperation>? Kernel;
    }
}
