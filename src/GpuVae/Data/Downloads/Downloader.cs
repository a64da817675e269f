using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using GpuVae.Files;

namespace GpuVae.Data;

/// <summary>
/// Downloads files: into <c>NAME.part</c>, on from where a broken transfer ended (RFC 9110, section 14), checked against
/// length and SHA-256, and only then moved to its name.
/// </summary>
internal sealed class Downloader : IDisposable
{
    private const int Attempts = 4;
    private static readonly TimeSpan _silence = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _reportInterval = TimeSpan.FromSeconds(0.5);

    private readonly Uri _address;
    private readonly IProgress<DownloadProgress>? _progress;
    private readonly HttpClient _client = new() { Timeout = _silence };
    private readonly byte[] _buffer = new byte[1 << 16];

    /// <summary>Downloads from an address.</summary>
    /// <param name="address">Ends with a slash.</param>
    /// <param name="progress">Is told how far it is, or null.</param>
    public Downloader(Uri address, IProgress<DownloadProgress>? progress)
    {
        _address = address;
        _progress = progress;
        _client.DefaultRequestHeaders.UserAgent.ParseAdd("gpuvae");
    }

    /// <summary>Time to wait before another attempt, which grows with each.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Puts a file into a folder.</summary>
    /// <exception cref="DataException">It cannot be had, or is not the one that was published.</exception>
    public void Fetch(string set, RemoteFile file, string folder)
    {
        var address = new Uri(_address, file.Name);
        string target = Path.Combine(folder, file.Name), part = target + ".part";
        try
        {
            Directory.CreateDirectory(folder);
            using var stream = new FileStream(part, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            Fill(set, file, address, stream);
            Check(file, address, stream);
            Disk.Flush(stream);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{part}: cannot be written: {exception.Message}", exception);
        }
        File.Move(part, target, overwrite: true);
        _progress?.Report(new DownloadProgress(set, file, file.Length));
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    /// <summary>Appends what is missing, in as many transfers as it takes while each brings something.</summary>
    private void Fill(string set, RemoteFile file, Uri address, FileStream stream)
    {
        if (stream.Length > file.Length)
            stream.SetLength(0);
        bool reached = false;
        for (int failures = 0; stream.Length < file.Length;)
        {
            long before = stream.Length;
            Exception? failure = Transfer(set, file, address, stream);
            if (stream.Length == file.Length)
                return;
            reached |= stream.Length > before;
            failures = stream.Length > before ? 1 : failures + 1;
            bool offline = !reached && failure is HttpRequestException
            {
                HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError,
            };
            if (offline || failures == Attempts)
            {
                throw new DataException(
                    $"{set}: {address} cannot be reached: {Reason(failure)}; the network is needed once: try again when it "
                    + $"is there (what has come is kept), or put the files into {Path.GetDirectoryName(stream.Name)}",
                    failure!);
            }
            Thread.Sleep(Pause * failures);
        }
    }

    /// <summary>One request, from where the file ends.</summary>
    /// <returns>What broke it off, or null.</returns>
    /// <exception cref="DataException">The server does not have the file.</exception>
    private Exception? Transfer(string set, RemoteFile file, Uri address, FileStream stream)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            if (stream.Length > 0)
                request.Headers.Range = new RangeHeaderValue(stream.Length, null);
            using HttpResponseMessage response = _client.Send(request, HttpCompletionOption.ResponseHeadersRead);
            if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
            {
                stream.SetLength(0);
                return null;
            }
            if (!response.IsSuccessStatusCode)
            {
                throw new DataException(
                    $"{set}: {address} answers {(int)response.StatusCode} {response.ReasonPhrase}; try again later, or set "
                    + $"{RemoteSet.AddressVariable} to another place that has the file");
            }
            // A server that knows no ranges begins again, and says so by its status.
            if (response.StatusCode != HttpStatusCode.PartialContent
                || response.Content.Headers.ContentRange?.From != stream.Length)
            {
                stream.SetLength(0);
                if (response.StatusCode == HttpStatusCode.PartialContent)
                    return null;
            }
            stream.Position = stream.Length;
            Copy(set, file, response.Content.ReadAsStream(), stream);
            return null;
        }
        catch (Exception exception) when (
            exception is HttpRequestException or HttpIOException or OperationCanceledException
                or IOException { InnerException: SocketException })
        {
            return exception;
        }
    }

    private void Copy(string set, RemoteFile file, Stream source, FileStream destination)
    {
        long last = 0;
        using var deadline = new CancellationTokenSource();
        while (destination.Length < file.Length)
        {
            deadline.CancelAfter(_silence);
            int read = source.ReadAsync(_buffer, deadline.Token).AsTask().GetAwaiter().GetResult();
            if (read == 0)
                return;
            destination.Write(_buffer, 0, (int)Math.Min(read, file.Length - destination.Length));
            if (Stopwatch.GetElapsedTime(last) >= _reportInterval)
            {
                last = Stopwatch.GetTimestamp();
                _progress?.Report(new DownloadProgress(set, file, Math.Min(destination.Length, file.Length - 1)));
            }
        }
    }

    private static void Check(RemoteFile file, Uri address, FileStream stream)
    {
        stream.Position = 0;
        string found = Convert.ToHexStringLower(SHA256.HashData(stream));
        if (found == file.Sha256)
            return;
        stream.SetLength(0);
        throw new DataException(
            $"{address}: is not the file that was published: its SHA-256 is {found}, not {file.Sha256}; try again later, or "
            + $"set {RemoteSet.AddressVariable} to another place that has the file");
    }

    private static string Reason(Exception? exception) => exception switch
    {
        null => "the transfer ends early each time",
        OperationCanceledException => "no answer",
        { InnerException: SocketException inner } => inner.Message,
        _ => exception.Message,
    };
}
