using GpuVae.Data;
using GpuVae.Imaging;
using GpuVae.Tests.Support;
using SkiaSharp;
using Xunit;

namespace GpuVae.Tests.Imaging;

public sealed class ImageOrientationTests : IDisposable
{
    private const int StoredHeight = 16;
    private const int StoredWidth = 32;

    private readonly TemporaryFolder _folder = new();

    /// <summary>
    /// Kinds of files and the eight notes, each with the shades of the corners of the picture: top left and right, bottom
    /// left and right. Stored are 0, 80, 160, 240.
    /// </summary>
    public static TheoryData<string, int, int[]> Photographs
    {
        get
        {
            int[][] corners =
            [
                [0, 80, 160, 240], [80, 0, 240, 160], [240, 160, 80, 0], [160, 240, 0, 80],
                [0, 160, 80, 240], [160, 0, 240, 80], [240, 80, 160, 0], [80, 240, 0, 160],
            ];
            var data = new TheoryData<string, int, int[]>();
            foreach (string kind in (string[])["jpg", "png", "webp", "big-endian png", "webp with JPEG's prefix"])
            {
                for (int orientation = 1; orientation <= corners.Length; orientation++)
                    data.Add(kind, orientation, corners[orientation - 1]);
            }
            return data;
        }
    }

    /// <summary>Notes that make no sense, which are as none.</summary>
    public static TheoryData<string> SenselessNotes =>
    [
        "", "49", "49492A00", "49492A0008000000", "49492A00FFFFFFFF", "49492A00FEFFFF7F0100", "49492A000800000001001201",
        "49492A0008000000FFFF1201030001000000", "4A4A2A000800000001001201030001000000060000000000",
        "49492A000800000001001201030001000000000000000000", "49492A000800000001001201030001000000090000000000",
        "49492A000800000001001201040001000000060000000000", "457869660000",
    ];

    [Theory]
    [MemberData(nameof(Photographs))]
    public void A_photograph_is_read_the_right_way_up(string kind, int orientation, int[] expected)
    {
        string path = _folder.File("photo");
        byte[] note = ExifNotes.Orientation((byte)orientation, littleEndian: !kind.StartsWith("big", StringComparison.Ordinal));
        File.WriteAllBytes(path, kind switch
        {
            "jpg" => JpegFiles.WithOrientation(Photograph(SKEncodedImageFormat.Jpeg), (byte)orientation),
            "webp" => OtherPictures.WithExif(Photograph(SKEncodedImageFormat.Webp), StoredWidth, StoredHeight, note),
            "png" or "big-endian png" => PngFiles.WithChunk(Photograph(SKEncodedImageFormat.Png), "eXIf", note),
            _ => OtherPictures.WithExif(
                Photograph(SKEncodedImageFormat.Webp), StoredWidth, StoredHeight, [.. "Exif\0\0"u8, .. note]),
        });
        (int height, int width) = orientation < 5 ? (StoredHeight, StoredWidth) : (StoredWidth, StoredHeight);
        ImageSet image = ImageReader.Read(path, height, width, channels: 1);
        byte[] pixels = image.Pixels!;
        int[] corners = [pixels[0], pixels[width - 1], pixels[(height - 1) * width], pixels[^1]];
        Assert.All(corners.Zip(expected), pair => Assert.InRange(pair.First, pair.Second - 3, pair.Second + 3));
    }

    [Theory]
    [MemberData(nameof(SenselessNotes))]
    public void A_note_that_makes_no_sense_is_as_none(string hexadecimal)
    {
        byte[] note = Convert.FromHexString(hexadecimal);
        Assert.Null(ExifOrientation.Parse(note));
        string path = _folder.File("photo.png");
        File.WriteAllBytes(path, PngFiles.WithChunk(Photograph(SKEncodedImageFormat.Png), "eXIf", note));
        Assert.Equal(0, ImageReader.Read(path, StoredHeight, StoredWidth, channels: 1).Pixels![0]);
    }

    [Fact]
    public void Chunks_without_end_are_given_up()
    {
        // A hundred thousand empty chunks before the note: walking them all for every picture would take its time.
        byte[] whole = Photograph(SKEncodedImageFormat.Png);
        string path = _folder.File("photo.png");
        byte[] many = [.. Enumerable.Repeat((byte[])[0, 0, 0, 0, .. "teXt"u8, 0, 0, 0, 0], 100_000).SelectMany(chunk => chunk)];
        byte[] noted = PngFiles.WithChunk(whole, "eXIf", ExifNotes.Orientation(6));
        File.WriteAllBytes(path, PngFiles.MendChecksums([.. noted[..33], .. many, .. noted[33..]]));
        using FileStream file = File.OpenRead(path);
        Assert.Null(ExifOrientation.Find(file));
        Assert.Equal(0, file.Position);
    }

    public void Dispose() => _folder.Dispose();

    private static byte[] Photograph(SKEncodedImageFormat format)
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
        using SKData encoded = bitmap.Encode(format, 100);
        return encoded.ToArray();
    }
}
