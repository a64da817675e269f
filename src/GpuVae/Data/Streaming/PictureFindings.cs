using System.Text.Json;
using GpuVae.Files;

namespace GpuVae.Data;

/// <summary>What was found of pictures while they were decoded.</summary>
/// <param name="Transparent">Those with transparent pixels.</param>
/// <param name="Reduced">Those whose lower bits were dropped.</param>
/// <param name="Coloured">Those whose colours were.</param>
/// <param name="Stretched">Those of other proportions.</param>
/// <param name="Faults">Why pictures cannot be read, by their places.</param>
internal sealed record PictureFindings(
    int Transparent, int Reduced, int Coloured, int Stretched, IReadOnlyDictionary<int, string> Faults)
{
    /// <summary><see cref="ByteSummary.Hash"/> of the decoded pictures, as hexadecimal text.</summary>
    public string PixelHash { get; init; } = "";

    /// <summary>As JSON, with what it is of.</summary>
    public byte[] Write(string key, string format) => JsonFile.Bytes(json =>
    {
        json.WriteStartObject();
        json.WriteString("format", format);
        json.WriteString("key", key);
        json.WriteString("xxh3_128_of_16_mib_parts", PixelHash);
        json.WriteNumber("transparent", Transparent);
        json.WriteNumber("reduced", Reduced);
        json.WriteNumber("coloured", Coloured);
        json.WriteNumber("stretched", Stretched);
        json.WriteStartArray("faults");
        foreach ((int place, string reason) in Faults)
        {
            json.WriteStartArray();
            json.WriteNumberValue(place);
            json.WriteStringValue(reason);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <summary>What <see cref="Write"/> wrote; null where it is something else.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static (string Key, PictureFindings Findings)? Read(ReadOnlyMemory<byte> utf8, string format)
    {
        using var document = JsonDocument.Parse(utf8);
        JsonElement root = document.RootElement;
        try
        {
            if (root.GetProperty("format").GetString() != format)
                return null;
            var findings = new PictureFindings(
                root.GetProperty("transparent").GetInt32(), root.GetProperty("reduced").GetInt32(), root.GetProperty("coloured").GetInt32(),
                root.GetProperty("stretched").GetInt32(),
                root.GetProperty("faults").EnumerateArray().ToDictionary(fault => fault[0].GetInt32(), fault => fault[1].GetString() ?? ""))
            {
                PixelHash = root.GetProperty("xxh3_128_of_16_mib_parts").GetString() ?? "",
            };
            return (root.GetProperty("key").GetString() ?? "", findings);
        }
        catch (Exception exception) when (exception is InvalidOperationException or KeyNotFoundException or FormatException
            or IndexOutOfRangeException or ArgumentException)
        {
            return null;
        }
    }
}
