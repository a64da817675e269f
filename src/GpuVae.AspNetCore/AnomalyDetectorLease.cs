using GpuVae.Detection;

namespace GpuVae.AspNetCore;

/// <summary>
/// The detector for as long as somebody uses it, whatever happens to its file meanwhile. As a scoped service it ends with the
/// request: <c>app.MapPost("/mine", (AnomalyDetectorLease lease) => lease.Detector.Score(…))</c>. Its detector is safe for any number
/// of threads.
/// </summary>
public sealed class AnomalyDetectorLease : IDisposable
{
    private LoadedDetector? _loaded;

    internal AnomalyDetectorLease(LoadedDetector loaded) => _loaded = loaded;

    /// <summary>What scores; not to be disposed of, and not to be used behind the lease's end.</summary>
    /// <exception cref="ObjectDisposedException">The lease has ended.</exception>
    public AnomalyDetector Detector => Loaded.Detector;

    /// <summary>What is known of the detector.</summary>
    internal LoadedDetector Loaded => _loaded ?? throw new ObjectDisposedException(nameof(AnomalyDetectorLease));

    /// <summary>Ends it; a second time does nothing.</summary>
    public void Dispose() => Interlocked.Exchange(ref _loaded, null)?.Leave();
}
