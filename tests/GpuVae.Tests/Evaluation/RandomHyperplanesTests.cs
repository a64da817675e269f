using System.Numerics;
using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Kernels;
using Xunit;

namespace GpuVae.Tests.Evaluation;

public sealed class RandomHyperplanesTests : IDisposable
{
    private readonly IDevice _device = Device.Open("cpu");

    [Fact]
    public void A_seed_gives_the_same_codes_and_another_seed_others()
    {
        ImageSet images = Points(0.1f, 0.4f, 2f, 3f, 5f);
        Assert.Equal(Hash(images, [0, 0], 64, seed: 1).Words, Hash(images, [0, 0], 64, seed: 1).Words);
        Assert.NotEqual(
            Hash(images, [0, 0], 64, seed: 1).Words.ToArray(), Hash(images, [0, 0], 64, seed: 2).Words.ToArray());
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(40, -70)]
    public void Points_at_an_angle_differ_in_its_share_of_the_bits(float x, float y)
    {
        // 16,384 bits: a share of ½ has a deviation of 0.004.
        const int Bits = 1 << 14;
        float[] turns = [0, 0.25f, 0.5f, 0.75f, 1];
        ImageSet images = Points(turns);
        for (int i = 0; i < images.Count; i++)
        {
            images.Values![2 * i] += x;
            images.Values![(2 * i) + 1] += y;
        }
        BitCodes codes = Hash(images, [x, y], Bits, seed: 7);
        for (int i = 1; i < turns.Length; i++)
        {
            int differing = 0;
            for (int word = 0; word < codes.WordsPerCode; word++)
                differing += BitOperations.PopCount(codes[0][word] ^ codes[i][word]);
            Assert.Equal(turns[i], (double)differing / Bits, 0.015);
        }
    }

    [Fact]
    public void More_images_than_a_batch_have_the_codes_that_each_has_alone()
    {
        ImageSet images = Points([.. Enumerable.Range(0, 600).Select(i => i * 0.01f)]);
        BitCodes together = Hash(images, [0.1, 0.2], 70, seed: 3);
        foreach (int index in new[] { 0, 511, 512, 599 })
            Assert.Equal(Hash(images.Take([index]), [0.1, 0.2], 70, seed: 3).Words, together[index]);
    }

    public void Dispose() => _device.Dispose();

    /// <summary>Points on the unit circle at these half turns.</summary>
    private static ImageSet Points(params float[] halfTurns) => new(
        halfTurns.SelectMany(turn => new[] { MathF.Cos(turn * MathF.PI), MathF.Sin(turn * MathF.PI) }).ToArray(),
        null, 1, 2);

    private BitCodes Hash(ImageSet images, double[] center, int bits, ulong seed)
    {
        using var hyperplanes = new RandomHyperplanes(_device, center, bits, seed);
        return hyperplanes.Hash(images);
    }
}
