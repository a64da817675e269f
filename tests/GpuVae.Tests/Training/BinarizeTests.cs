using GpuVae.Cases.Reference;
using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;
using GpuVae.Tests.Models;
using GpuVae.Tests.Support;
using GpuVae.Training;
using Xunit;

namespace GpuVae.Tests.Training;

/// <summary>What a model sees of grey pixels: in training, in evaluation and in pictures.</summary>
[Collection(nameof(TestDevices))]
public sealed class BinarizeTests(TestDevices devices)
{
    private static readonly RunConfiguration _configuration =
        RunConfiguration.FromPreset("vae") with { Hidden = [8], Latent = 2, Batch = 4 };

    public static MatrixTheoryData<string, PixelEncoding> NamesAndEncodings =>
        new(SmallModels.Names, [PixelEncoding.Threshold, PixelEncoding.Resampled]);

    [Theory]
    [MemberData(nameof(NamesAndEncodings))]
    public void Evaluation_sees_the_same_binary_images_each_time(string name, PixelEncoding encoding)
    {
        IDevice device = SmallModels.Open(devices, name);
        using Autoencoder model = SmallModels.Build(_configuration, device, 4);
        ImageSet images = SmallModels.Images(10);
        using var evaluator = new Evaluator(device, model, images, 1, encoding);
        using var grey = new Evaluator(device, model, images, 1);
        LossValues loss = evaluator.Loss();
        Assert.Equal(loss, evaluator.Loss());
        Assert.NotEqual(loss, grey.Loss());

        using var pictures = new Pictures(device, model, images, 1, encoding);
        float[] shown = pictures.Reconstructions()[..(pictures.Columns * SmallModels.Dimensions)];
        Assert.All(shown, pixel => Assert.True(pixel is 0 or 1));
        // The first batch that the evaluator gathers is what the pictures show.
        using var first = new DeviceImages(device, images);
        View<float> x = device.Allocate<float>(shown.Length).AsMatrix(pictures.Columns, SmallModels.Dimensions);
        View<int> order = device.Allocate<int>(images.Count).AsVector();
        device.Upload<int>([.. Enumerable.Range(0, images.Count)], order);
        View<int> counters = device.Allocate<int>(Counter.Count).AsVector();
        first.Gather(
            order, counters, pictures.Columns, encoding, new RandomSource(1, RandomPurpose.EvaluationPixels), x);
        Assert.Equal(device.Read(x), shown);
    }

    [Fact]
    public void Training_sees_the_encoding_that_it_is_given()
    {
        float[] TrainOn(string binarize)
        {
            var device = new ReferenceDevice();
            RunConfiguration configuration = _configuration with { Binarize = binarize };
            using Autoencoder model = SmallModels.Build(configuration, device, 4);
            using var trainer = new Trainer(
                device, model, new EvidenceLowerBound(1), SmallModels.Images(10), configuration.TrainerSettings);
            trainer.BeginEpoch(1);
            trainer.Step();
            return device.Read(model.Parameters.Values);
        }

        string[] all = [.. Registry.Encodings.Names.Select(name => string.Join(' ', TrainOn(name)))];
        Assert.Equal(all.Length, all.Distinct().Count());
        Assert.Equal(TrainOn("dynamic"), TrainOn("dynamic"));
    }
}
