using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace GpuVae.AspNetCore;

/// <summary>Starts web applications that listen on one address, and nothing beside: no settings file or variable moves them.</summary>
internal static class Listener
{
    /// <summary>Builds an application and begins to listen.</summary>
    /// <param name="place">Where; port 0 takes a free one.</param>
    /// <param name="configure">Adds services.</param>
    /// <param name="map">Says what is answered.</param>
    /// <param name="log">Is told what goes wrong, in a line, by any thread; null for nobody.</param>
    /// <param name="cancellation">Ends the start.</param>
    /// <param name="shutdownSeconds">How long requests under way may take at the end.</param>
    /// <exception cref="UserException">Nobody may listen there; the message says why.</exception>
    public static async Task<WebApplication> StartAsync(
        IPEndPoint place, Action<WebApplicationBuilder> configure, Action<WebApplication> map, Action<string>? log,
        CancellationToken cancellation, int shutdownSeconds = 30)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(server =>
        {
            server.AddServerHeader = false;
            server.Listen(place, listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.AddRoutingCore();
        // How long requests under way may take when the program ends.
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(shutdownSeconds));
        configure(builder);
        if (log is not null)
            builder.Services.AddLogging(logging => LineLog.AddTo(logging, log));
        WebApplication application = builder.Build();
        try
        {
            map(application);
            await application.StartAsync(cancellation).ConfigureAwait(false);
            return application;
        }
        catch (Exception exception)
        {
            await application.DisposeAsync().ConfigureAwait(false);
            if (exception is IOException or SocketException)
                throw new UserException(Why(place, exception), exception);
            throw;
        }
    }

    private static string Why(IPEndPoint place, Exception exception) => Cause(exception) switch
    {
        SocketError.AddressAlreadyInUse => $"{place}: another program listens there; choose another port",
        SocketError.AccessDenied => $"{place}: the system does not let this program listen there; choose a port from 1024 on",
        SocketError.AddressNotAvailable => $"{place}: is no address of this machine; give 127.0.0.1, or 0.0.0.0 for all that it has",
        _ => $"{place}: cannot listen there: {exception.Message}",
    };

    private static SocketError? Cause(Exception? exception) => exception switch
    {
        null => null,
        SocketException socket => socket.SocketErrorCode,
        _ => Cause(exception.InnerException),
    };
}
