namespace GpuVae.Distributed;

/// <summary>One rank of several could not go on, and all of them have stopped for it; the message names it.</summary>
/// <param name="rank">Which.</param>
/// <param name="machine">Where it was.</param>
/// <param name="message">What it said.</param>
public sealed class RankFailedException(int rank, string machine, string message)
    : UserException($"rank {rank} on {machine}: {message}")
{
    /// <summary>The rank.</summary>
    public int Rank => rank;
}
