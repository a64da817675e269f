using GpuVae.Distributed;
using GpuVae.Models;

namespace GpuVae.Training;

/// <summary>What cannot be trained by several ranks, each of which sees its slice of a batch alone.</summary>
internal static class DistributedRules
{
    /// <summary>The most rows that any rank has of batches of these sizes, of which the first are full ones: all take memory for as many.</summary>
    /// <exception cref="UserException">The objective needs whole batches, or a rank would have nothing to do.</exception>
    public static int LargestSlice(RankGroup ranks, IObjective objective, params ReadOnlySpan<int> rows)
    {
        if (ranks.Size > 1 && objective.NeedsWholeBatches)
        {
            throw new UserException(
                $"--free-bits counts each unit's KL over the whole batch, of which each of {ranks.Size} ranks has a slice; leave it out");
        }
        int needed = BatchSlice.Block * ranks.Size;
        if (BatchSlice.Of(rows[0], ranks.Size - 1, ranks.Size).Count == 0)
        {
            throw new UserException(
                $"--batch {rows[0]}: {ranks.Size} ranks take {BatchSlice.Block} examples of a batch each at least; take --batch {needed} "
                + "or more, or fewer ranks");
        }
        int largest = 0;
        foreach (int count in rows)
        {
            for (int rank = 0; rank < ranks.Size; rank++)
                largest = Math.Max(largest, BatchSlice.Of(count, rank, ranks.Size).Count);
        }
        return largest;
    }
}
