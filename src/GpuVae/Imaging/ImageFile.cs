using System.Runtime.InteropServices;
using GpuVae.Files;
using SkiaSharp;

namespace GpuVae.Imaging;

/// <summary>A picture in a file: PNG, JPEG or WebP. Opening it reads its size, and decoding it its pixels.</summary>
internal sealed class ImageFile : IDisposable
{
    // A file of some bytes may promise any size: 16 K × 16 K pixels of four bytes are 1 GiB.
    private const long MostPixels = 1L << 28;
    private const int BytesOfPixel = 4;

    private readonly string _path;
    private readonly FileStream _stream;
    private readonly SKCodec _codec;
    private readonly SKEncodedOrigin _origin;
    private readonly SKImageInfo _stored; // the size in the file

    /// <summary>Opens the file and reads its header.</summary>
    /// <exception cref="UserException">The file is missing, or no picture.</exception>
    public ImageFile(string path)
    {
        _path = path;
        try
        {
            _stream = InputFile.Open(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{path}: cannot be read: {exception.Message}", exception);
        }
        // The codec may close the stream.
        long length = _stream.Length;
        _codec = SKCodec.Create(_stream)!;
        if (_codec?.EncodedFormat is not (
            SKEncodedImageFormat.Png or SKEncodedImageFormat.Jpeg or SKEncodedImageFormat.Webp))
        {
            _codec?.Dispose();
            _stream.Dispose();
            throw new UserException(
                $"{path}: is no picture that can be read, or a damaged one; give a PNG, JPEG or WebP file");
        }
        // Asked for once: the codec's memory is gone when it is disposed of.
        _stored = _codec.Info;
        _origin = _codec.EncodedOrigin;
        (Width, Height) = ImageOrientation.IsTransposed(_origin)
            ? (_stored.Height, _stored.Width)
            : (_stored.Width, _stored.Height);
        long limit = Math.Min(MostPixels, DecompressionLimit.Of(length) / BytesOfPixel);
        if ((long)Width * Height > limit)
        {
            Dispose();
            throw new UserException(
                $"{path}: {Height}×{Width} pixels from {length} bytes are over the limit of {limit} pixels; make the picture "
                + "smaller");
        }
    }

    /// <summary>Columns, in pixels.</summary>
    public int Width { get; }

    /// <summary>Rows, in pixels.</summary>
    public int Height { get; }

    /// <summary>Reads the pixels.</summary>
    /// <param name="coloured">True for red, green and blue; else grey, colours by their luma (ITU-R BT.601).</param>
    /// <param name="size">The size to draw it at, or null for its own.</param>
    /// <exception cref="UserException">The picture is damaged.</exception>
    public RasterImage Decode(bool coloured, (int Height, int Width)? size)
    {
        bool resized = size is (int height, int width) && (height, width) != (Height, Width);
        if (_stored.ColorType == SKColorType.Gray8 && _origin == SKEncodedOrigin.TopLeft && !coloured && !resized)
        {
            var grey = new RasterImage(Width, Height);
            Decode(new SKImageInfo(Width, Height, SKColorType.Gray8, SKAlphaType.Opaque), grey.Pixels);
            return grey;
        }
        byte[] rgba = new byte[checked(Width * Height * BytesOfPixel)];
        Decode(new SKImageInfo(_stored.Width, _stored.Height, SKColorType.Rgba8888, SKAlphaType.Premul), rgba);
        rgba = ImageOrientation.Upright(rgba, _stored.Height, _stored.Width, _origin);
        if (!resized)
            return FromRgba(rgba, Height, Width, coloured);
        var info = new SKImageInfo(Width, Height, SKColorType.Rgba8888, SKAlphaType.Premul);
        return FromRgba(Resize(rgba, info, size!.Value), size.Value.Height, size.Value.Width, coloured);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _codec.Dispose();
        _stream.Dispose();
    }

    private static RasterImage FromRgba(byte[] rgba, int height, int width, bool coloured)
    {
        var image = new RasterImage(width, height, coloured ? 3 : 1);
        for (int i = 0; i < width * height; i++)
        {
            (int red, int green, int blue) = (rgba[4 * i], rgba[(4 * i) + 1], rgba[(4 * i) + 2]);
            if (coloured)
                (image.Pixels[3 * i], image.Pixels[(3 * i) + 1], image.Pixels[(3 * i) + 2]) = ((byte)red, (byte)green, (byte)blue);
            else
                image.Pixels[i] = (byte)(((299 * red) + (587 * green) + (114 * blue) + 500) / 1000);
        }
        return image;
    }

    // Mipmaps average what a pixel of the smaller picture covers, so that thin lines do not fall between samples.
    private static byte[] Resize(byte[] rgba, SKImageInfo info, (int Height, int Width) size)
    {
        using SKImage picture = SKImage.FromPixelCopy(info, rgba);
        var target = new SKImageInfo(size.Width, size.Height, SKColorType.Rgba8888, SKAlphaType.Premul);
        byte[] pixels = new byte[checked(size.Width * size.Height * 4)];
        bool done = Pinned(
            pixels,
            address => picture.ScalePixels(
                new SKPixmap(target, address), new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear)));
        return done ? pixels : throw new InvalidOperationException("SkiaSharp did not scale an image.");
    }

