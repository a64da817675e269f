using GpuVae.Kernels.Gpu.Convolution;
using GpuVae.Kernels.Gpu.Gemm;
using GpuVae.Kernels.Gpu.Normalization;
using GpuVae.Kernels.Gpu.Pooling;
using GpuVae.Kernels.Gpu.Similarity;

namespace GpuVae.Kernels.Gpu;

/// <content>Which kernel runs an operation: the library's own, and those that are given from outside.</content>
public sealed partial class GpuDevice
{
    static GpuDevice()
    {
        Table<Gather<byte>>.Kernel = GatherKernel.Run;
        Table<Gather<float>>.Kernel = GatherKernel.Run;
        Table<GatherAugmented<byte>>.Kernel = GatherAugmentedKernel.Run;
        Table<GatherAugmented<float>>.Kernel = GatherAugmentedKernel.Run;
        Table<Corrupt>.Kernel = CorruptKernel.Run;
        Table<CorruptPatch>.Kernel = CorruptPatchKernel.Run;
        Table<Multiply>.Kernel = MultiplyKernel.Run;
        Table<LinearGradient>.Kernel = MultiplyKernel.Run;
        Table<ApplyEpilogue>.Kernel = ApplyEpilogueKernel.Run;
        Table<Elementwise>.Kernel = ElementwiseKernel.Run;
        Table<Fill>.Kernel = FillKernel.Run;
        Table<SumColumns>.Kernel = SumColumnsKernel.Run;
        Table<SumTerms>.Kernel = SumTermsKernel.Run;
        Table<SumGroups>.Kernel = SumGroupsKernel.Run;
        Table<SumSquares>.Kernel = SumSquaresKernel.Run;
        Table<RepeatRows>.Kernel = RepeatRowsKernel.Run;
        Table<ScaleRows>.Kernel = ScaleRowsKernel.Run;
        Table<AddScaledRows>.Kernel = AddScaledRowsKernel.Run;
        Table<SampleGaussian>.Kernel = SampleGaussianKernel.Run;
        Table<SampleGaussianGradient>.Kernel = SampleGaussianGradientKernel.Run;
        Table<SampleSigmoid>.Kernel = SampleSigmoidKernel.Run;
        Table<LogWeights>.Kernel = LogWeightsKernel.Run;
        Table<ImportanceWeights>.Kernel = ImportanceWeightsKernel.Run;
        Table<UnitDivergence>.Kernel = UnitDivergenceKernel.Run;
        Table<FreeBits>.Kernel = FreeBitsKernel.Run;
        Table<ScaleLikelihood>.Kernel = ScaleLikelihoodKernel.Run;
        Table<LogScaleGradient>.Kernel = LogScaleGradientKernel.Run;
        Table<Convolve>.Kernel = ConvolutionKernels.Run;
        Table<ConvolveTransposed>.Kernel = ConvolutionKernels.Run;
        Table<ConvolutionWeightGradient>.Kernel = ConvolutionKernels.Run;
        Table<SumWindows>.Kernel = PoolingKernels.Run;
        Table<SpreadWindows>.Kernel = PoolingKernels.Run;
        Table<MaxWindows>.Kernel = PoolingKernels.Run;
        Table<MaxWindowsGradient>.Kernel = PoolingKernels.Run;
        Table<Moments>.Kernel = ChannelSumKernels.Run;
        Table<MovingAverage>.Kernel = MovingAverageKernel.Run;
        Table<Normalize>.Kernel = NormalizeKernels.Run;
        Table<NormalizeGradient>.Kernel = NormalizeKernels.Run;
        Table<NormalizeParameterGradient>.Kernel = ChannelSumKernels.Run;
        Table<ApplyDropout>.Kernel = ApplyDropoutKernel.Run;
        Table<GaussianFilter>.Kernel = SimilarityKernels.Run;
        Table<StructuralSimilarity>.Kernel = SimilarityKernels.Run;
        Table<PowerProduct>.Kernel = SimilarityKernels.Run;
        Table<CopyColumns>.Kernel = CopyColumnsKernel.Run;
        Table<CategoricalLikelihood>.Kernel = CategoricalLikelihoodKernel.Run;
        Table<BetaBinomial>.Kernel = BetaBinomialKernel.Run;
        Table<DiscretizedLogistic>.Kernel = DiscretizedLogisticKernel.Run;
        Table<LogisticMixture>.Kernel = LogisticMixtureKernel.Run;
        Table<LogisticMixtureMean>.Kernel = LogisticMixtureKernel.Run;
        Table<Softmax>.Kernel = SoftmaxKernel.Run;
        Table<ClipNorm>.Kernel = ClipNormKernel.Run;
        Table<DecayWeights>.Kernel = DecayWeightsKernel.Run;
        Table<Adam>.Kernel = AdamKernel.Run;
        Table<EndStep>.Kernel = EndStepKernel.Run;
        Table<Advance>.Kernel = AdvanceKernel.Run;
    }

    /// <summary>
    /// Gives every GPU device of this process a kernel for an operation that this library has none for. A second one
    /// for the same operation takes the place of the first; the library's own kernels are never replaced.
    /// </summary>
    /// <typeparam name="TOperation">The operation.</typeparam>
    /// <param name="kernel">Launches it.</param>
    public static void Register<TOperation>(GpuKernel<TOperation> kernel)
        where TOperation : struct, IOperation
    {
        ArgumentNullException.ThrowIfNull(kernel);
        Volatile.Write(ref Registered<TOperation>.Kernel, kernel);
    }

    /// <summary>This library's kernel of an operation.</summary>
    private static class Table<TOperation>
        where TOperation : struct, IOperation
    {
        public static GpuKernel<TOperation>? Kernel;
    }

    /// <summary>A kernel from outside.</summary>
    private static class Registered<TOperation>
        where TOperation : struct, IOperation
    {
        public static GpuKernel<TOperation>? Kernel;
    }
}
