using GpuVae.Kernels;

namespace GpuVae.Runs;

/// <summary>What a step needs to know.</summary>
/// <param name="Batch">Images in a full batch.</param>
/// <param name="LearningRate">Adam's α.</param>
/// <param name="Seed">Decides order and noise.</param>
public sealed record TrainerSettings(int Batch, double LearningRate, ulong Seed)
{
    /// <summary>Adam's other constants.</summary>
    public AdamSettings Adam { get; init; } = AdamSettings.Default;

    /// <summary>How α changes as training goes on.</summary>
    public ILearningRateSchedule Schedule { get; init; } = new ConstantRate(LearningRate);

    /// <summary>λ of decoupled weight decay; 0 for none.</summary>
    public double WeightDecay { get; init; }

    /// <summary>The largest norm of the gradient of all parameters; 0 for any.</summary>
    public double ClipNorm { get; init; }

    /// <summary>What the model sees of a pixel.</summary>
    public PixelEncoding Encoding { get; init; } = PixelEncoding.Scaled;

    /// <summary>What is done to the examples at random before they are encoded; the default is nothing.</summary>
    public Augmentation Augmentation { get; init; }

    /// <summary>
    /// Steps that one launch of a persistent kernel does at most, where the device has such kernels; 0 for a launch, or a graph of
    /// launches, each step.
    /// </summary>
    public int StepsPerLaunch { get; init; }
}
