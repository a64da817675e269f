using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;

namespace GpuVae.Files;

/// <summary>
/// Checksums (XXH3, 64 bits) in a safetensors file's metadata: <c>checksum.NAME</c> of each tensor's bytes, and
/// <c>checksum</c> of all other metadata. They find accidents, not forgeries.
/// </summary>
internal static class Checksums
{
    private const string MetadataKey = "checksum";

    /// <summary>Adds the checksums of tensors and metadata to the metadata.</summary>
    public static void Add(IEnumerable<NamedTensor> tensors, IDictionary<string, string> metadata)
    {
        foreach (NamedTensor tensor in tensors)
            metadata[Key(tensor)] = Of(tensor);
        metadata[MetadataKey] = Of(metadata);
    }

    /// <summary>Refuses a file that is not as it was written.</summary>
    /// <param name="path">For the message.</param>
    /// <param name="file">What was read.</param>
    /// <exception cref="UserException">A checksum differs or is missing.</exception>
    public static void Verify(string path, SafetensorsFile file)
    {
        if (file.Metadata.GetValueOrDefault(MetadataKey) != Of(file.Metadata))
            throw Fault(path, "its metadata");
        foreach (NamedTensor tensor in file.Tensors)
        {
            if (file.Metadata.GetValueOrDefault(Key(tensor)) != Of(tensor))
                throw Fault(path, tensor.Name);
        }
    }

    private static string Key(NamedTensor tensor) => $"{MetadataKey}.{tensor.Name}";

    private static string Of(NamedTensor tensor) =>
        Text(XxHash3.HashToUInt64(MemoryMarshal.AsBytes<float>(tensor.Values)));

    private static string Of(IEnumerable<KeyValuePair<string, string>> metadata)
    {
        var hash = new XxHash3();
        foreach ((string name, string value) in metadata
            .Where(entry => entry.Key != MetadataKey).OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            hash.Append(Encoding.UTF8.GetBytes($"{name}\0{value}\0"));
        }
        return Text(hash.GetCurrentHashAsUInt64());
    }

    private static string Text(ulong hash) => hash.ToString("x16", CultureInfo.InvariantCulture);

    private static UserException Fault(string path, string what) => new(
        $"{path}: damaged: {what} does not have the checksum that it was written with; take the file from a copy, or "
        + "train again");
}
