using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;
using GpuVae.Training;
using Xunit;

namespace GpuVae.Tests.Training;

/// <summary>What a preset says of its learning rate has to suit every size that its pictures may have.</summary>
public sealed class PresetStabilityTests
{
    /// <summary>
    /// A step of Adam moves each of the code's numbers by up to the learning rate times the sum of what the last layer sees, which grows
    /// with the picture: at 0.002 and 128×128 pixels log σ² ran away, and KL came to hundreds of thousands of nats.
    /// </summary>
    [Fact]
    public void Larger_pictures_do_not_make_the_code_run_away()
    {
        const int Side = 128, Count = 16;
        RunConfiguration configuration = RunConfiguration.FromPreset("conv-vae-64") with { ImageSize = $"{Side}", Batch = 4 };
        using IDevice device = Device.Open("cpu");
        ImageSet images = Discs(Count, Side);
        using Autoencoder model = ModelBuilder.Build(configuration, device, images.Shape, configuration.Batch);
        ModelBuilder.InitializeParameters(configuration, device, model, images);
        using var trainer = new Trainer(
            device, model, configuration.CreateObjective(), images,
            new TrainerSettings(configuration.Batch, configuration.LearningRate, configuration.Seed));
        double first = Epoch(1), worst = 0;
        for (int epoch = 2; epoch <= 5; epoch++)
            worst = Math.Max(worst, Epoch(epoch));
        Assert.True(worst < first, $"{worst} nats an image after {first}");

        double Epoch(int epoch)
        {
            trainer.BeginEpoch(epoch);
            for (int step = 0; step < trainer.StepsPerEpoch; step++)
                trainer.Step();
            return trainer.ReadLoss().Mean;
        }
    }

    private static ImageSet Discs(int count, int side)
    {
        var pixels = new byte[count * side * side * 3];
        var random = new Random(1);
        for (int image = 0; image < count; image++)
        {
            int x0 = random.Next(side), y0 = random.Next(side), radius = random.Next(side / 8, side / 2);
            byte[] colour = [(byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256)];
            for (int pixel = 0; pixel < side * side; pixel++)
            {
                int x = (pixel % side) - x0, y = (pixel / side) - y0;
                for (int channel = 0; channel < 3; channel++)
                    pixels[(((image * side * side) + pixel) * 3) + channel] = (x * x) + (y * y) < radius * radius ? colour[channel] : (byte)255;
            }
        }
        return new ImageSet(pixels, new int[count], side, side, 3);
    }
}
