using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using GpuVae.Detection;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.AspNetCore.Tests;

/// <summary>A detector in a file that answers on a free port, and who asks it.</summary>
internal sealed class Service : IAsyncDisposable
{
    private readonly TemporaryFolder _folder;

    private Service(TemporaryFolder folder, string file, AnomalyServer server)
    {
        _folder = folder;
        File = file;
        Server = server;
        Client = new HttpClient { BaseAddress = new Uri(server.Address) };
    }

    /// <summary>The detector's file.</summary>
    public string File { get; }

    public AnomalyServer Server { get; }

    public HttpClient Client { get; }

    /// <summary>Starts it.</summary>
    public static async Task<Service> Start(
        AnomalyDetector detector, Action<AnomalyServiceOptions>? configure = null, Action<string>? log = null)
    {
        var folder = new TemporaryFolder();
        string file = folder.File("model.gpuvae");
        detector.Save(file);
        AnomalyServer server = await AnomalyServer.StartAsync(
            file, IPAddress.Loopback, 0, configure, log, TestContext.Current.CancellationToken);
        return new Service(folder, file, server);
    }

    /// <summary>Posts JSON.</summary>
    public Task<HttpResponseMessage> Post(string path, string json) => Post(path, "application/json", Encoding.UTF8.GetBytes(json));

    /// <summary>Posts a body of a type; null for none.</summary>
    public Task<HttpResponseMessage> Post(string path, string? type, byte[] body)
    {
        var content = new ByteArrayContent(body);
        if (type is not null)
            content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        return Client.PostAsync(new Uri(path, UriKind.Relative), content, TestContext.Current.CancellationToken);
    }

    /// <summary>The JSON of an answer that went well.</summary>
    public async Task<JsonElement> Ask(string path, string json) => await Read(await Post(path, json));

    /// <summary>The same of a body of a type.</summary>
    public async Task<JsonElement> Ask(string path, string type, byte[] body) => await Read(await Post(path, type, body));

    /// <summary>What a path that is read says.</summary>
    public Task<string> Get(string path) => Client.GetStringAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Server.DisposeAsync();
        _folder.Dispose();
    }

    private static async Task<JsonElement> Read(HttpResponseMessage answer)
    {
        using (answer)
        {
            string text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.True(answer.IsSuccessStatusCode, text);
            Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
            return JsonElement.Parse(text);
        }
    }
}
