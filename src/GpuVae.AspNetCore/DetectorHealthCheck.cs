using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace GpuVae.AspNetCore;

/// <summary>
/// Healthy where the newest file is the detector that answers; degraded where it could not be read and the one of before goes on.
/// </summary>
internal sealed class DetectorHealthCheck(AnomalyDetectorAccessor accessor) : IHealthCheck
{
    /// <summary>The check's name and tag.</summary>
    public const string Name = "anomaly-detector";

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        using AnomalyDetectorLease lease = accessor.Rent();
        Dictionary<string, object> data = new()
        {
            ["columns"] = lease.Detector.Columns.Count,
            ["threshold"] = lease.Detector.Threshold,
            ["loadedAt"] = lease.Loaded.LoadedAt.ToString("O", CultureInfo.InvariantCulture),
        };
        return Task.FromResult(accessor.Failure is string failure
            ? HealthCheckResult.Degraded($"{failure}; the detector of before goes on", data: data)
            : HealthCheckResult.Healthy("the newest file answers", data));
    }
}
