using System.Buffers.Binary;

namespace GpuVae.Compression;

/// <summary>How a code is made of symbols: what a file with quantised codes says of them.</summary>
/// <param name="Width">k, numbers of a code.</param>
/// <param name="Units">A quantiser for each unit, or for each direction of <paramref name="Transform"/>.</param>
/// <param name="Transform">From directions to units; null where units themselves are quantised.</param>
internal sealed record CodeSteps(int Width, IReadOnlyList<UnitQuantizer> Units, CodeTransform? Transform)
{
    private const int Start = 3 * sizeof(uint);

    /// <summary>Bytes of <see cref="ToArray"/>.</summary>
    public int Length => Start + (Units.Count * UnitQuantizer.Length) + (Transform?.Length ?? 0);

    /// <summary>Reads what <see cref="ToArray"/> gave.</summary>
    /// <returns>Null where it is not possible.</returns>
    public static CodeSteps? Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < Start)
            return null;
        (uint width, uint count, uint turned) = (Number(bytes), Number(bytes[4..]), Number(bytes[8..]));
        // There are no more directions than numbers; each takes more memory than its bytes in the file.
        if (width == 0 || turned > 1 || count > width || (turned == 0 && count != width))
            return null;
        decimal length = Start + ((decimal)count * UnitQuantizer.Length) + (turned * ((decimal)width * (sizeof(float) + (count * (decimal)sizeof(ushort)))));
        if (length != bytes.Length)
            return null;
        var units = new UnitQuantizer[count];
        for (int i = 0; i < units.Length; i++)
            units[i] = UnitQuantizer.Read(bytes[(Start + (i * UnitQuantizer.Length))..]);
        CodeTransform? transform = turned == 0
            ? null
            : CodeTransform.Read(bytes[(Start + (units.Length * UnitQuantizer.Length))..], (int)width, units.Length);
        return Array.TrueForAll(units, unit => unit.IsPossible) && transform is not { IsPossible: false }
            ? new CodeSteps((int)width, units, transform)
            : null;

        static uint Number(ReadOnlySpan<byte> at) => BinaryPrimitives.ReadUInt32LittleEndian(at);
    }

    /// <summary>Numbers of a code, of quantisers, and 1 with directions; the quantisers; the directions.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Length];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, Width);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), Units.Count);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), Transform is null ? 0 : 1);
        for (int i = 0; i < Units.Count; i++)
            Units[i].Write(bytes.AsSpan(Start + (i * UnitQuantizer.Length)));
        Transform?.Write(bytes.AsSpan(Start + (Units.Count * UnitQuantizer.Length)));
        return bytes;
    }
}
