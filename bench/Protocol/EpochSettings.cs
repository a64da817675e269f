using System.Text.Json.Serialization;

namespace GpuVae.Bench.Workers;

/// <summary>What a worker process trains. Both libraries get the same.</summary>
public sealed record EpochSettings
{
    /// <summary>
    /// Training images of MNIST: the first ones. Where there are not so many, GpuVae starts again from the first.
    /// </summary>
    public int Images { get; init; } = 60_000;

    /// <summary>
    /// Gives black pixels the next brightness, 1 of 255: the CPU leaves out work where pixels are zero, and this shows what
    /// images without zeros cost.
    /// </summary>
    public bool WithoutZeros { get; init; }

    /// <summary>
    /// The name of a <see cref="ConvolutionalModel"/>, in the place of hidden layers, code and activation below; null for none.
    /// </summary>
    public string? Network { get; init; }

    /// <summary>The model of that name.</summary>
    [JsonIgnore]
    public ConvolutionalModel? Convolutional => Network is null
        ? null
        : ConvolutionalModel.Find(Network) ?? throw new ArgumentException($"There is no model {Network}.");

    /// <summary>Widths of the encoder's hidden layers; the decoder has them in reverse order.</summary>
    public IReadOnlyList<int> Hidden { get; init; } = [400];

    /// <summary>Units of the code.</summary>
    public int Latent { get; init; } = 20;

    /// <summary><c>relu</c> or <c>tanh</c>, after every hidden layer.</summary>
    public string Activation { get; init; } = "relu";

    /// <summary>Images of a step.</summary>
    public int Batch { get; init; } = 128;

    /// <summary>Adam's α.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Seed of parameters, order and noise.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Threads to compute with.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Where GpuVae computes; TorchSharp has the CPU only.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>What GpuVae's products round to.</summary>
    public string Precision { get; init; } = "fp32";

    /// <summary>
    /// How TorchSharp picks its images: <c>step</c> selects the rows of each batch, <c>epoch</c> sorts the whole tensor
    /// once an epoch and takes slices of it.
    /// </summary>
    public string Gather { get; init; } = "step";
}

/// <summary>One epoch of a worker.</summary>
/// <param name="Seconds">By the worker's own clock.</param>
/// <param name="Loss">Mean over the epoch, in nats per image.</param>
/// <param name="PeakMemory">The largest resident set of the process so far, in bytes; 0 if the system does not say.</param>
public sealed record EpochResult(double Seconds, double Loss, long PeakMemory);
