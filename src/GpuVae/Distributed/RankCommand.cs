namespace GpuVae.Distributed;

/// <summary>What rank 0 asks the others to do with it next.</summary>
internal enum RankAction
{
    /// <summary>Nothing more.</summary>
    End,

    /// <summary>To build what the configuration that follows, so many bytes of JSON, says.</summary>
    Configure,

    /// <summary>To take the parameters, moments and saved states of rank 0.</summary>
    Synchronize,

    /// <summary>To go to a step of an epoch.</summary>
    BeginEpoch,

    /// <summary>A step.</summary>
    Step,

    /// <summary>To compare the parameters with those of rank 0.</summary>
    Compare,

    /// <summary>To measure the loss of the test set.</summary>
    Evaluate,
}

/// <summary>An action with its numbers.</summary>
/// <param name="Action">What to do.</param>
/// <param name="First">Bytes that follow, or the epoch.</param>
/// <param name="Second">Steps of the epoch that are done.</param>
internal readonly record struct RankCommand(RankAction Action, int First = 0, int Second = 0);
