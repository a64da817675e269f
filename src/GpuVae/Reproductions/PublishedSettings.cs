using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Kernels;
using GpuVae.Runs;
using GpuVae.Training;

namespace GpuVae.Reproductions;

/// <summary>The published results that can be reproduced.</summary>
public static class PublishedSettings
{
    private static readonly string[] _noOptions = [];

    /// <summary>Every one of them.</summary>
    public static IReadOnlyList<PublishedSetting> All { get; } =
    [
        new(
            "pytorch-vae", "the VAE of PyTorch's examples on MNIST, 10 epochs: its test loss",
            "pytorch/examples, vae/main.py", _noOptions,
            _ => new RunConfiguration(), Measurements.TestLoss),
        new(
            "iwae-table1", "VAE and IWAE with one stochastic layer on MNIST that is binarised at every visit: −log p(x)",
            "Burda, Grosse and Salakhutdinov 2016, table 1", ["--objective", "--k", "--short"],
            ImportanceWeightedTable.Configure, ImportanceWeightedTable.Measure),
        new(
            "tf-denoise", "a denoising autoencoder on MNIST with gaussian noise of 0.2: what it leaves of the noise",
            "TensorFlow, Intro to Autoencoders (which trains on Fashion-MNIST and gives no figure)", _noOptions,
            _ => RunConfiguration.FromPreset("denoise") with { Noise = 0.2, Likelihood = "bernoulli" },
            Measurements.RemainingNoise),
        new(
            "tf-anomaly", "heartbeats of ECG5000, trained on normal ones: how well the others are told apart",
            "TensorFlow, Intro to Autoencoders (all 4,998 examples of the set; fewer make fewer steps)", ["--data", "--label-column"],
            Heartbeats.Configure, Heartbeats.Measure),
        new(
            "semantic-hashing", "64-bit codes on MNIST: how many of the nearest 100 have the query's label",
            "Salakhutdinov and Hinton 2009 (on text; the bounds are this project's)", _noOptions,
            _ => RunConfiguration.FromPreset("hash"), Measurements.Retrieval),
        new(
            "keras-vae", "the convolutional VAE of Keras's examples on all 70,000 digits of MNIST, 30 epochs: its training loss",
            "Keras, Variational AutoEncoder (a training loss; --held-out and --short leave the test digits out)",
            ["--data", "--held-out", "--short"],
            KerasExample.Configure, KerasExample.Measure),
        new(
            "tf-conv-denoise", "a convolutional denoiser on Fashion-MNIST with gaussian noise of 0.2: its squared error",
            "TensorFlow, Intro to Autoencoders (which draws the noise once, not at every visit)", ["--data", "--short"],
            ConvolutionalDenoiser.Configure, ConvolutionalDenoiser.Measure),
        new(
            "altosaar-vae", "a VAE of two hidden layers on binary digits of MNIST, 24 epochs: −log p(x)",
            "J. Altosaar, variational-autoencoder, PyTorch (50,000 digits, binarised once; here 60,000, anew at every visit)", ["--data"],
            MeanFieldExample.Configure, MeanFieldExample.Measure),
        new(
            "pytorch-vae-64", "a VAE with batch norm on a folder of colour pictures at 64×64, 100 epochs: its squared error",
            "A. K. Subramanian, PyTorch-VAE, VanillaVAE (on CelebA, without a figure)", ["--data"],
            NormalizedExamples.ConfigureVanilla64, NormalizedExamples.Measure),
        new(
            "pythae-mnist", "a convolutional VAE with batch norm and 1,024 channels on MNIST, 100 epochs: its squared error",
            "Chadebec, Vincent and Allassonnière 2022, pythae (its example script, without a figure)", ["--data"],
            NormalizedExamples.ConfigurePythae, NormalizedExamples.Measure),
        new(
            "bits-back", "digits of MNIST compressed without loss by a VAE of one hidden layer, 100 epochs: bits a pixel",
            "Townsend, Bird and Barber 2019, table 2 (full MNIST)", ["--data", "--short"],
            BitsBackExample.ConfigureGrey, BitsBackExample.Measure),
        new(
            "bits-back-binary", "the same of digits whose pixels are drawn as 0 or 1, 100 epochs",
            "Townsend, Bird and Barber 2019, table 2 (binarized MNIST, drawn once; here anew at every visit)", ["--data", "--short"],
            BitsBackExample.ConfigureBinary, BitsBackExample.Measure),
    ];

