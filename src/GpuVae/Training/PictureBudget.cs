namespace GpuVae.Training;

/// <summary>
/// Keeps the pictures of epochs from taking the time that is for training: they may have a share of a run's time, and two
/// seconds in any case, so that short runs show each epoch.
/// </summary>
/// <param name="share">The part of the run's time, infinite for pictures of each epoch.</param>
internal sealed class PictureBudget(double share)
{
    private static readonly TimeSpan _grace = TimeSpan.FromSeconds(2);

    private TimeSpan _spent;
    private TimeSpan _last;

    /// <summary>Epochs that were refused for the time; where there is none to share, none is missed.</summary>
    public int LeftOut { get; private set; }

    /// <summary>Whether pictures may be drawn that take as long as the last ones did.</summary>
    /// <param name="elapsed">The time of the run so far.</param>
    /// <param name="isLast">Whether the run ends with them, which are drawn in any case.</param>
    public bool Allows(TimeSpan elapsed, bool isLast)
    {
        bool allows = isLast || (share > 0 && _spent + _last is var needed
            && (needed <= _grace || needed.TotalSeconds <= share * elapsed.TotalSeconds));
        LeftOut += allows || share <= 0 ? 0 : 1;
        return allows;
    }

    /// <summary>Counts pictures that were drawn.</summary>
    /// <param name="time">What they took.</param>
    public void Spend(TimeSpan time)
    {
        _last = time;
        _spent += time;
    }
}
