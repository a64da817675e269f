using GpuVae.Kernels;
using Xunit;

namespace GpuVae.Tests.Kernels;

/// <summary>The loss of a row does not depend on how its product was computed, nor on the rows beside it.</summary>
public sealed class RowLossTests
{
    [Fact]
    public void Losses_have_the_same_bits_whatever_the_same_memory_held_before()
    {
        const int Images = 64, Units = 400, Pixels = 200;
        float[] full = ZeroSkippingTests.Noise(Images, Units, seed: 1), weights = ZeroSkippingTests.Noise(Pixels, Units, seed: 2);

        // Each four images have units of their own: that asks for another plan than numbers everywhere.
        float[] sparse = [.. full.Select((value, i) => i % Units / (Units / 16) == i / Units / 4 ? value : 0)];
        foreach ((IDevice fresh, IDevice used) in ZeroSkippingTests.Widths().Zip(ZeroSkippingTests.Widths()))
        {
            using (fresh)
            using (used)
            {
                Assert.Equal(
                    Losses(fresh, [sparse], weights, Images, Units, Pixels),
                    Losses(used, [full, full, sparse], weights, Images, Units, Pixels));
            }
        }
    }

    [Fact]
    public void The_loss_of_an_image_has_the_same_bits_in_every_batch()
    {
        const int Most = 600, Units = 70, Pixels = 150;
        float[] hidden = ZeroSkippingTests.Noise(Most, Units, seed: 1), weights = ZeroSkippingTests.Noise(Pixels, Units, seed: 2);
        foreach (IDevice device in ZeroSkippingTests.Widths())
        {
            using (device)
            {
                float[] alone = InBatch(device, 1);
                foreach (int images in (int[])[2, 17, 64, Most])
                    Assert.Equal(alone[0], InBatch(device, images)[0]);
            }
        }

        float[] InBatch(IDevice device, int images) =>
            Losses(device, [hidden[..(images * Units)]], weights, images, Units, Pixels);
    }

    // Of the last of some hidden layers, each of which lies where the one before did.
    private static float[] Losses(IDevice device, float[][] hidden, float[] weights, int images, int units, int pixels)
    {
        using var h = device.Allocate<float>(images * units);
        using var w = device.Allocate<float>(pixels * units);
        using var zeros = device.Allocate<float>(images * pixels);
        using var gradient = device.Allocate<float>(images * pixels);
        using var loss = device.Allocate<float>(images);
        device.Upload<float>(weights, w.AsVector());
        Epilogue epilogue = Epilogue.NegativeLogLikelihood(
            zeros.AsMatrix(images, pixels), Likelihood.Bernoulli, 1, loss.AsVector())
            .WithBias(new View<float>(zeros, 0, 1, pixels));
        foreach (float[] values in hidden)
        {
            device.Upload<float>(values, h.AsVector());
            device.Run(new Multiply(
                Orientation.NT, h.AsMatrix(images, units), w.AsMatrix(pixels, units), epilogue,
                gradient.AsMatrix(images, pixels)));
        }
        var losses = new float[images];
        device.Download<float>(loss.AsVector(), losses);
        return losses;
    }
}
