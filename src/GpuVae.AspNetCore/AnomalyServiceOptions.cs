namespace GpuVae.AspNetCore;

/// <summary>
/// How a detector is kept and what its endpoints take. Set once, while the service is configured; not safe for threads before that.
/// </summary>
public sealed class AnomalyServiceOptions
{
    /// <summary>Bytes of a request's body at most; a larger one gets 413. 16 MiB.</summary>
    public int MaxBodyBytes { get; set; } = 16 << 20;

    /// <summary>Rows of a request at most; more get 413. 10,000.</summary>
    public int MaxRows { get; set; } = 10_000;

    /// <summary>
    /// Requests per second of one client's address, with as many at once, before others get 429; null for no limit. Behind a proxy all
    /// clients have one address.
    /// </summary>
    public int? RequestsPerSecond { get; set; }

    /// <summary>
    /// Time of a request: a body that has not arrived by then gets 408, rows that are not scored by then 503. 30 s.
    /// </summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Time between two looks at the detector's file where the system does not tell of its changes, as on network drives; zero for
    /// never reloading it. 2 s.
    /// </summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long the file must have been the same before it is loaded again, so that one that is being copied is not. 200 ms.
    /// </summary>
    public TimeSpan SettleTime { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Refuses values that no service can have.</summary>
    /// <exception cref="ArgumentException">One is 0 or less.</exception>
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MaxBodyBytes);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MaxRows);
        if (RequestsPerSecond is int rate)
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rate, nameof(RequestsPerSecond));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(RequestTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(PollInterval, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(SettleTime, TimeSpan.Zero);
    }
}
