namespace GpuVae.Runs;

/// <content>When a run is saved and when it ends.</content>
public sealed partial record RunConfiguration
{
    /// <summary>Identifies pixels and labels of the data set; null where nobody has computed it.</summary>
    public string? DataFingerprint { get; init; }

    /// <summary>When checkpoints are written, as <see cref="CheckpointInterval"/> reads it.</summary>
    public string CheckpointEvery { get; init; } = CheckpointInterval.Epoch;

    /// <summary>Ends the run when the test loss has not improved for so many epochs; null for never.</summary>
    public int? Patience { get; init; }

    private void ValidateStopping()
    {
        CheckpointInterval.Parse(CheckpointEvery);
        if (Patience is int patience)
            RequirePositive("--patience", patience, "at least 1 epoch without improvement is waited for");
    }
}
