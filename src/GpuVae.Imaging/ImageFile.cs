using System.Runtime.InteropServices;
using GpuVae.Files;
using SkiaSharp;

namespace GpuVae.Imaging;

/// <summary>
/// A picture in a file: PNG, JPEG, WebP, BMP, GIF (the first of its pictures), ICO (the largest), PGM or PPM. Opening it
/// reads its size, and decoding it its pixels.
/// </summary>
internal sealed class ImageFile : IImageFile
{
    // A file of some bytes may promise any size: 16 K × 16 K pixels of four bytes are 1 GiB.
    private const long MostPixels = 1L << 28;
    private const int BytesOfPixel = 4;

    // Where a PNG file says how many bits a channel has.
    private const int DepthOffset = 24;

    // Channels of grey photographs differ by so much where JPEG has rounded them.
    private const int GreyNoise = 16;

    private readonly string _path;
    private readonly Stream _stream;
    private readonly SKCodec? _codec;
    private readonly NetpbmFile? _netpbm;
    private readonly int _orientation = ExifOrientation.Upright;
    private readonly SKImageInfo _stored; // the size in the file

    /// <summary>Opens the file and reads its header.</summary>
    /// <exception cref="UserException">The file is missing, or no picture.</exception>
    public ImageFile(string path)
        : this(path, () => InputFile.Open(path))
    {
    }

    /// <summary>The same of a file in memory.</summary>
    /// <param name="name">What messages call it.</param>
    /// <param name="bytes">All of it.</param>
    /// <exception cref="UserException">It is no picture.</exception>
    public ImageFile(string name, byte[] bytes)
        : this(name, () => new MemoryStream(bytes, writable: false))
    {
    }

