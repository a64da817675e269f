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

/// <summary>Corruptions and scales of likelihoods from end to end.</summary>
[Collection(nameof(TestDevices))]
public sealed class NoiseTests(TestDevices devices)
{
    private static readonly RunConfiguration _autoencoder =
        RunConfiguration.FromPreset("ae") with { Hidden = [16], Latent = 4, Batch = 4 };

    public static TheoryData<string> Names => [.. SmallModels.Names];

    public static MatrixTheoryData<string, string> NamesAndCorruptions =>
        new(SmallModels.Names, Registry.Corruptions.Names.Where(name => name != "none"));

    [Theory]
    [MemberData(nameof(NamesAndCorruptions))]
    public void Encoder_sees_the_noise_and_the_target_stays_clean(string name, string corruption)
    {
        IDevice device = SmallModels.Open(devices, name);
        RunConfiguration configuration = _autoencoder with { Corruption = corruption, Noise = 0.4 };
        using var pass = new SmallPass(configuration, device, rows: 4, capacity: 4);
        using var clean = new SmallPass(_autoencoder, device, rows: 4, capacity: 4);
        ForwardPass noisy = pass.Forward(), other = clean.Forward();
        float[] seen = device.Read(noisy.Input), images = device.Read(other.Input);
        Assert.NotEqual(images, seen);
        if (corruption == "additive")
            Assert.Contains(seen, value => value is < 0 or > 1);
        else
            Assert.All(seen, value => Assert.InRange(value, 0, 1));

        // The loss is ½ Σ (x − x̂)² of the clean x and the picture of the noisy x̃.
        float[] losses = device.Read(noisy.Reconstruction);
        float[] means = device.Read(pass.Model.DecodeMean(noisy.Z));
        for (int row = 0; row < 4; row++)
        {
            double expected = 0;
            for (int i = row * SmallModels.Dimensions; i < (row + 1) * SmallModels.Dimensions; i++)
                expected += 0.5 * (images[i] - means[i]) * (images[i] - means[i]);
            Assert.Equal(expected, losses[row], 1e-4 * expected);
        }
    }

