namespace GpuVae.Data;

/// <summary>Some of streamed examples, in an order of their own.</summary>
/// <param name="all">Which they are some of.</param>
/// <param name="indices">Their places there, (N).</param>
internal sealed class SelectedBytes(StreamedBytes all, int[] indices) : StreamedBytes(indices.Length, all.Length, all.Memory)
{
    /// <inheritdoc/>
    public override ByteSummary Summary => all.Summary;

    /// <inheritdoc/>
    public override void Read(int first, Span<byte> destination)
    {
        int count = destination.Length / Length;
        for (int done = 0; done < count;)
        {
            // Neighbours at once.
            int start = indices[first + done], run = 1;
            while (done + run < count && indices[first + done + run] == start + run)
                run++;
            all.Read(start, destination.Slice(done * Length, run * Length));
            done += run;
        }
    }
}