    private ImageFile(string path, Func<Stream> open)
    {
        _path = path;
        Stream? stream = null;
        try
        {
            _stream = stream = open();
            // All that is asked of the stream comes before the codec, which may close it.
            long length = _stream.Length;
            Span<byte> start = stackalloc byte[DepthOffset + 1];
            start = start[.._stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
            _stream.Position = 0;
            if (NetpbmFile.Recognizes(start))
            {
                _netpbm = new NetpbmFile(path, _stream);
                _stored = new SKImageInfo(
                    _netpbm.Width, _netpbm.Height, _netpbm.Channels == 1 ? SKColorType.Gray8 : SKColorType.Rgba8888,
                    SKAlphaType.Opaque);
            }
            else
            {
                int? noted = ExifOrientation.Find(_stream);
                _codec = Open(path, _stream, start);
                // Asked for once: the codec's memory is gone when it is disposed of.
                _stored = _codec.Info;
                _orientation = noted ?? (int)_codec.EncodedOrigin;
                IsReduced = _codec.EncodedFormat == SKEncodedImageFormat.Png && start.Length > DepthOffset
                    && start[DepthOffset] > 8;
            }
            (Width, Height) = ExifOrientation.IsTransposed(_orientation)
                ? (_stored.Height, _stored.Width)
                : (_stored.Width, _stored.Height);
            RequireSize(length);
        }
        catch (Exception exception)
        {
            _codec?.Dispose();
            stream?.Dispose();
            if (exception is IOException or UnauthorizedAccessException)
                throw new UserException($"{path}: cannot be read: {exception.Message}", exception);
            throw;
        }
    }

    /// <inheritdoc/>
    public int Width { get; }

    /// <inheritdoc/>
    public int Height { get; }

    /// <inheritdoc/>
    public bool IsReduced { get; }

    /// <inheritdoc/>
    public bool IsTransparent { get; private set; }

    /// <inheritdoc/>
    public bool LosesColours { get; private set; }

    /// <inheritdoc/>
    public RasterImage Decode(bool coloured, (int Height, int Width)? size, PictureBackground background)
    {
        (int height, int width) = size ?? (Height, Width);
        bool resized = (height, width) != (Height, Width);
        if (_stored.ColorType == SKColorType.Gray8 && _orientation == ExifOrientation.Upright && !coloured && !resized)
        {
            var grey = new RasterImage(Width, Height);
            if (_netpbm is null)
                Decode(new SKImageInfo(Width, Height, SKColorType.Gray8, SKAlphaType.Opaque), grey.Pixels);
            else
                ReadNetpbm(_netpbm).CopyTo(grey.Pixels, 0);
            return grey;
        }
        byte[] rgba;
        if (_netpbm is null)
        {
            rgba = new byte[checked(Width * Height * BytesOfPixel)];
            Decode(new SKImageInfo(_stored.Width, _stored.Height, SKColorType.Rgba8888, SKAlphaType.Premul), rgba);
            rgba = ExifOrientation.Turn(rgba, _stored.Height, _stored.Width, _orientation);
        }
        else
        {
            rgba = ToRgba(ReadNetpbm(_netpbm), _netpbm.Channels);
        }
        if (resized)
        {
            var info = new SKImageInfo(Width, Height, SKColorType.Rgba8888, SKAlphaType.Premul);
            rgba = Resize(rgba, info, (height, width));
        }
        // Behind the resizing, which would else draw the colours that transparent pixels hide into their neighbours.
        IsTransparent = _stored.AlphaType != SKAlphaType.Opaque && PutOn(background, rgba);
        LosesColours = !coloured && HasColours(rgba);
        return FromRgba(rgba, height, width, coloured);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _codec?.Dispose();
        _stream.Dispose();
    }

    private static SKCodec Open(string path, Stream stream, ReadOnlySpan<byte> start)
    {
        if (start is [(byte)'I', (byte)'I', (byte)'*' or (byte)'+', 0, ..] or [(byte)'M', (byte)'M', 0, (byte)'*' or (byte)'+', ..])
        {
            throw new UserException(
                $"{path}: is a TIFF picture, which is not read; convert it: magick mogrify -format png "
                + $"*{Path.GetExtension(path)}");
        }
        // Not from the stream itself: a file may ask to be read 3 GB further on, which ends the process in Skia's call of a stream of .NET.
        // The codec keeps the data.
        using SKData data = SKData.Create(stream)
            ?? throw new UserException($"{path}: is empty or cannot be held in memory, and is no picture that can be read");
        SKCodec? codec = SKCodec.Create(data);
        // Not WBMP, of whose form files of anything are by chance.
        if (codec?.EncodedFormat is SKEncodedImageFormat.Png or SKEncodedImageFormat.Jpeg or SKEncodedImageFormat.Webp
            or SKEncodedImageFormat.Bmp or SKEncodedImageFormat.Gif or SKEncodedImageFormat.Ico)
        {
            return codec;
        }
        codec?.Dispose();
        throw new UserException(
            $"{path}: is no picture that can be read, or a damaged one; give one of these kinds: {ImageFormats.Kinds}");
    }

    /// <summary>Lays premultiplied pixels over a background.</summary>
    /// <returns>Whether it shows anywhere.</returns>
    private static bool PutOn(PictureBackground background, byte[] rgba)
    {
        bool shows = false;
        ReadOnlySpan<byte> colour = [background.Red, background.Green, background.Blue];
        for (int i = 0; i < rgba.Length; i += BytesOfPixel)
        {
            int missing = byte.MaxValue - rgba[i + 3];
            if (missing == 0)
                continue;
            shows = true;
            for (int channel = 0; channel < colour.Length; channel++)
            {
                int sum = rgba[i + channel] + (((colour[channel] * missing) + (byte.MaxValue / 2)) / byte.MaxValue);
                rgba[i + channel] = (byte)Math.Min(sum, byte.MaxValue);
            }
        }
        return shows;
    }

    private static bool HasColours(byte[] rgba)
    {
        for (int i = 0; i < rgba.Length; i += BytesOfPixel)
        {
            (byte red, byte green, byte blue) = (rgba[i], rgba[i + 1], rgba[i + 2]);
            if (Math.Max(red, Math.Max(green, blue)) - Math.Min(red, Math.Min(green, blue)) > GreyNoise)
                return true;
        }
        return false;
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

    private static byte[] ToRgba(byte[] pixels, int channels)
    {
        byte[] rgba = new byte[checked(pixels.Length / channels * BytesOfPixel)];
        for (int i = 0; i < pixels.Length / channels; i++)
        {
            for (int channel = 0; channel < 3; channel++)
                rgba[(i * BytesOfPixel) + channel] = pixels[(i * channels) + (channel % channels)];
            rgba[(i * BytesOfPixel) + 3] = byte.MaxValue;
        }
        return rgba;
    }

    // Mipmaps average what a pixel of the smaller picture covers, so that thin lines do not fall between samples.
    private static byte[] Resize(byte[] rgba, SKImageInfo info, (int Height, int Width) size)
    {
        using SKImage picture = SKImage.FromPixelCopy(info, rgba);
        var target = new SKImageInfo(size.Width, size.Height, SKColorType.Rgba8888, SKAlphaType.Premul);
        byte[] pixels = new byte[checked(size.Width * size.Height * 4)];
        bool done = Pinned(
            pixels,
            address =>
            {
                // Held to the end of the call: a collection in its midst would free what native code writes by.
                using var scaled = new SKPixmap(target, address);
                return picture.ScalePixels(scaled, new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
            });
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

    private void RequireSize(long length)
    {
        long limit = Math.Min(MostPixels, DecompressionLimit.Of(length) / BytesOfPixel);
        if ((long)Width * Height > limit)
        {
            throw new UserException(
                $"{_path}: {Height}×{Width} pixels from {length} bytes are over the limit of {limit} pixels; make the picture "
                + "smaller");
        }
    }

    private byte[] ReadNetpbm(NetpbmFile file)
    {
        try
        {
            return file.ReadPixels();
        }
        catch (IOException exception)
        {
            throw new UserException($"{_path}: cannot be read: {exception.Message}", exception);
        }
    }

    private void Decode(SKImageInfo info, byte[] pixels)
    {
        SKCodecResult result = Pinned(pixels, address => _codec!.GetPixels(info, address));
        if (result != SKCodecResult.Success)
            throw new UserException($"{_path}: the picture is damaged ({result}); replace it or take it away");
    }
}
