using GpuVae.Reports;
using GpuVae.Runs;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Reports;

/// <summary>Which pictures a page has room for.</summary>
public sealed class EpochPicturesTests : IDisposable
{
    private static readonly byte[] _signature = [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0d, 0x0a, 0x1a, 0x0a];

    private readonly TemporaryFolder _folder = new();

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(10_000, "1,2,3,4,5,6,7,8,9,10")]
    [InlineData(6_000, "1,5,10")]
    [InlineData(2_000, "10")]
    [InlineData(1_999, "")]
    public void As_many_epochs_as_fit_are_kept_evenly(long room, string epochs)
    {
        RunFolder run = Run();
        for (int epoch = 1; epoch <= 10; epoch++)
        {
            foreach (string kind in (string[])["samples", "reconstruction"])
                Put(run.ImagePath(kind, epoch), room == 10_000 ? 500 : 1000);
        }
        var pictures = EpochPictures.Read(run, room);
        Assert.Equal(10, pictures.Found);
        Assert.Equal(epochs, string.Join(',', pictures.Kept.Select(picture => picture.Epoch).Distinct()));
        Assert.All(pictures.Kept.GroupBy(picture => picture.Epoch), epoch => Assert.Equal(["reconstruction", "samples"], epoch.Select(picture => picture.Kind)));
    }

    [Fact]
    public void What_is_no_picture_of_an_epoch_is_left_out()
    {
        RunFolder run = Run();
        Put(run.ImagePath("samples", 1), 100);
        Put(Path.Combine(run.ImagesPath, "loss.png"), 100);
        Put(Path.Combine(run.ImagesPath, "samples-2.png"), 100);
        File.WriteAllText(run.ImagePath("samples", 3), "not a picture");
        if (!OperatingSystem.IsWindows())
            File.CreateSymbolicLink(run.ImagePath("samples", 4), run.ImagePath("samples", 1));
        EpochPicture only = Assert.Single(EpochPictures.Read(run, 10_000).Kept);
        Assert.Equal(("samples", 1, 100), (only.Kind, only.Epoch, only.Png.Length));
    }

    private RunFolder Run() => RunFolder.Create(_folder.File("run"), "vae", "tiny", new RunConfiguration().WriteJson);

    private static void Put(string path, int length)
    {
        var bytes = new byte[length];
        _signature.CopyTo(bytes, 0);
        File.WriteAllBytes(path, bytes);
    }
}
