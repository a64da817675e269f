using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace GpuVae.Data;

/// <summary>Tells data sets apart, so that a run does not go on with other images than it began with.</summary>
public static class DataFingerprint
{
    /// <summary>
    /// XXH3 (128 bits) over sizes, numbers and labels of the training and the test images, as hexadecimal text. It finds
    /// accidents, not forgeries, at many gigabytes a second. Images that stay in their file count as others than the same in memory, since
    /// they are seen in another order.
    /// </summary>
    public static string Compute(Dataset data)
    {
        ArgumentNullException.ThrowIfNull(data);
        var hash = new XxHash128();
        foreach (ImageSet images in (ImageSet[])[data.Train, data.Test])
            Append(hash, images);
        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    private static void Append(XxHash128 hash, ImageSet images)
    {
        Span<byte> number = stackalloc byte[sizeof(int)];
        foreach (int size in (int[])[
            images.Count, images.Height, images.Width, images.Channels, images.IsStreamed ? 0 : images.AreBytes ? 1 : 4,
            images.Labels is null ? 0 : 1])
        {
            BinaryPrimitives.WriteInt32LittleEndian(number, size);
            hash.Append(number);
        }
        foreach (ReadOnlyMemory<byte> part in images.Stream?.Parts() ?? [])
            hash.Append(part.Span);
        hash.Append(images.Pixels ?? MemoryMarshal.AsBytes<float>(images.Values));
        hash.Append(MemoryMarshal.AsBytes<int>(images.Labels));
    }
}
