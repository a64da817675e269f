using GpuVae.Cases.Reference;
using GpuVae.Evaluation;
using GpuVae.Models;
using GpuVae.Runs;
using GpuVae.Tests.Models;
using Xunit;

namespace GpuVae.Tests.Evaluation;

public sealed class PicturesTests
{
    [Fact]
    public void Pictures_take_their_memory_once()
    {
        var device = new ReferenceDevice();
        RunConfiguration configuration = RunConfiguration.FromPreset("vae") with { Hidden = [7], Latent = 2 };
        using Autoencoder model = SmallModels.Build(configuration, device, 4);
        using var pictures = new Pictures(device, model, SmallModels.Images(9), 1);
        float[][] before = [pictures.Reconstructions(), pictures.Samples(), pictures.Manifold()];
        float[][] values = [.. before.Select(images => (float[])images.Clone())];
        foreach (float[] images in before)
            Array.Clear(images);
        float[][] after = [pictures.Reconstructions(), pictures.Samples(), pictures.Manifold()];
        Assert.Equal(values, after);
        Assert.All(before.Zip(after), pair => Assert.Same(pair.First, pair.Second));
    }

    [Fact]
    public void Codes_need_room_for_as_many_images()
    {
        var device = new ReferenceDevice();
        using Autoencoder model = SmallModels.Build(RunConfiguration.FromPreset("ae") with { Latent = 2 }, device, 4);
        using var codec = new Codec(device, model, default, 1);
        Assert.Throws<ArgumentException>(() => codec.Decode([1f, 2f, 3f], new float[SmallModels.Dimensions]));
        Assert.Throws<ArgumentException>(() => codec.Decode([1f, 2f], new float[2 * SmallModels.Dimensions]));
    }
}
