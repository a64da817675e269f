using System.Text.Json;
using GpuVae.Files;

namespace GpuVae.CommandLine;

/// <summary>How well codes find images of the same label.</summary>
/// <param name="Nearest">How many of the nearest are looked at.</param>
/// <param name="Learned">Precision of the run's codes among them.</param>
/// <param name="Random">The same of random hyperplanes.</param>
/// <param name="Curve">File of the curve of precision over recall.</param>
internal sealed record RetrievalPrecision(int Nearest, double Learned, double Random, string Curve);

/// <summary>What <c>hash</c> prints, for programs.</summary>
/// <param name="Bits">Bits of a code.</param>
/// <param name="Saturation">The part of the activations that is near 0 or 1.</param>
/// <param name="Codes">How many a search looks at.</param>
/// <param name="SearchMilliseconds">How long one takes.</param>
internal sealed record HashFigures(int Bits, double Saturation, int Codes, double SearchMilliseconds)
{
    /// <summary>Null where no labels say what is right.</summary>
    public RetrievalPrecision? Precision { get; init; }

    /// <summary>Writes them as one object.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("bits", Bits);
        json.WriteFinite("saturation", Saturation);
        json.WriteNumber("codes", Codes);
        json.WriteFinite("search_milliseconds", SearchMilliseconds);
        if (Precision is RetrievalPrecision precision)
        {
            json.WriteNumber("nearest", precision.Nearest);
            json.WriteFinite("precision", precision.Learned);
            json.WriteFinite("random_precision", precision.Random);
            json.WriteString("curve", precision.Curve);
        }

        json.WriteEndObject();
    }
}
