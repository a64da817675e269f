using GpuVae.Data;
using GpuVae.Tests.Support;
using SkiaSharp;
using Xunit;

namespace GpuVae.Tests.Imaging;

public sealed class ImageOrientationTests : IDisposable
{
    private const int StoredHeight = 16;
    private const int StoredWidth = 32;

    private readonly TemporaryFolder _folder = new();

    // The shades of the corners that are stored, then of the picture: top left and right, bottom left and right.
    [Theory]
    [InlineData(1, 0, 80, 160, 240)]
    [InlineData(2, 80, 0, 240, 160)]
    [InlineData(3, 240, 160, 80, 0)]
    [InlineData(4, 160, 240, 0, 80)]
    [InlineData(5, 0, 160, 80, 240)]
    [InlineData(6, 160, 0, 240, 80)]
    [InlineData(7, 240, 80, 160, 0)]
    [InlineData(8, 80, 240, 0, 160)]
    public void A_photograph_is_read_the_right_way_up(
        int orientation, int topLeft, int topRight, int bottomLeft, int bottomRight)
    {
        string path = _folder.File("photo.jpg");
        File.WriteAllBytes(path, JpegFiles.WithOrientation(Photograph(), (byte)orientation));
        (int height, int width) = orientation < 5 ? (StoredHeight, StoredWidth) : (StoredWidth, StoredHeight);
        ImageSet image = ImageReader.Read(path, height, width, channels: 1);
        byte[] pixels = image.Pixels!;
        int[] corners = [pixels[0], pixels[width - 1], pixels[(height - 1) * width], pixels[^1]];
        int[] expected = [topLeft, topRight, bottomLeft, bottomRight];
        Assert.All(corners.Zip(expected), pair => Assert.InRange(pair.First, pair.Second - 3, pair.Second + 3));
    }

    public void Dispose() => _folder.Dispose();

    private static byte[] Photograph()
    {
        using var bitmap = new SKBitmap(StoredWidth, StoredHeight);
        for (int y = 0; y < StoredHeight; y++)
        {
            for (int x = 0; x < StoredWidth; x++)
            {
                byte shade = (byte)((x < StoredWidth / 2 ? 0 : 80) + (y < StoredHeight / 2 ? 0 : 160));
                bitmap.SetPixel(x, y, new SKColor(shade, shade, shade));
            }
        }
        using SKData encoded = bitmap.Encode(SKEncodedImageFormat.Jpeg, 100);
        return encoded.ToArray();
    }
}
