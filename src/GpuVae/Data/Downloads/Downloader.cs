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
    private const int MostRedirections = 5;
    private static readonly TimeSpan _silence = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _reportInterval = TimeSpan.FromSeconds(0.5);

    private readonly Uri _address;
    private readonly IProgress<DownloadProgress>? _progress;
    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = _silence };
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
            try
            {
                bool isResumed = stream.Length > 0;
                Fill(set, file, address, stream);
                // What an earlier try has left may be of another server, or of a page in its place.
                if (!Check(file, stream, out string found) && isResumed)
                {
                    stream.SetLength(0);
                    Fill(set, file, address, stream);
                    _ = Check(file, stream, out found);
                }
                if (found != file.Sha256)
                {
                    stream.SetLength(0);
                    throw Other(address, $"its SHA-256 is {found}, not {file.Sha256}");
                }
                Disk.Flush(stream);
            }
            finally
            {
                // Nothing that has come is nothing to keep.
                if (stream.Length == 0)
                    File.Delete(part);
            }
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
                    $"{set}: {Shown(address)} cannot be reached: {Reason(failure)}; the network is needed once: try again when it "
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
            using HttpResponseMessage response = Ask(set, address, stream.Length);
            if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
            {
                stream.SetLength(0);
                return null;
            }
            if (!response.IsSuccessStatusCode)
            {
                throw new DataException(
                    $"{set}: {Shown(address)} answers {(int)response.StatusCode} {response.ReasonPhrase}; try again later, or set "
                    + $"{RemoteSet.AddressVariable} to another place that has the file");
            }
            long? whole = response.StatusCode == HttpStatusCode.PartialContent
                ? response.Content.Headers.ContentRange?.Length
                : response.Content.Headers.ContentLength;
            if (whole is long length && length != file.Length)
                throw Other(address, $"it has {length} bytes, not {file.Length}");
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
            // An answer that ends as it should before the file does is another one.
            if (stream.Length < file.Length)
            {
                long came = stream.Length;
                stream.SetLength(0);
                throw Other(address, $"it has {came} bytes, not {file.Length}");
            }
            return null;
        }
        catch (Exception exception) when (
            exception is HttpRequestException or HttpIOException or OperationCanceledException
                or IOException { InnerException: SocketException })
        {
            return exception;
        }
    }

    /// <summary>
    /// Asks for the bytes from a place on, there or where the server sends: to other addresses of the web alone, and from
    /// one that nobody can listen to not to one that anybody can.
    /// </summary>
    private HttpResponseMessage Ask(string set, Uri address, long start)
    {
        Uri place = address;
        for (int redirections = 0; ; redirections++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, place);
            if (start > 0)
                request.Headers.Range = new RangeHeaderValue(start, null);
            HttpResponseMessage response = _client.Send(request, HttpCompletionOption.ResponseHeadersRead);
            bool isElsewhere = (int)response.StatusCode is 301 or 302 or 303 or 307 or 308;
            if (!isElsewhere || response.Headers.Location is not Uri named)
                return response;
            response.Dispose();
            Uri next = named.IsAbsoluteUri ? named : new Uri(place, named);
            if (next.Scheme is not ("http" or "https") || (place.Scheme == "https" && next.Scheme == "http"))
            {
                throw new DataException(
                    $"{set}: {Shown(address)} sends to a {next.Scheme}: address, which is not followed; set "
                    + $"{RemoteSet.AddressVariable} to another place that has the file");
            }
            if (redirections == MostRedirections)
            {
                throw new DataException(
                    $"{set}: {Shown(address)} sends from place to place; set {RemoteSet.AddressVariable} to another place that "
                    + "has the file");
            }
            place = next;
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

    private static bool Check(RemoteFile file, FileStream stream, out string found)
    {
        stream.Position = 0;
        found = Convert.ToHexStringLower(SHA256.HashData(stream));
        return found == file.Sha256;
    }

    private static DataException Other(Uri address, string difference) => new(
        $"{Shown(address)}: is not the file that was published: {difference}; a page that asks to log in may stand in its place: "
        + $"try again later, or set {RemoteSet.AddressVariable} to another place that has the file");

    /// <summary>An address for a message: without the name and the password that it may have.</summary>
    private static string Shown(Uri address) =>
        address.UserInfo.Length == 0 ? $"{address}" : $"{new UriBuilder(address) { UserName = "", Password = "" }.Uri}";

    private static string Reason(Exception? exception) => exception switch
    {
        null => "the transfer ends early each time",
        OperationCanceledException => "no answer",
        { InnerException: SocketException inner } => inner.Message,
        _ => exception.Message,
    };
}
