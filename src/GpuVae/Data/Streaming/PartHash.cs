using System.IO.Hashing;

namespace GpuVae.Data;

/// <summary><see cref="ByteSummary.Hash"/> of bytes that are written one after the other.</summary>
internal sealed class PartHash
{
    private readonly XxHash128 _all = new();
    private readonly XxHash128 _part = new();
    private int _left = ByteSummary.PartBytes;

    /// <summary>Takes the next bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            int taken = Math.Min(_left, bytes.Length);
            _part.Append(bytes[..taken]);
            bytes = bytes[taken..];
            _left -= taken;
            if (_left == 0)
                EndPart();
        }
    }

    /// <summary>The hash of all of them, after which there are no more.</summary>
    public byte[] Finish()
    {
        if (_left < ByteSummary.PartBytes)
            EndPart();
        return _all.GetCurrentHash();
    }

    private void EndPart()
    {
        _all.Append(_part.GetHashAndReset());
        _left = ByteSummary.PartBytes;
    }
}
