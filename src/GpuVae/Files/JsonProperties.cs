using System.Text.Json;

namespace GpuVae.Files;

/// <summary>Properties of JSON objects that its writer has no method for.</summary>
public static class JsonProperties
{
    /// <summary>Writes a number; null where it is not finite, or not there.</summary>
    /// <param name="json">Inside an object.</param>
    /// <param name="name">The property.</param>
    /// <param name="value">The number.</param>
    public static void WriteFinite(this Utf8JsonWriter json, string name, double? value)
    {
        ArgumentNullException.ThrowIfNull(json);
        if (value is double number && double.IsFinite(number))
            json.WriteNumber(name, number);
        else
            json.WriteNull(name);
    }

    /// <summary>Writes an array of numbers, with null for each that is not finite.</summary>
    /// <param name="json">Inside an object.</param>
    /// <param name="name">The property.</param>
    /// <param name="values">The numbers.</param>
    public static void WriteNumbers(this Utf8JsonWriter json, string name, IEnumerable<double> values)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(values);
        json.WriteStartArray(name);
        foreach (double value in values)
        {
            if (double.IsFinite(value))
                json.WriteNumberValue(value);
            else
                json.WriteNullValue();
        }
        json.WriteEndArray();
    }

    /// <summary>Writes an array of texts.</summary>
    /// <param name="json">Inside an object.</param>
    /// <param name="name">The property.</param>
    /// <param name="texts">The texts.</param>
    public static void WriteTexts(this Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(texts);
        json.WriteStartArray(name);
        foreach (string text in texts)
            json.WriteStringValue(text);
        json.WriteEndArray();
    }
}
