using System.Runtime.CompilerServices;
using GpuVae.Kernels.Cpu.Convolution;
using GpuVae.Kernels.Cpu.Gemm;
using GpuVae.Kernels.Cpu.Normalization;
using GpuVae.Kernels.Cpu.Pooling;
using GpuVae.Kernels.Cpu.Similarity;

namespace GpuVae.Kernels.Cpu;

/// <summary>
/// The device at one vector width, and its table of kernels: a static field for each type of operation, so that a call reads
/// one address and jumps to it.
/// </summary>
internal sealed unsafe class CpuDevice<S, TVector> : CpuDevice
    where S : ISimd<TVector>
    where TVector : unmanaged
{
    static CpuDevice()
    {
        Table<AddScaledRows>.Kernel = &ScaleRowsKernels.Run<S, TVector>;
        Table<Adam>.Kernel = &AdamKernel.Run<S, TVector>;
        Table<Advance>.Kernel = &StepKernels.Run<S, TVector>;
        Table<ApplyDropout>.Kernel = &ApplyDropoutKernel.Run<S, TVector>;
        Table<ApplyEpilogue>.Kernel = &ApplyEpilogueKernel.Run<S, TVector>;
        Table<CategoricalLikelihood>.Kernel = &CategoricalKernels.Run<S, TVector>;
        Table<ClipNorm>.Kernel = &GradientNormKernels.Run<S, TVector>;
        Table<Convolve>.Kernel = &ConvolveKernel.Run<S, TVector>;
        Table<ConvolveTransposed>.Kernel = &ConvolveKernel.Run<S, TVector>;
        Table<ConvolutionWeightGradient>.Kernel = &ConvolutionGradientKernel.Run<S, TVector>;
        Table<CopyColumns>.Kernel = &CopyColumnsKernel.Run<S, TVector>;
        Table<Corrupt>.Kernel = &CorruptKernel.Run<S, TVector>;
        Table<CorruptPatch>.Kernel = &CorruptPatchKernel.Run<S, TVector>;
        Table<DecayWeights>.Kernel = &GradientNormKernels.Run<S, TVector>;
        Table<BetaBinomial>.Kernel = &BetaBinomialKernel.Run<S, TVector>;
        Table<DiscretizedLogistic>.Kernel = &DiscretizedLogisticKernel.Run<S, TVector>;
        Table<LogisticMixture>.Kernel = &LogisticMixtureKernel.Run<S, TVector>;
        Table<LogisticMixtureMean>.Kernel = &LogisticMixtureKernel.Run<S, TVector>;
        Table<Elementwise>.Kernel = &ElementwiseKernels.Run<S, TVector>;
        Table<Fill>.Kernel = &ElementwiseKernels.Run<S, TVector>;
        Table<FreeBits>.Kernel = &FreeBitsKernels.Run<S, TVector>;
        Table<Gather<byte>>.Kernel = &GatherKernel<byte, ByteSource>.Run<S, TVector>;
        Table<Gather<float>>.Kernel = &GatherKernel<float, FloatSource>.Run<S, TVector>;
        Table<GatherAugmented<byte>>.Kernel = &GatherAugmentedKernel<byte, ByteSource>.Run<S, TVector>;
        Table<GatherAugmented<float>>.Kernel = &GatherAugmentedKernel<float, FloatSource>.Run<S, TVector>;
        Table<GaussianFilter>.Kernel = &GaussianFilterKernel.Run<S, TVector>;
        Table<ImportanceWeights>.Kernel = &ImportanceKernels.Run<S, TVector>;
        Table<LogScaleGradient>.Kernel = &LikelihoodScaleKernels.Run<S, TVector>;
        Table<LogWeights>.Kernel = &ImportanceKernels.Run<S, TVector>;
        Table<MaxWindows>.Kernel = &WindowReduction.Run<S, TVector>;
        Table<MaxWindowsGradient>.Kernel = &MaxWindowsGradientKernel.Run<S, TVector>;
        Table<Moments>.Kernel = &MomentsKernel.Run<S, TVector>;
        Table<MovingAverage>.Kernel = &MovingAverageKernel.Run<S, TVector>;
        Table<Multiply>.Kernel = &MultiplyKernel.Run<S, TVector>;
        Table<Normalize>.Kernel = &ChannelwiseKernel.Run<S, TVector>;
        Table<NormalizeGradient>.Kernel = &ChannelwiseKernel.Run<S, TVector>;
        Table<NormalizeParameterGradient>.Kernel = &ParameterGradientKernel.Run<S, TVector>;
        Table<PowerProduct>.Kernel = &PowerProductKernel.Run<S, TVector>;
        Table<RepeatRows>.Kernel = &GroupKernels.Run<S, TVector>;
        Table<SampleGaussian>.Kernel = &GaussianSampling.Run<S, TVector>;
        Table<SampleGaussianGradient>.Kernel = &GaussianSampling.Run<S, TVector>;
        Table<SampleSigmoid>.Kernel = &SampleSigmoidKernel.Run<S, TVector>;
        Table<ScaleLikelihood>.Kernel = &LikelihoodScaleKernels.Run<S, TVector>;
        Table<ScaleRows>.Kernel = &ScaleRowsKernels.Run<S, TVector>;
        Table<Softmax>.Kernel = &CategoricalKernels.Run<S, TVector>;
        Table<SpreadWindows>.Kernel = &WindowReduction.Run<S, TVector>;
        Table<StructuralSimilarity>.Kernel = &StructuralSimilarityKernel.Run<S, TVector>;
        Table<SumColumns>.Kernel = &SumColumnsKernel.Run<S, TVector>;
        Table<SumGroups>.Kernel = &GroupKernels.Run<S, TVector>;
        Table<SumSquares>.Kernel = &GradientNormKernels.Run<S, TVector>;
        Table<SumTerms>.Kernel = &StepKernels.Run<S, TVector>;
        Table<SumWindows>.Kernel = &WindowReduction.Run<S, TVector>;
        Table<UnitDivergence>.Kernel = &FreeBitsKernels.Run<S, TVector>;
    }

    /// <summary>Opens the CPU at this vector width.</summary>
    /// <param name="threads">Threads to work with, 1 or more.</param>
    public CpuDevice(int threads)
        : base(threads)
    {
    }

    /// <summary>Plans of the products that have been run.</summary>
    public ProductPlanCache<S, TVector> Plans { get; } = new();

    /// <summary>The partition of the parameters for <see cref="Adam"/>.</summary>
    public MatrixPartition Parameters { get; } = new();

    /// <summary>What convolutions look up.</summary>
    public ConvolutionTables Tables { get; } = new();

    /// <summary>Products so far: the number of the last one tells workers whether what they packed is of it.</summary>
    public long Products { get; set; }

    /// <summary>
    /// Whether results of so many numbers are to be stored around the caches: where other cores read them in other operations
    /// of a step, if there are other cores. Fewer numbers are wanted again before memory has them.
    /// </summary>
    public bool PrefersNonTemporalStores(long length) => Pool.Size > 1 && length >= 32 * 1024;

    /// <inheritdoc/>
    public override void Run<TOperation>(in TOperation operation)
    {
        // A call by way of the `in` parameter would copy the operation, which the compiler does not know to be read-only.
        ref TOperation checkedOperation = ref Unsafe.AsRef(in operation);
        checkedOperation.Check();
        bool entered = Caller.Enter();
        try
        {
            delegate*<CpuDevice<S, TVector>, in TOperation, void> kernel = Table<TOperation>.Kernel;
            if (kernel != null)
                kernel(this, in operation);
            else if (Registered<TOperation>.Kernel is { } registered)
                registered(this, in operation);
            else
                checkedOperation.Expand(this);
        }
        finally
        {
            if (entered)
                Caller.Leave();
        }
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        Parameters.Dispose();
        Tables.Dispose();
    }

    private static class Table<TOperation>
        where TOperation : struct, IOperation
    {
        public static delegate*<CpuDevice<S, TVector>, in TOperation, void> Kernel;
    }
}
