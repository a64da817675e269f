using GpuVae.Data;
using GpuVae.Evaluation;

namespace GpuVae.Reproductions;

/// <summary>What is measured of more than one kind of model.</summary>
internal static class Measurements
{
    private const int NearestCodes = 100;

    /// <summary>The loss of the last epoch on the test images.</summary>
    public static IReadOnlyList<Comparison> TestLoss(TrainedSetting setting) =>
        [new("test loss, nats per image", setting.Result.Epochs[^1].TestLoss, 105.6, 105.8, IsAtMost: true)];

    /// <summary>The error of a denoiser against the clean images, as a part of the noise's own.</summary>
    public static IReadOnlyList<Comparison> RemainingNoise(TrainedSetting setting)
    {
        using TrainedModel trained = setting.Open();
        using var evaluator = new Evaluator(
            setting.Device, trained.Model, setting.Data.Test, setting.Configuration.Seed, trained.Encoding);
        double denoised = evaluator.MeanSquaredError(), noise = evaluator.MeanSquaredNoise();
        return
        [
            new("squared error of the noisy images, per pixel", noise, null, null, IsAtMost: true),
            new("squared error of the denoised images, per pixel", denoised, null, noise / 3, IsAtMost: true),
        ];
    }

    /// <summary>Search by Hamming distance among the training images' codes, beside random hyperplanes.</summary>
    public static IReadOnlyList<Comparison> Retrieval(TrainedSetting setting)
    {
        using TrainedModel trained = setting.Open();
        using var codec = new Codec(setting.Device, trained.Model, trained.Encoding, setting.Configuration.Seed);
        var queries = HashedImages.Of(codec, setting.Test);
        var codes = HashedImages.Of(codec, setting.Data.Train);
        using var hyperplanes = new RandomHyperplanes(
            setting.Device, PixelEncodings.Means(setting.Data.Train, trained.Encoding), codes.Codes.Bits,
            setting.Configuration.Seed);
        double learned = Precision(queries.Codes, codes.Codes);
        double random = Precision(hyperplanes.Hash(setting.Test), hyperplanes.Hash(setting.Data.Train));
        return
        [
            new("activations within 0.1 of 0 or 1", queries.Saturation, null, 0.97, IsAtMost: false),
            new("precision of the nearest 100", learned, null, 0.85, IsAtMost: false),
            new("  by random hyperplanes", random, null, learned - 0.1, IsAtMost: true),
        ];

        double Precision(BitCodes search, BitCodes among) => RetrievalMetrics.Evaluate(
            search, setting.Test.Labels!, among, setting.Data.Train.Labels!, NearestCodes).PrecisionAtK;
    }
}
