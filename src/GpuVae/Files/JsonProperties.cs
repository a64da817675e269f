using System.Text.Json;

namespace GpuVae.Files;

/// <summary>Numbers of which JSON may have no form.</summary>
public static class JsonNumbers
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
}
