using System.IO.Hashing;

namespace GpuVae.Data;

/// <summary>What one look at every byte of streamed examples finds.</summary>
/// <param name="Hash">Of all of them: XXH3 (128 bits) of the hashes of their parts.</param>
/// <param name="Occurs">(256) which bytes there are.</param>
internal sealed record ByteSummary(byte[] Hash, bool[] Occurs)
{
    /// <summary>Bytes of a part, of which the last may have fewer.</summary>
    internal const int PartBytes = 1 << 24;

    /// <summary>The least byte that there is.</summary>
    public byte Darkest => (byte)Array.IndexOf(Occurs, true);

    /// <summary>The largest byte that there is.</summary>
    public byte Brightest => (byte)Array.LastIndexOf(Occurs, true);

    /// <summary>Each byte that there is, once.</summary>
    public byte[] Values => [.. Enumerable.Range(0, Occurs.Length).Where(value => Occurs[value]).Select(value => (byte)value)];

    /// <summary>Whether there are only bytes of a few values.</summary>
    public bool AreOnly(params ReadOnlySpan<byte> values)
    {
        for (int value = 0; value < Occurs.Length; value++)
        {
            if (Occurs[value] && !values.Contains((byte)value))
                return false;
        }
        return true;
    }

    /// <summary>Looks, with all processors.</summary>
    /// <param name="length">Bytes in all.</param>
    /// <param name="read">Reads from a place on.</param>
    public static ByteSummary Of(long length, Action<long, Memory<byte>> read)
    {
        int parts = checked((int)((length - 1) / PartBytes) + 1);
        var hashes = new byte[parts * 16];
        var occurs = new bool[256];
        Parallel.For(
            0, parts, () => new byte[PartBytes],
            (part, _, buffer) =>
            {
                long first = (long)part * PartBytes;
                Memory<byte> bytes = buffer.AsMemory(0, (int)Math.Min(PartBytes, length - first));
                read(first, bytes);
                XxHash128.Hash(bytes.Span, hashes.AsSpan(part * 16, 16));
                Mark(bytes.Span, occurs);
                return buffer;
            },
            _ => { });
        return new ByteSummary(XxHash128.Hash(hashes), occurs);
    }

    private static void Mark(ReadOnlySpan<byte> bytes, bool[] occurs)
    {
        if (!occurs.Contains(false))
            return;
        // Of its own, as the other threads write theirs: each sets nothing but true in the common one.
        Span<bool> mine = stackalloc bool[256];
        mine.Clear();
        foreach (byte value in bytes)
            mine[value] = true;
        for (int value = 0; value < mine.Length; value++)
        {
            if (mine[value])
                occurs[value] = true;
        }
    }
}