    [Theory]
    [InlineData("gaussian", false)]
    [InlineData("salt-and-pepper", false)]
    [InlineData("noise-patch", false)]
    [InlineData("cut-paste", true)]
    [InlineData("masking", true)]
    [InlineData("additive", true)]
    public void Noise_that_is_clipped_to_the_range_of_pixels_asks_for_numbers_in_it(string corruption, bool isFine)
    {
        var values = new ImageSet([-1f, 0, 2, 1], null, height: 1, width: 2);
        var data = new Dataset("numbers", values, values);
        RunConfiguration configuration = _autoencoder with { Corruption = corruption };
        if (isFine)
        {
            Assert.Equal(corruption, configuration.For(data, choosesLikelihood: true).Corruption);
            return;
        }
        UserException exception = Assert.Throws<UserException>(() => configuration.For(data, choosesLikelihood: true));
        Assert.Contains("--scale min-max", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Training_and_evaluation_have_noise_of_their_own()
    {
        var device = new ReferenceDevice();
        using Autoencoder model = SmallModels.Build(_autoencoder with { Corruption = "gaussian" }, device, 4);
        View<float> x = device.Allocate<float>(4 * SmallModels.Dimensions).AsMatrix(4, SmallModels.Dimensions);
        View<int> counters = device.Allocate<int>(Counter.Count).AsVector();
        float[] Seen(RandomPurpose code) => device.Read(model.Corrupt(x, counters, new RandomSource(1, code)));
        Assert.NotEqual(Seen(RandomPurpose.TrainingCode), Seen(RandomPurpose.EvaluationCode));
        Assert.Equal(Seen(RandomPurpose.EvaluationCode), Seen(RandomPurpose.EvaluationCode));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Evaluation_and_pictures_of_a_denoiser_begin_with_noisy_images(string name)
    {
        IDevice device = SmallModels.Open(devices, name);
        ImageSet images = SmallModels.Images(9);
        RunConfiguration configuration = _autoencoder with { Corruption = "masking", Noise = 0.5 };
        using Autoencoder model = SmallModels.Build(configuration, device, 4);
        using var evaluator = new Evaluator(device, model, images, 1);
        using var pictures = new Pictures(device, model, images, 1);
        Assert.Equal(["noisy", "denoised", "clean"], pictures.Versions);
        float[] shown = pictures.Reconstructions();
        int length = pictures.Columns * SmallModels.Dimensions;
        Assert.Equal(3 * length, shown.Length);
        float[] noisy = shown[..length], clean = shown[(2 * length)..];
        Assert.Equal(SmallModels.Scaled(images)[..length], clean);
        Assert.InRange(noisy.Count(value => value == 0), length / 4, 3 * length / 4);

        // A model that gives 0 everywhere leaves the mean square of the clean images, not of the noisy ones.
        device.Upload<float>(new float[model.Parameters.Values.Length], model.Parameters.Values);
        double expected = SmallModels.Scaled(images).Average(value => (double)value * value);
        Assert.Equal(expected, evaluator.MeanSquaredError(), 1e-5);
    }

    [Theory]
    [InlineData("gaussian", 0.1)]
    [InlineData("gaussian", 3)]
    [InlineData("laplace", 0.1)]
    [InlineData("laplace", 3)]
    public void Loss_in_nats_is_the_density_of_the_images(string likelihood, double scale)
    {
        var device = new ReferenceDevice();
        RunConfiguration configuration = _autoencoder with { Likelihood = likelihood, Sigma = scale };
        using var pass = new SmallPass(configuration, device, rows: 2, capacity: 2);
        ForwardPass forward = pass.Forward();
        double[] losses = ReferenceDevice.Read(forward.Reconstruction);
        double[] x = ReferenceDevice.Read(forward.Input);
        double[] means = ReferenceDevice.Read(pass.Model.DecodeMean(forward.Z));
        double constant = pass.Model.Likelihood.Constant(SmallModels.Dimensions);
        for (int row = 0; row < 2; row++)
        {
            double expected = 0;
            for (int i = row * SmallModels.Dimensions; i < (row + 1) * SmallModels.Dimensions; i++)
            {
                double difference = (x[i] - means[i]) / scale;
                expected -= likelihood == "gaussian"
                    ? (-0.5 * difference * difference) - Math.Log(scale * Math.Sqrt(2 * Math.PI))
                    : -Math.Abs(difference) - Math.Log(2 * scale);
            }
            // λ is a float32 on every device.
            Assert.Equal(expected, losses[row] + constant, 1e-6 * Math.Abs(expected) + 1e-5);
        }
    }

    [Theory]
    [InlineData("gaussian")]
    [InlineData("laplace")]
    public void Learned_scale_becomes_what_the_model_leaves_of_the_images(string likelihood)
    {
        var device = new ReferenceDevice();
        // A decoder that can only learn the mean image: what is left has a known size.
        RunConfiguration configuration = _autoencoder with
        {
            Likelihood = likelihood,
            SigmaIsLearned = true,
            Hidden = [],
            Latent = 1,
            Batch = 32,
            LearningRate = 0.02,
        };
        ImageSet images = SmallModels.Images(32);
        using Autoencoder model = SmallModels.Build(configuration, device, 32);
        using var trainer = new Trainer(device, model, new Reconstruction(), images, configuration.TrainerSettings);
        for (int epoch = 1; epoch <= 400; epoch++)
        {
            trainer.BeginEpoch(epoch);
            trainer.Step();
        }
        float[] x = SmallModels.Scaled(images);
        View<float> view = device.Allocate<float>(x.Length).AsMatrix(32, SmallModels.Dimensions);
        device.Upload<float>(x, view);
        float[] means = device.Read(model.DecodeMean(model.EncodeMean(view)));
        double left = likelihood == "gaussian"
            ? Math.Sqrt(x.Zip(means).Average(pair => Math.Pow(pair.First - pair.Second, 2)))
            : x.Zip(means).Average(pair => Math.Abs(pair.First - pair.Second));
        double learned = Math.Exp(ReferenceDevice.Read(model.Parameters["likelihood.log_scale"].Value)[0]);
        Assert.Equal(left, learned, 0.01 * left);
    }
}
