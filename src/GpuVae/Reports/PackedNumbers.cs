using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace GpuVae.Reports;

/// <summary>
/// Many numbers in a JSON file: their bytes, little-endian, compressed as zlib has it (RFC 1950) and in base64, which every
/// browser unpacks by itself: <c>{"type": "f16", "length": 3, "zlib": "…"}</c>.
/// </summary>
internal static class PackedNumbers
{
    /// <summary>Writes bytes, <c>u8</c>.</summary>
    public static void WritePacked(this Utf8JsonWriter json, string name, byte[] values) =>
        Write(json, name, "u8", values.Length, values);

    /// <summary>Writes numbers in half precision, <c>f16</c>, or in single, <c>f32</c>, where one is beyond the range of half.</summary>
    public static void WriteHalf(this Utf8JsonWriter json, string name, ReadOnlySpan<float> values)
    {
        var halves = new Half[values.Length];
        for (int i = 0; i < halves.Length; i++)
        {
            halves[i] = (Half)values[i];
            if (Half.IsInfinity(halves[i]) && float.IsFinite(values[i]))
            {
                json.WriteSingle(name, values);
                return;
            }
        }
        Write(json, name, "f16", halves.Length, MemoryMarshal.AsBytes(halves.AsSpan()));
    }

    /// <summary>Writes numbers in single precision, <c>f32</c>.</summary>
    public static void WriteSingle(this Utf8JsonWriter json, string name, ReadOnlySpan<float> values) =>
        Write(json, name, "f32", values.Length, MemoryMarshal.AsBytes(values));

    private static void Write(Utf8JsonWriter json, string name, string type, int length, ReadOnlySpan<byte> bytes)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            zlib.Write(bytes);
        json.WriteStartObject(name);
        json.WriteString("type", type);
        json.WriteNumber("length", length);
        json.WriteBase64String("zlib", packed.GetBuffer().AsSpan(0, (int)packed.Length));
        json.WriteEndObject();
    }
}
