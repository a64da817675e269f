using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace GpuVae.Tests.Support;

/// <summary>An HTTP server on this machine that has one content for every path, and can fail in the ways servers do.</summary>
internal sealed class FileServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly byte[] _content;
    private readonly Thread _thread;
    private int _breaks;

    /// <summary>Starts it on a free port.</summary>
    public FileServer(byte[] content)
    {
        _content = content;
        _listener.Start();
        _thread = new Thread(Serve) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>Its address, with a slash at the end.</summary>
    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

    /// <summary>The ranges that were asked for, one for each request.</summary>
    public List<string> Ranges { get; } = [];

    /// <summary>Whether it answers a range with a part; else always with everything.</summary>
    public bool KnowsRanges { get; init; } = true;

    /// <summary>What it answers in place of the content, for example <c>404 Not Found</c>.</summary>
    public string? Status { get; init; }

    /// <summary>Where it sends whoever asks, with a status that says so; null for nowhere.</summary>
    public string? Location { get; init; }

    /// <summary>Whether it says how long an answer is; else the answer ends with the connection.</summary>
    public bool SaysLength { get; init; } = true;

    /// <summary>Bytes of a body after which it closes the connection.</summary>
    public int BreakAfter { get; init; }

    /// <summary>How many times it does so.</summary>
    public int Breaks { get; init; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _listener.Stop();
        _thread.Join();
        _listener.Dispose();
    }

    private void Serve()
    {
        try
        {
            while (true)
            {
                using TcpClient client = _listener.AcceptTcpClient();
                Answer(client.GetStream());
            }
        }
        catch (Exception exception) when (exception is SocketException or InvalidOperationException or ObjectDisposedException)
        {
            // The listener was stopped.
        }
    }

    private void Answer(NetworkStream stream)
    {
        try
        {
            int first = ReadRequest(stream);
            int start = KnowsRanges ? first : 0;
            string status = Status ?? (start > 0 ? "206 Partial Content" : "200 OK");
            byte[] body = Status is null ? _content[start..] : [];
            string range = start > 0 ? $"Content-Range: bytes {start}-{_content.Length - 1}/{_content.Length}\r\n" : "";
            string size = SaysLength ? $"Content-Length: {body.Length}\r\n" : "";
            string place = Location is null ? "" : $"Location: {Location}\r\n";
            stream.Write(Encoding.ASCII.GetBytes(
                $"HTTP/1.1 {status}\r\n{size}{range}{place}Connection: close\r\n\r\n"));
            bool breaks = _breaks++ < Breaks;
            stream.Write(breaks ? body.AsSpan(0, Math.Min(BreakAfter, body.Length)) : body);
        }
        catch (IOException)
        {
            // The client had enough.
        }
    }

    private int ReadRequest(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
        int first = 0;
        for (string? line = reader.ReadLine(); !string.IsNullOrEmpty(line); line = reader.ReadLine())
        {
            if (line.StartsWith("Range: bytes=", StringComparison.OrdinalIgnoreCase))
                first = int.Parse(line["Range: bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture);
        }
        Ranges.Add($"bytes={first}-");
        return first;
    }
}