    private static T Pinned<T>(byte[] pixels, Func<nint, T> use)
    {
        GCHandle handle = GCHandle.Alloc(pixels, GCHandleType.Pinned);
        try
        {
            return use(handle.AddrOfPinnedObject());
        }
        finally
        {
            handle.Free();
        }
    }

    private void Decode(SKImageInfo info, byte[] pixels)
    {
        SKCodecResult result = Pinned(pixels, address => _codec.GetPixels(info, address));
        if (result != SKCodecResult.Success)
            throw new UserException($"{_path}: the picture is damaged ({result}); replace it or take it away");
    }
}

/// <summary>
/// Turns pictures the right way up: cameras store what their sensor saw, and note in EXIF how the camera was held.
/// </summary>
internal static class ImageOrientation
{
    /// <summary>Whether the first row of the file is a column of the picture.</summary>
    public static bool IsTransposed(SKEncodedOrigin origin) => origin >= SKEncodedOrigin.LeftTop;

    /// <summary>The picture as a person is meant to see it.</summary>
    /// <param name="pixels">(rows, columns), four bytes a pixel, as in the file.</param>
    /// <param name="rows">Rows in the file.</param>
    /// <param name="columns">Columns in the file.</param>
    /// <param name="origin">Which sides of the picture the file's first row and first column are.</param>
    /// <returns>The same pixels, (columns, rows) where the picture is transposed.</returns>
    public static byte[] Upright(byte[] pixels, int rows, int columns, SKEncodedOrigin origin)
    {
        if (origin is SKEncodedOrigin.TopLeft or SKEncodedOrigin.Default)
            return pixels;
        bool rowsFlipped = origin is SKEncodedOrigin.BottomLeft or SKEncodedOrigin.BottomRight
            or SKEncodedOrigin.RightTop or SKEncodedOrigin.RightBottom;
        bool columnsFlipped = origin is SKEncodedOrigin.TopRight or SKEncodedOrigin.BottomRight
            or SKEncodedOrigin.RightBottom or SKEncodedOrigin.LeftBottom;
        byte[] upright = new byte[pixels.Length];
        ReadOnlySpan<uint> source = MemoryMarshal.Cast<byte, uint>(pixels);
        Span<uint> target = MemoryMarshal.Cast<byte, uint>(upright.AsSpan());
        for (int row = 0; row < rows; row++)
        {
            int y = rowsFlipped ? rows - 1 - row : row;
            for (int column = 0; column < columns; column++)
            {
                int x = columnsFlipped ? columns - 1 - column : column;
                target[IsTransposed(origin) ? (x * rows) + y : (y * columns) + x] = source[(row * columns) + column];
            }
        }
        return upright;
    }
}
