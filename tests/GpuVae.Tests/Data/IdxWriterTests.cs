using GpuVae.Data;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Data;

public sealed class IdxWriterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void What_is_written_is_read_again(int channels)
    {
        byte[] pixels = [.. Enumerable.Range(0, 5 * 2 * 7 * channels).Select(i => (byte)(37 * i))];
        string path = _folder.File("images-ubyte");
        IdxWriter.WriteImages(path, pixels, 2, 7, channels);
        ImageSet images = IdxReader.ReadImages(path);
        Assert.Equal((5, 2, 7, channels), (images.Count, images.Height, images.Width, images.Channels));
        Assert.Equal(pixels, images.Pixels);
    }

    [Theory]
    [InlineData(13, 1)]
    [InlineData(28, 2)]
    public void What_is_no_image_is_refused(int bytes, int channels) =>
        Assert.Throws<ArgumentException>(() => IdxWriter.WriteImages(_folder.File("none-ubyte"), new byte[bytes], 2, 7, channels));

    public void Dispose() => _folder.Dispose();
}
