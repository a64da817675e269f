using System.Text;
using System.Text.Json;
using GpuVae.Files;
using GpuVae.Runs;

namespace GpuVae.Compression;

/// <summary>A model as a part of a compressed file: its weights as safetensors, and what was trained in their metadata.</summary>
internal static class EmbeddedModel
{
    private const string ConfigurationKey = "configuration";

    /// <summary>Writes it.</summary>
    public static byte[] Write(RunConfiguration configuration, IReadOnlyList<NamedTensor> tensors)
    {
        using var json = new MemoryStream();
        // Where the data lie on this machine is nobody else's matter.
        using (var writer = new Utf8JsonWriter(json))
            (configuration with { DataPath = null, Cache = null }).WriteJson(writer);
        var metadata = new Dictionary<string, string> { [ConfigurationKey] = Encoding.UTF8.GetString(json.ToArray()) };
        Checksums.Add(tensors, metadata);
        return Safetensors.ToArray(tensors, metadata);
    }

    /// <summary>Reads it.</summary>
    /// <param name="path">The compressed file, for messages.</param>
    /// <param name="content">What <see cref="Write"/> gave.</param>
    /// <exception cref="UserException">It is damaged.</exception>
    public static (RunConfiguration Configuration, IReadOnlyList<NamedTensor> Tensors) Read(string path, byte[] content)
    {
        SafetensorsFile file = Safetensors.Read(path, content);
        Checksums.Verify(path, file);
        return (
            RunConfiguration.ReadJson(Encoding.UTF8.GetBytes(file.Metadata.GetValueOrDefault(ConfigurationKey, "")), path),
            file.Tensors);
    }
}
