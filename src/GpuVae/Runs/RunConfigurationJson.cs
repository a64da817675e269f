using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;
using GpuVae.Data;

namespace GpuVae.Runs;

/// <summary>A configuration as JSON, both ways: each of <see cref="Settings"/> under its key.</summary>
internal static class RunConfigurationJson
{
    /// <summary>Bytes of the longest configuration: scaling has two numbers for each of an example's, and a large picture a million.</summary>
    public const int LongestText = 1 << 26;

    // A longer one was not typed.
    private const int LongestName = 40;

    private static readonly JsonDocumentOptions _strict = new() { MaxDepth = 8, AllowDuplicateProperties = false };

    /// <summary>Writes every setting but those that are written only where they differ from the default, and do not.</summary>
    public static void Write(Utf8JsonWriter json, RunConfiguration configuration)
    {
        json.WriteStartObject();
        foreach (Setting setting in Settings.InJson)
        {
            if (setting.IsWritten(configuration))
                Write(json, setting, configuration);
        }
        json.WriteEndObject();
    }

    /// <summary>The same as UTF-8.</summary>
    public static byte[] Write(RunConfiguration configuration)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(text))
            Write(json, configuration);
        return text.WrittenSpan.ToArray();
    }

    /// <summary>Writes one setting, with its key.</summary>
    public static void Write(Utf8JsonWriter json, Setting setting, RunConfiguration configuration)
    {
        json.WritePropertyName(setting.Key);
        JsonSerializer.Serialize(json, setting.Read(configuration), setting.Type, SettingValuesJson.Default);
    }

    /// <summary>Reads what <see cref="Write(Utf8JsonWriter, RunConfiguration)"/> has written, and checks it.</summary>
    /// <param name="text">UTF-8; may come from anywhere.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <exception cref="UserException">It is no configuration, or none that can be trained.</exception>
    public static RunConfiguration Read(ReadOnlySpan<byte> text, string source)
    {
        IReadOnlyList<(Setting Setting, object? Value)> values = ReadValues(text, source);
        var configuration = new RunConfiguration();
        foreach ((Setting setting, object? value) in values)
        {
            if (!setting.IsComputed)
                setting.Set(configuration, value);
        }
        Blaming(source, configuration.Validate);
        return configuration;
    }

    /// <summary>The settings that a text gives, in its order, each of the right type and nothing else known of them.</summary>
    /// <param name="text">UTF-8; may come from anywhere.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <exception cref="UserException">It is no configuration.</exception>
    public static IReadOnlyList<(Setting Setting, object? Value)> ReadValues(ReadOnlySpan<byte> text, string source)
    {
        if (text.Length > LongestText)
            throw new UserException($"{source}: {text.Length} bytes; a configuration has at most {LongestText}");
        if (!Utf8.IsValid(text))
            throw new UserException($"{source}: no valid UTF-8, so it is no configuration");
        try
        {
            JsonElement root = JsonElement.Parse(text, _strict);
            if (root.ValueKind != JsonValueKind.Object)
                throw new UserException($"{source}: no JSON object, so it is no configuration");
            return [.. root.EnumerateObject().Select(given => ReadSetting(given, source))];
        }
        catch (JsonException exception)
        {
            throw new UserException($"{source}: {Describe(exception)}; mend the file or take another run", exception);
        }
        catch (InvalidOperationException exception)
        {
            // An escaped half of a surrogate pair is found only when the text is asked for.
            throw new UserException($"{source}: a text in it is no Unicode; mend the file or take another run", exception);
        }
    }

    /// <summary>Checks what a text gave; a fault is told with where it comes from.</summary>
    public static void Blaming(string source, Action check)
    {
        try
        {
            check();
        }
        catch (UserException exception) when (!exception.Message.StartsWith(source, StringComparison.Ordinal))
        {
            throw new UserException($"{source}: {exception.Message}", exception);
        }
    }

    private static (Setting Setting, object? Value) ReadSetting(JsonProperty given, string source)
    {
        Setting? setting = Settings.Find(given.Name);
        if (setting is null)
        {
            string meant = given.Name.Length <= LongestName && ClosestName.Of(given.Name, Settings.All.Select(known => known.Key))
                is string near ? $"; did you mean {near}?" : ";";
            throw new UserException(
                $"{source}: {QuotedText.Quote(given.Name)}: GpuVae {RunConfiguration.Version} knows no such setting{meant} a newer "
                + "version may");
        }
        return (setting, setting.IsComputed ? null : ReadValue(setting, given.Value, source));
    }

    private static object? ReadValue(Setting setting, JsonElement text, string source)
    {
        try
        {
            if (text.ValueKind == JsonValueKind.Null && !setting.TakesNull)
                throw new JsonException(message: null, path: "$", lineNumber: null, bytePositionInLine: null);
            return text.Deserialize(setting.Type, SettingValuesJson.Default);
        }
        catch (JsonException exception)
        {
            throw new UserException(
                $"{source}: {setting.Key}{exception.Path?[1..]} is not what a configuration has under that name; mend the "
                + "file or take another run", exception);
        }
    }

    private static string Describe(JsonException exception) => exception switch
    {
        { LineNumber: long line, BytePositionInLine: long position } =>
            $"no valid JSON in line {line + 1}, byte {position + 1}",
        _ => "no valid JSON, as where a name occurs twice",
    };
}

/// <summary>The types that settings have, as JSON, by code that the compiler generates.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(bool))]
[JsonSerializable(typeof(int))]
[JsonSerializable(typeof(int?))]
[JsonSerializable(typeof(ulong))]
[JsonSerializable(typeof(double))]
[JsonSerializable(typeof(double?))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(int[]))]
[JsonSerializable(typeof(double[]))]
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(RateStep[]))]
[JsonSerializable(typeof(Category[]))]
internal sealed partial class SettingValuesJson : JsonSerializerContext;
