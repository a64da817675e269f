using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Kernels;
using Xunit;

namespace GpuVae.Tests.Evaluation;

public sealed class SyntheticDefectsTests
{
    /// <summary>More pictures than go at once.</summary>
    [Theory]
    [InlineData(PatchKind.CutPaste)]
    [InlineData(PatchKind.Noise)]
    public void Every_second_picture_differs_from_what_it_was_in_one_rectangle(PatchKind kind)
    {
        const int Count = 523, Height = 7, Width = 9, Channels = 3;
        using IDevice device = Device.Open("cpu");
        var random = new Random(1);
        var bytes = new byte[Count * Height * Width * Channels];
        random.NextBytes(bytes);
        var pictures = new ImageSet(bytes, null, Height, Width, Channels);
        SyntheticDefects defects = SyntheticDefects.Put(device, pictures, kind, amount: 0.5, seed: 3);

        int length = Height * Width * Channels;
        for (int picture = 0; picture < Count; picture++)
        {
            float[] before = new float[length], after = new float[length];
            pictures.CopyTo(picture, before);
            defects.Pictures.CopyTo(picture, after);
            int[] changed = [.. Enumerable.Range(0, Height * Width).Where(pixel => defects.Mask(picture)[pixel])];
            Assert.Equal(
                Enumerable.Range(0, Height * Width).Where(pixel => !before.AsSpan(pixel * Channels, Channels)
                    .SequenceEqual(after.AsSpan(pixel * Channels, Channels))),
                changed);
            Assert.Equal(changed.Length > 0, defects.IsDefective(picture));
            if (picture % 2 == 0)
                Assert.Empty(changed);
            else if (changed.Length > 0)
                Assert.True(changed.Max(pixel => pixel / Width) - changed.Min(pixel => pixel / Width) < 4); // half of 7, rounded up
        }
        // What is pasted onto itself changes nothing, which is rare.
        Assert.InRange(Enumerable.Range(0, Count).Count(defects.IsDefective), Count * 2 / 5, Count / 2);
        Assert.Equal(defects.Masks, SyntheticDefects.Put(device, pictures, kind, 0.5, seed: 3).Masks);
        Assert.NotEqual(defects.Masks, SyntheticDefects.Put(device, pictures, kind, 0.5, seed: 4).Masks);
    }

    /// <summary>A likelihood of bytes would give any other number no probability, and every defect would be found.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Noise_in_pictures_of_bytes_is_bytes(bool areBytes)
    {
        using IDevice device = Device.Open("cpu");
        byte[] bytes = [.. Enumerable.Range(0, 40 * 6 * 5).Select(i => (byte)(i * 7))];
        ImageSet pictures = areBytes
            ? new ImageSet(bytes, null, 6, 5)
            : new ImageSet(Array.ConvertAll(bytes, value => value / 256f), null, 6, 5);
        SyntheticDefects defects = SyntheticDefects.Put(device, pictures, PatchKind.Noise, 0.5, seed: 1);
        var values = new float[40 * 6 * 5];
        defects.Pictures.CopyTo(0, values);
        Assert.Equal(areBytes, values.All(value => MathF.Abs((255 * value) - MathF.Round(255 * value)) < 1e-3f));
        Assert.Contains(true, defects.Masks);
    }

    [Fact]
    public void Noise_is_refused_for_numbers_of_another_range()
    {
        using IDevice device = Device.Open("cpu");
        var pictures = new ImageSet([-1f, 0, 2, 1], null, height: 2, width: 1);
        Assert.Throws<UserException>(() => SyntheticDefects.Put(device, pictures, PatchKind.Noise, 0.5, seed: 1));
        Assert.Equal(2, SyntheticDefects.Put(device, pictures, PatchKind.CutPaste, 0.5, seed: 1).Pictures.Count);
    }
}