    /// <summary>The setting of that name.</summary>
    /// <exception cref="UserException">There is none.</exception>
    public static PublishedSetting Find(string name) =>
        All.FirstOrDefault(setting => setting.Name == name)
        ?? throw new UserException(
            $"{QuotedText.Excerpt(name)}: nothing of that name to reproduce; there is "
            + string.Join(", ", All.Select(setting => setting.Name)));
}

/// <summary>What a person may choose of a published setting; each setting says which of it it takes.</summary>
/// <param name="Data">Where the data lies, for a set that does not come along, or another set.</param>
/// <param name="Objective">Which of two models: vae or iwae.</param>
/// <param name="Samples">k, draws of each image's code.</param>
/// <param name="IsShort">Whether to train for less than the paper did.</param>
/// <param name="LabelColumn">Of a CSV file, the column with the class.</param>
/// <param name="HoldsOut">Whether to leave the test images out of training where the source did not.</param>
public sealed record SettingChoices(
    string? Data = null, string Objective = "vae", int Samples = 1, bool IsShort = false,
    string LabelColumn = "first", bool HoldsOut = false);

/// <summary>A figure beside the one that was published.</summary>
/// <param name="Quantity">What it is, with its unit.</param>
/// <param name="Measured">Measured here.</param>
/// <param name="Published">What the source says, or null where it gives no such number.</param>
/// <param name="Bound">What it has to reach; null where nothing is claimed.</param>
/// <param name="IsAtMost">Whether <paramref name="Bound"/> is the largest it may be, or the smallest.</param>
public sealed record Comparison(string Quantity, double Measured, double? Published, double? Bound, bool IsAtMost)
{
    /// <summary>Whether the bound is kept; null where there is none.</summary>
    public bool? IsMet => Bound is double bound ? (IsAtMost ? Measured <= bound : Measured >= bound) : null;
}

/// <summary>
/// A published result as a description: what to train, what to measure, and what the source says. All are run by the
/// same code.
/// </summary>
/// <param name="Name">What a person types.</param>
/// <param name="Summary">What a person reads about it.</param>
/// <param name="Source">Who published it.</param>
/// <param name="Options">Which of <see cref="SettingChoices"/> it takes, as options of the command line.</param>
/// <param name="Configure">What to train.</param>
/// <param name="Measure">What to measure of the trained model, beside what was published.</param>
public sealed record PublishedSetting(
    string Name, string Summary, string Source, IReadOnlyList<string> Options,
    Func<SettingChoices, RunConfiguration> Configure,
    Func<TrainedSetting, IReadOnlyList<Comparison>> Measure);

/// <summary>A setting that has been trained, ready to be measured.</summary>
/// <param name="Device">Where.</param>
/// <param name="Folder">Its run folder.</param>
/// <param name="Data">What it was trained with, and what to measure by.</param>
/// <param name="Configuration">What was trained.</param>
/// <param name="Result">What training came to.</param>
/// <param name="Choices">What was chosen.</param>
/// <param name="TestLimit">Measure on the first so many test images where that takes long; null for all.</param>
/// <param name="Progress">Is told how many images a long measurement has done.</param>
public sealed record TrainedSetting(
    IDevice Device, string Folder, Dataset Data, RunConfiguration Configuration, RunResult Result,
    SettingChoices Choices, int? TestLimit, Action<int>? Progress)
{
    /// <summary>
    /// What compressors that know no model make of images: of (N, H·W·C) bytes, which are 0 and 255 where the last argument says that a
    /// pixel is a bit, the bytes that each of them makes. Null where the caller has none.
    /// </summary>
    public Func<byte[], Shape, bool, IReadOnlyList<(string Name, long Bytes)>>? OtherCompressors { get; init; }

    /// <summary>The test images that a long measurement takes.</summary>
    public ImageSet Test => TestLimit is int limit ? Data.Test.Take(limit) : Data.Test;

    /// <summary>The model as its checkpoint has it.</summary>
    /// <param name="draws">Most draws of a batch's codes; 0 for one of each image.</param>
    public TrainedModel Open(int draws = 0) =>
        TrainedModel.Open(Folder, Device, capacity: null, draws);
}
