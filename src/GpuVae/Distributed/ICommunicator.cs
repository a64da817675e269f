namespace GpuVae.Distributed;

/// <summary>
/// Processes that work on one thing together and know each other by a number, their rank (MPI 5.0, chapter 6). Every call but
/// <see cref="Abort"/> is collective: it returns when every rank has made it, in the same order and with the same lengths.
/// </summary>
/// <remarks>One thread at a time calls, and not always the same one.</remarks>
public interface ICommunicator : IDisposable
{
    /// <summary>This process, from 0.</summary>
    int Rank { get; }

    /// <summary>How many processes there are.</summary>
    int Size { get; }

    /// <summary>What carries the messages, for a person.</summary>
    string Description { get; }

    /// <summary>The name of the machine that this process is on.</summary>
    string Machine { get; }

    /// <summary>Gives every rank what rank 0 holds.</summary>
    void Broadcast(Span<byte> data);

    /// <summary>Gives every rank what each holds, in the order of the ranks.</summary>
    /// <param name="mine">As long on every rank.</param>
    /// <param name="all">So long for each rank.</param>
    void Gather(ReadOnlySpan<byte> mine, Span<byte> all);

    /// <summary>Gives rank r part r of what each rank holds, in the order of the ranks.</summary>
    /// <param name="values">Cut by <paramref name="bounds"/>.</param>
    /// <param name="bounds">Where each part begins, and where the last ends: one more than there are ranks.</param>
    /// <param name="parts">This rank's part of every rank's values, one after the other.</param>
    void Exchange(ReadOnlySpan<float> values, ReadOnlySpan<int> bounds, Span<float> parts);

    /// <summary>Puts the parts of all ranks together again, on every rank.</summary>
    /// <param name="part">This rank's.</param>
    /// <param name="bounds">As for <see cref="Exchange"/>.</param>
    /// <param name="values">All parts, in the order of the ranks.</param>
    void GatherParts(ReadOnlySpan<float> part, ReadOnlySpan<int> bounds, Span<float> values);

    /// <summary>Ends every process at once, where they can no longer meet.</summary>
    void Abort(int exitCode);
}
