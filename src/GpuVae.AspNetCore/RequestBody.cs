using System.Buffers;
using System.Text.Unicode;
using GpuVae.Detection;
using GpuVae.Imaging;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace GpuVae.AspNetCore;

/// <summary>The whole body of a request in memory from a pool, and the rows in it.</summary>
internal sealed class RequestBody : IDisposable
{
    private byte[] _bytes;
    private int _length;

    private RequestBody(int capacity) => _bytes = ArrayPool<byte>.Shared.Rent(capacity);

    private static ReadOnlySpan<byte> PngSignature => [0x89, (byte)'P', (byte)'N', (byte)'G', (byte)'\r', (byte)'\n', 0x1A, (byte)'\n'];

    /// <summary>As they came.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    /// <summary>Reads it.</summary>
    /// <param name="request">Whose body.</param>
    /// <param name="mostBytes">A larger one is refused, as soon as it is known to be.</param>
    /// <param name="cancellation">Ends it before its time.</param>
    /// <exception cref="RequestException">It is too large, or compressed.</exception>
    public static async Task<RequestBody> ReadAsync(HttpRequest request, int mostBytes, CancellationToken cancellation)
    {
        if (request.Headers.ContentEncoding.Count > 0 && request.Headers.ContentEncoding != "identity")
        {
            throw new RequestException(
                StatusCodes.Status415UnsupportedMediaType, $"the body is compressed ({request.Headers.ContentEncoding}); send it as it is");
        }
        if (request.ContentLength > mostBytes)
            throw TooLarge(mostBytes);
        // The server's own limit is for other endpoints. It cannot be changed once the body is being read.
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = null;
        const int Guess = 4096;
        var body = new RequestBody((int)Math.Max(request.ContentLength ?? Guess, 1));
        try
        {
            while (true)
            {
                if (body._length == body._bytes.Length)
                    body.Grow();
                int read = await request.Body.ReadAsync(body._bytes.AsMemory(body._length), cancellation).ConfigureAwait(false);
                if (read == 0)
                    return body;
                body._length += read;
                if (body._length > mostBytes)
                    throw TooLarge(mostBytes);
            }
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    /// <summary>The rows, as the type of the content says they are.</summary>
    /// <exception cref="RequestException">What is wrong, and in which row and column.</exception>
    public GivenRows ReadRows(HttpRequest request, LoadedDetector loaded, int mostRows)
    {
        const string Types = "application/json, text/csv or, where the detector is of pictures, image/png";
        switch (MediaType(request, Types))
        {
            case "application/json":
                return JsonRows.Read(Text(), loaded, mostRows);
            case "text/csv":
                return CsvRows.Read(Text(), loaded, mostRows);
            case "image/png" when loaded.IsOfPictures:
                return new GivenRows([new GivenRow(ReadPicture(loaded.Detector))], IsList: false);
            case "image/png":
                throw new RequestException(
                    StatusCodes.Status415UnsupportedMediaType, "the detector is of no pictures; send application/json or text/csv");
            default:
                throw Unsupported(request, Types);
        }
    }

    /// <summary>The codes, which are JSON.</summary>
    /// <exception cref="RequestException">What is wrong, and in which row.</exception>
    public (List<float[]> Codes, bool IsList) ReadCodes(HttpRequest request, LoadedDetector loaded, int mostRows)
    {
        const string Types = "application/json";
        return MediaType(request, Types) == Types ? JsonRows.ReadCodes(Text(), loaded, mostRows) : throw Unsupported(request, Types);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        byte[] bytes = Interlocked.Exchange(ref _bytes, []);
        if (bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(bytes);
    }

    private static string MediaType(HttpRequest request, string types)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type))
            throw Unsupported(request, types);
        if (type.Charset.HasValue && !type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase))
        {
            throw new RequestException(
                StatusCodes.Status415UnsupportedMediaType,
                $"the body's charset is {JsonRows.Excerpt(type.Charset.ToString())}; send UTF-8");
        }
        return type.MediaType.ToString().ToLowerInvariant();
    }

    private static RequestException Unsupported(HttpRequest request, string types) => new(
        StatusCodes.Status415UnsupportedMediaType,
        (string.IsNullOrEmpty(request.ContentType) ? "there is no Content-Type"
            : $"the Content-Type is {JsonRows.Excerpt(request.ContentType)}")
        + $"; send {types}");

    private static RequestException TooLarge(int mostBytes) => new(
        StatusCodes.Status413PayloadTooLarge,
        FormattableString.Invariant($"the body has more than {mostBytes} bytes; send its rows in several requests"));

    private ReadOnlySpan<byte> Text()
    {
        ReadOnlySpan<byte> text = Bytes;
        if (text is [0xEF, 0xBB, 0xBF, ..])
            text = text[3..];
        if (text.IsEmpty)
            throw RequestException.Bad("the body is empty; it holds a row");
        return Utf8.IsValid(text) ? text : throw RequestException.Bad("the body is not UTF-8");
    }

    private byte[] ReadPicture(AnomalyDetector detector)
    {
        if (_length == 0)
            throw RequestException.Bad("the body is empty; it holds a picture");
        if (!Bytes.StartsWith(PngSignature))
            throw RequestException.Bad("the body is no PNG picture");
        RasterImage picture;
        try
        {
            using IImageFile file = ImageBackend.Current.Open("the body", Bytes.ToArray());
            picture = file.Decode(detector.Channels == 3, size: null, PictureBackground.White);
        }
        catch (UserException exception)
        {
            throw RequestException.Bad(exception.Message);
        }
        return (picture.Height, picture.Width) == (detector.Height, detector.Width)
            ? picture.Pixels
            : throw RequestException.Bad(
                FormattableString.Invariant($"a picture of {picture.Height}×{picture.Width} pixels, and the detector was trained on ")
                + FormattableString.Invariant($"{detector.Height}×{detector.Width}"));
    }

    private void Grow()
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(checked(_bytes.Length * 2));
        Bytes.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
