using System.Text.Json;
using GpuVae.Files;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace GpuVae.AspNetCore;

/// <summary>
/// Puts an anomaly detector into an application: <c>builder.Services.AddAnomalyDetector("model.gpuvae")</c>, and where it is to
/// answer requests <c>app.MapAnomalyDetector()</c>. For use while the application is built, on one thread.
/// </summary>
public static class AnomalyServices
{
    /// <summary>
    /// Reads a detector when the application starts, and again whenever its file changes; the start fails where it cannot be read. Adds
    /// <see cref="AnomalyDetectorAccessor"/>, for a request <see cref="AnomalyDetectorLease"/>, and a health check called
    /// <c>anomaly-detector</c>. An application has one detector.
    /// </summary>
    /// <param name="services">Of the application.</param>
    /// <param name="path">The detector's file, or a folder that holds one called <see cref="AnomalyDetectorAccessor.FileName"/>.</param>
    /// <param name="configure">Changes the limits; null for the defaults.</param>
    /// <returns>The same services.</returns>
    /// <exception cref="ArgumentException">A limit is 0 or less.</exception>
    public static IServiceCollection AddAnomalyDetector(
        this IServiceCollection services, string path, Action<AnomalyServiceOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(path);
        var options = new AnomalyServiceOptions();
        configure?.Invoke(options);
        options.Validate();
        services.AddLogging();
        services.AddSingleton(options);
        services.AddSingleton(provider => new AnomalyDetectorAccessor(
            path, provider.GetRequiredService<ILogger<AnomalyDetectorAccessor>>()));
        services.AddScoped(provider => provider.GetRequiredService<AnomalyDetectorAccessor>().Rent());
        services.AddSingleton<DetectorMetrics>();
        services.AddSingleton<DetectorEndpoints>();
        services.AddHostedService<DetectorReloader>();
        services.AddHealthChecks().AddCheck<DetectorHealthCheck>(DetectorHealthCheck.Name, tags: [DetectorHealthCheck.Name]);
        return services;
    }

    /// <summary>
    /// Maps <c>POST /score</c>, <c>/explain</c>, <c>/encode</c> and <c>/decode</c>, and <c>GET /health</c>, <c>/metrics</c> and
    /// <c>/openapi.json</c>, which describes them with the detector's columns.
    /// </summary>
    /// <param name="endpoints">Of the application, or a group with a prefix and policies of its own.</param>
    /// <param name="prefix">What stands before the paths, such as <c>/anomalies</c>; empty for nothing.</param>
    /// <returns>For policies, such as who may ask.</returns>
    /// <exception cref="InvalidOperationException">There is no detector among the application's services.</exception>
    public static IEndpointConventionBuilder MapAnomalyDetector(this IEndpointRouteBuilder endpoints, string prefix = "")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(prefix);
        DetectorEndpoints detector = endpoints.ServiceProvider.GetService<DetectorEndpoints>()
            ?? throw new InvalidOperationException(
                "There is no detector; call services.AddAnomalyDetector before the application is built.");
        RouteGroupBuilder group = endpoints.MapGroup(prefix);
        Post(group, "/score", detector.Score, "Scores rows.");
        Post(group, "/explain", detector.Explain, "Scores rows, and says which columns make the scores.");
        Post(group, "/encode", detector.Encode, "Gives the codes of rows.");
        Post(group, "/decode", detector.Decode, "Gives the rows of codes.");
        Get(group, "/metrics", detector.Metrics, "Prometheus' text.");
        Get(group, "/openapi.json", context => detector.Describe(context, PrefixOf(context)), "Describes what can be asked for.");
        group.MapHealthChecks("/health", new HealthCheckOptions
        {
            Predicate = check => check.Name == DetectorHealthCheck.Name,
            ResponseWriter = WriteHealth,
        });
        return group;
    }

    private static void Post(RouteGroupBuilder group, string path, RequestDelegate answer, string summary)
    {
        group.MapPost(path, answer).WithSummary(summary);
        group.Map(path, context => DetectorEndpoints.RefuseMethod(context, HttpMethods.Post)).ExcludeFromDescription();
    }

    private static void Get(RouteGroupBuilder group, string path, RequestDelegate answer, string summary)
    {
        group.MapMethods(path, [HttpMethods.Get, HttpMethods.Head], answer).WithSummary(summary);
        group.Map(path, context => DetectorEndpoints.RefuseMethod(context, HttpMethods.Get)).ExcludeFromDescription();
    }

    /// <summary>What stands before <c>/openapi.json</c> in the request's path.</summary>
    private static string PrefixOf(HttpContext context)
    {
        string path = context.Request.PathBase + (context.Request.Path.Value ?? "");
        return path[..Math.Max(path.LastIndexOf('/'), 0)];
    }

    private static Task WriteHealth(HttpContext context, HealthReport report)
    {
        HealthReportEntry entry = report.Entries.GetValueOrDefault(DetectorHealthCheck.Name);
        var body = new System.Buffers.ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body, Answers.Format))
        {
            json.WriteStartObject();
            json.WriteString("status", report.Status.ToString());
            json.WriteString("description", entry.Description);
            foreach ((string name, object value) in entry.Data ?? new Dictionary<string, object>())
            {
                if (value is double number)
                    json.WriteFinite(name, number);
                else if (value is int count)
                    json.WriteNumber(name, count);
                else
                    json.WriteString(name, value.ToString());
            }
            json.WriteEndObject();
        }
        return Problem.WriteAsync(context, "application/json", body);
    }
}
