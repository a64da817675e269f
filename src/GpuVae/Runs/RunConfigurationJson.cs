using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Unicode;

namespace GpuVae.Runs;

/// <summary>A configuration as JSON, both ways, by code that the compiler generates.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(RunConfiguration))]
internal sealed partial class RunConfigurationJson : JsonSerializerContext
{
    private const int LongestText = 1 << 20;

    private static readonly JsonDocumentOptions _strict = new() { MaxDepth = 8, AllowDuplicateProperties = false };

    /// <summary>Writes every property.</summary>
    public static void Write(Utf8JsonWriter json, RunConfiguration configuration) =>
        JsonSerializer.Serialize(json, configuration, Default.RunConfiguration);

    /// <summary>Reads what <see cref="Write"/> has written, and checks it.</summary>
    /// <param name="text">UTF-8; may come from anywhere.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <exception cref="UserException">It is no configuration, or none that can be trained.</exception>
    public static RunConfiguration Read(ReadOnlySpan<byte> text, string source)
    {
        if (text.Length > LongestText)
            throw new UserException($"{source}: {text.Length} bytes; a configuration has at most {LongestText}");
        if (!Utf8.IsValid(text))
            throw new UserException($"{source}: no valid UTF-8, so it is no configuration");
        try
        {
            RunConfiguration configuration = AboveDefaults(text, source).Deserialize(Default.RunConfiguration)!;
            configuration.Validate();
            return configuration;
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
        catch (UserException exception) when (!exception.Message.StartsWith(source, StringComparison.Ordinal))
        {
            throw new UserException($"{source}: {exception.Message}", exception);
        }
    }

    /// <summary>A configuration as it is written, to look at property by property.</summary>
    public static JsonObject ToNode(RunConfiguration configuration) =>
        JsonSerializer.SerializeToNode(configuration, Default.RunConfiguration)!.AsObject();

    private static string Describe(JsonException exception) => exception switch
    {
        { Path: ['$', '.', .. string name] } => $"{name} is not what a configuration has under that name",
        { LineNumber: long line, BytePositionInLine: long position } =>
            $"no valid JSON in line {line + 1}, byte {position + 1}",
        _ => "no valid JSON, as where a name occurs twice",
    };

    /// <summary>
    /// What the text says, laid over the defaults: generated code would give zeros to properties that are not there.
    /// </summary>
    private static JsonObject AboveDefaults(ReadOnlySpan<byte> text, string source)
    {
        JsonObject merged = ToNode(new RunConfiguration());
        if (JsonNode.Parse(text, nodeOptions: null, _strict) is not JsonObject given)
            throw new UserException($"{source}: no JSON object, so it is no configuration");
        foreach ((string name, JsonNode? value) in given)
        {
            if (!merged.ContainsKey(name))
            {
                throw new UserException(
                    $"{source}: {QuotedText.Quote(name)}: GpuVae {Runs.RunConfiguration.Version} knows no such "
                    + "setting; a newer version may");
            }
            merged[name] = value?.DeepClone();
        }
        return merged;
    }
}
