using System.Buffers.Binary;
using System.IO.Hashing;
using GpuVae.Compression;
using GpuVae.Kernels;
using GpuVae.Runs;
using GpuVae.Tests.Compression;

namespace GpuVae.Tests.Fuzzing;

/// <content>Compressed files.</content>
internal static partial class FuzzSeeds
{
    private static readonly (byte[] File, byte[] Pixels)[] _compressed =
    [
        Compress(TinyCompressor.Binary), Compress(TinyCompressor.Bytes), Compress(TinyCompressor.Wide), CompressTable(), CompressLossy(),
        CompressTable(LossyTarget.Bits(150)),
    ];

    /// <summary>
    /// Compressed images of 0 and 1, and of bytes by either likelihood, and a table, in blocks of seven; and codes of bytes and of the table.
    /// </summary>
    public static byte[][] Compressed => Array.ConvertAll(_compressed, one => one.File);

    /// <summary>What they hold.</summary>
    public static byte[][] CompressedPixels => Array.ConvertAll(_compressed, one => one.Pixels);

    /// <summary>A compressed file whose header, model and blocks have the checksums of what is in them now, where it has a header at all.</summary>
    public static byte[] MendCompressed(byte[] compressed)
    {
        const int Fixed = 88, Entry = 20, BucketBits = 36, Kind = 37, ModelLength = 48, ModelHash = 56;
        byte[] bytes = [.. compressed];
        if (bytes.Length < Fixed)
            return bytes;
        long index = Fixed + bytes[39];
        if (bytes[Kind] == (byte)PixelKind.Table && index + sizeof(uint) <= bytes.Length)
            index += sizeof(uint) + (long)Number(index);
        if (bytes[BucketBits] == 0 && index + sizeof(uint) <= bytes.Length)
            index += sizeof(uint) + (long)Number(index);
        long end = index + ((long)Number(32) * Entry);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(ModelLength));
        if (end + sizeof(uint) > bytes.Length)
            return bytes;
        int model = (int)end + sizeof(uint);
        if (length > 0 && length <= (ulong)(bytes.Length - model))
        {
            byte[] mended = MendChecksums(bytes[model..(model + (int)length)]);
            bytes = [.. bytes[..model], .. mended, .. bytes[(model + (int)length)..]];
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(ModelLength), length = (ulong)mended.Length);
            try
            {
                CanonicalModel.Hash(GpuVae.Files.Safetensors.Read("model", mended).Tensors).CopyTo(bytes, ModelHash);
            }
            catch (UserException)
            {
                // Then the reader has to refuse it too.
            }
        }
        decimal block = model + (decimal)length;
        for (long at = index; at < end; at += Entry)
        {
            uint payload = Number(at);
            if (block + payload > bytes.Length)
                break;
            BinaryPrimitives.WriteUInt32LittleEndian(
                bytes.AsSpan((int)at + 12), Crc32.HashToUInt32(bytes.AsSpan((int)block, (int)payload)));
            block += payload;
        }
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan((int)end), Crc32.HashToUInt32(bytes.AsSpan(0, (int)end)));
        return bytes;

        uint Number(long at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan((int)at));
    }

    private static (byte[] File, byte[] Pixels) Compress(RunConfiguration configuration)
    {
        using var tiny = new TinyCompressor(configuration with { Hidden = [3], Latent = 2, Epochs = 1 }, new Shape(2, 3, 1));
        return (tiny.Compressed(), tiny.Restored);
    }

    private static (byte[] File, byte[] Pixels) CompressLossy()
    {
        using var tiny = new TinyCompressor(TinyCompressor.Bytes with { Hidden = [3], Latent = 2, Epochs = 1 }, new Shape(2, 3, 1));
        byte[] file = tiny.Compressed(new CompressionOptions { BlockSize = 20, Lossy = LossyTarget.Bits(150) });
        return (file, CompressedFile.Open(tiny.File("compressed.gvz")).Restore().Pixels);
    }

    private static (byte[] File, byte[] Pixels) CompressTable(LossyTarget? lossy = null)
    {
        using var tiny = new TinyTable(TinyTable.Mixed, TinyTable.Gaussian with { Hidden = [3], Latent = 2, Epochs = 1 });
        string path = tiny.In("table.gvz");
        tiny.Compress("table.gvz", 1e-9, new CompressionOptions { BlockSize = 50, Lossy = lossy });
        return (File.ReadAllBytes(path), CompressedFile.Open(path).Restore().Pixels);
    }
}
