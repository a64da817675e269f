namespace GpuVae.Kernels.Simd;

/// <content>From operations to the methods that do them.</content>
public abstract partial class SimdBackend
{
    static SimdBackend()
    {
        Table<Gather<byte>>.Kernel = static (d, in op) => d.Gather(op.Images, op.Order, op.Counters, op.BatchSize, op.Encoding, op.Noise, op.X);
        Table<Gather<float>>.Kernel = static (d, in op) => d.Gather(op.Images, op.Order, op.Counters, op.BatchSize, op.Encoding, op.Noise, op.X);
        Table<Multiply>.Kernel = static (d, in op) => d.Multiply(op.Orientation, op.A, op.B, op.Epilogue, op.C);
        Table<SumColumns>.Kernel = static (d, in op) => d.SumColumns(op.Values, op.Sums);
        Table<SumTerms>.Kernel = static (d, in op) => d.SumTerms(op.Terms, op.Counters, op.History);
        Table<SumGroups>.Kernel = static (d, in op) => d.MeanOfDraws(op.Values, op.Sums);
        Table<Adam>.Kernel = static (d, in op) => d.Adam(op.Gradient, op.Schedule, op.Counters, op.Settings, op.FirstMoment, op.SecondMoment, op.Parameters);
        Table<Advance>.Kernel = static (d, in op) => d.Advance(op.Counters);
        Table<SampleSigmoid>.Kernel = static (d, in op) => d.SampleSigmoid(op.Activations, op.Order, op.Counters, op.BatchSize, op.Deviation, op.Noise, op.Z);
        Table<RepeatRows>.Kernel = static (d, in op) => d.RepeatRows(op.Rows, op.Repeated);
        Table<LogWeights>.Kernel = static (d, in op) => d.LogWeights(op.Posterior, op.Covariance, op.Epsilon, op.Z, op.Reconstruction, op.Weights);
        Table<ImportanceWeights>.Kernel = static (d, in op) => d.ImportanceWeights(op.LogWeights, op.Scale, op.Weights, op.Loss);
        Table<ScaleRows>.Kernel = static (d, in op) => d.ScaleRows(op.Factors, op.Values);
        Table<AddScaledRows>.Kernel = static (d, in op) => d.AddScaledRows(op.Factors, op.Addend, op.Values);
        Table<UnitDivergence>.Kernel = static (d, in op) => d.UnitDivergence(op.Posterior, op.Covariance, op.Divergence);
        Table<FreeBits>.Kernel = static (d, in op) => d.FreeBits(op.UnitDivergence, op.Divergence, op.FreeNats, op.UnitWeights, op.Charge);
        Table<Corrupt>.Kernel = static (d, in op) => d.Corrupt(op.Clean, op.Counters, op.Settings, op.Noise, op.Corrupted);
        Table<ScaleLikelihood>.Kernel = static (d, in op) => d.ScaleLikelihood(op.LogScale, op.Power, op.Loss, op.OutputGradient);
        Table<LogScaleGradient>.Kernel = static (d, in op) => d.LogScaleGradient(op.LogScale, op.Power, op.Dimensions, op.Loss, op.Weights, op.Weight, op.Gradient);
        Table<SumSquares>.Kernel = static (d, in op) => d.SumSquares(op.Values, op.Sum);
        Table<ClipNorm>.Kernel = static (d, in op) => d.ClipNorm(op.SumOfSquares, op.Limit, op.Gradient);
        Table<DecayWeights>.Kernel = static (d, in op) => d.DecayWeights(op.Schedule, op.Counters, op.Parameters);
        Table<SampleGaussian>.Kernel = static (d, in op) =>
        {
            if (op.Covariance == Covariance.Diagonal)
                d.SampleDiagonal(op.Posterior, op.Counters, op.Noise, op.Epsilon, op.Z, op.Divergence);
            else
                d.SampleFull(op.Posterior, op.Counters, op.Noise, op.Epsilon, op.Z, op.Divergence);
        };
        Table<SampleGaussianGradient>.Kernel = static (d, in op) =>
        {
            if (op.Covariance == Covariance.Diagonal)
            {
                d.SampleDiagonalGradient(
                    op.Posterior, op.Epsilon, op.ZGradient, op.Schedule, op.Counters, op.GradientScale, op.Divergence,
                    op.PosteriorGradient);
            }
            else
            {
                d.SampleFullGradient(
                    op.Posterior, op.Epsilon, op.ZGradient, op.Schedule, op.Counters, op.GradientScale, op.Divergence,
                    op.PosteriorGradient);
            }
        };
    }

    private delegate void Kernel<TOperation>(SimdBackend device, in TOperation operation);

    /// <inheritdoc/>
    public void Run<TOperation>(in TOperation operation)
        where TOperation : struct, IOperation
    {
        operation.Check();
        if (Table<TOperation>.Kernel is { } kernel)
            kernel(this, in operation);
        else
            operation.Expand(this);
    }

    private static class Table<TOperation>
    {
        public static Kernel<TOperation>? Kernel;
    }
}
