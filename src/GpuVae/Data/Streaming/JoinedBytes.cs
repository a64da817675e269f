using System.IO.Hashing;

namespace GpuVae.Data;

/// <summary>Streamed examples, and behind them others of the same size.</summary>
/// <param name="before">Those that come first.</param>
/// <param name="after">Those behind them.</param>
internal sealed class JoinedBytes(StreamedBytes before, StreamedBytes after)
    : StreamedBytes(checked(before.Count + after.Count), before.Length, before.Memory)
{
    /// <inheritdoc/>
    public override ByteSummary Summary => new(
        XxHash128.Hash([.. before.Summary.Hash, .. after.Summary.Hash]),
        [.. before.Summary.Occurs.Zip(after.Summary.Occurs, (one, other) => one || other)]);

    /// <inheritdoc/>
    public override void Read(int first, Span<byte> destination)
    {
        int ofBefore = Math.Clamp(before.Count - first, 0, destination.Length / Length);
        if (ofBefore > 0)
            before.Read(first, destination[..(ofBefore * Length)]);
        if (destination.Length > ofBefore * Length)
            after.Read(first + ofBefore - before.Count, destination[(ofBefore * Length)..]);
    }

    /// <inheritdoc/>
    public override byte[] Fingerprint() => XxHash128.Hash([.. before.Fingerprint(), .. after.Fingerprint()]);
}
