using GpuVae.Runs;

namespace GpuVae.Training;

/// <summary>Is told how a training goes, as far as it wants to know. Calls come from the thread that trains.</summary>
public interface ITrainingObserver
{
    /// <summary>Before the first step.</summary>
    void Started(TrainingStart start)
    {
    }

    /// <summary>A few times an epoch.</summary>
    void Progress(TrainingProgress progress)
    {
    }

    /// <summary>Before the end of an epoch that is measured.</summary>
    /// <param name="codes">How the model encodes some of the test examples then.</param>
    void CodesMeasured(EpochCodes codes)
    {
    }

    /// <summary>After an epoch's evaluation, when its files are written.</summary>
    void EpochEnded(EpochMetrics metrics)
    {
    }
}

/// <summary>The mean codes of test examples after an epoch.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="Examples">N of them, 2,000 at most.</param>
/// <param name="Codes">(N, <paramref name="Units"/>).</param>
/// <param name="Units">Numbers of a code.</param>
public sealed record EpochCodes(int Epoch, Data.ImageSet Examples, ReadOnlyMemory<float> Codes, int Units);

/// <summary>What is about to be trained, and where.</summary>
/// <param name="Device">The name that opens the device again.</param>
/// <param name="DeviceDescription">What the device is.</param>
/// <param name="Model">The model in one line: widths of its layers and the choices.</param>
/// <param name="Parameters">Numbers that are learned.</param>
/// <param name="TrainImages">Images trained on.</param>
/// <param name="TestImages">Images evaluated on.</param>
/// <param name="StepsPerEpoch">Steps of one pass over the training images, the last of them maybe smaller.</param>
public sealed record TrainingStart(
    string Device, string DeviceDescription, string Model, long Parameters, int TrainImages, int TestImages,
    int StepsPerEpoch)
{
    /// <summary>What an example is called: <c>image</c>, or <c>row</c> where it is a series or the row of a table.</summary>
    public string Example { get; init; } = "image";

    /// <summary>Whether codes are drawn towards a prior, so that KL is a part of the loss.</summary>
    public bool HasPrior { get; init; } = true;

    /// <summary>Where a resumed run goes on, for a person; null for one that begins.</summary>
    public string? Resumed { get; init; }

    /// <summary>What a person should know of the run's folder, a sentence each; empty where all is as it should be.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Where the test images come from, for a person; empty where the set has its own.</summary>
    public string Split { get; init; } = "";

    /// <summary>What the numbers of an image are, and whether the likelihood that was chosen is the one that fits them.</summary>
    public string Values { get; init; } = "";

    /// <summary>What is done to training examples at random, for a person; empty where that is nothing.</summary>
    public string Augmentation { get; init; } = "";
}

/// <summary>Where a training stands.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="Epochs">Epochs asked for.</param>
/// <param name="Step">Steps done in this epoch.</param>
/// <param name="StepsPerEpoch">Steps of an epoch.</param>
/// <param name="Loss">The mean loss of this epoch so far, in nats per image.</param>
/// <param name="ImagesPerSecond">Images per second of this epoch's training so far.</param>
/// <param name="Remaining">An estimate of the time until the last epoch's end.</param>
public readonly record struct TrainingProgress(
    int Epoch, int Epochs, int Step, int StepsPerEpoch, double Loss, double ImagesPerSecond, TimeSpan Remaining);
