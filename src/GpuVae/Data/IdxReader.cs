using System.Buffers.Binary;
using System.IO.Compression;
using GpuVae.Files;
using GpuVae.Kernels;

namespace GpuVae.Data;

/// <summary>
/// Reads IDX, the format of MNIST and its relatives: a big-endian magic number <c>00 00 type dimensions</c>, one
/// 32-bit size for each dimension, then the elements. Type 08, unsigned bytes, is read; images have three
/// dimensions (N, height, width), coloured ones a fourth of 3, labels have one (N). Gzip is recognised by its first
/// bytes, not by the file's name.
/// </summary>
/// <remarks>
/// Every size is compared with the length of the file before memory is taken for it. Offsets in messages count
/// in the IDX data, that is, behind the decompression.
/// </remarks>
public static class IdxReader
{
    /// <summary>Unsigned bytes in three dimensions.</summary>
    public const uint ImageMagic = 0x00000803;

    /// <summary>Unsigned bytes in four dimensions.</summary>
    public const uint ColouredMagic = 0x00000804;

    /// <summary>Unsigned bytes in one dimension.</summary>
    public const uint LabelMagic = 0x00000801;

    /// <summary>Reads images (N, height, width), or (N, height, width, 3) in red, green and blue.</summary>
    /// <param name="path">A plain or gzip IDX file.</param>
    /// <returns>The images, without labels.</returns>
    /// <exception cref="DataException">The file cannot be read or is damaged; the message says where.</exception>
    public static ImageSet ReadImages(string path) => ReadImages(path, dataMemory: null, tell: null);

    /// <summary>The same, where images may stay in a plain file.</summary>
    /// <param name="path">A plain or gzip IDX file.</param>
    /// <param name="dataMemory">As of <see cref="DataSettings.DataMemory"/>.</param>
    /// <param name="tell">Is told that they do, or null.</param>
    internal static ImageSet ReadImages(string path, long? dataMemory, Action<string>? tell) => Read(path, file =>
    {
        uint magic = ExpectMagic(file, "images", ImageMagic, ColouredMagic);
        int count = ReadDimension(file, "images", "the file holds no images");
        int height = ReadDimension(file, "rows in an image", "an image has 0 rows");
        int width = ReadDimension(file, "columns in an image", "an image has 0 columns");
        int channels = magic == ImageMagic ? 1 : ReadDimension(file, "channels in a pixel", "a pixel has 0 channels");
        if (channels is not (1 or 3))
        {
            throw file.Fault(
                16, $"a pixel has {channels} channels, and the last size has to be 1 (grey) or 3 (red, green, blue)");
        }
        long dimensions = (long)height * width;
        dimensions = dimensions > Array.MaxLength ? dimensions : dimensions * channels;
        decimal bytes = (decimal)count * dimensions;
        if (dimensions <= Array.MaxLength && !file.IsCompressed && MemoryLimit.OfStream(dataMemory, bytes) is long memory)
        {
            file.RequireToEnd((long)bytes);
            MemoryLimit.TellStream(tell, path, bytes, dataMemory, memory);
            return new ImageSet(new FileBytes(path, file.Offset, count, (int)dimensions, memory), height, width, channels);
        }
        if (dimensions > Array.MaxLength || count > Array.MaxLength / dimensions)
        {
            throw file.Fault(
                4,
                $"{count} images of {height}×{width} pixels are over the limit of {Array.MaxLength} bytes"
                + (file.IsCompressed ? "; gunzip it: those of a plain file are read as they are needed" : ""));
        }
        return new ImageSet(file.ReadToEnd((int)(count * dimensions)), labels: null, height, width, channels);
    });

    /// <summary>Reads labels (N).</summary>
    /// <param name="path">A plain or gzip IDX file.</param>
    /// <returns>A byte for each image.</returns>
    /// <exception cref="DataException">The file cannot be read or is damaged; the message says where.</exception>
    public static byte[] ReadLabels(string path) => Read(path, file =>
    {
        ExpectMagic(file, "labels", LabelMagic);
        int count = ReadDimension(file, "labels", "the file holds no labels");
        if (count > Array.MaxLength)
            throw file.Fault(4, $"{count} labels are over the limit of {Array.MaxLength}");
        return file.ReadToEnd(count);
    });

    /// <summary>Whether a file holds IDX images or labels by its first bytes; one that cannot be read does not.</summary>
    internal static bool Recognizes(string path)
    {
        try
        {
            // A pipe has no length; opening it would take from it what somebody else is to read.
            if (new FileInfo(path).Length < sizeof(uint))
                return false;
            using var file = new IdxByteReader(path);
            return file.ReadUInt32() is ImageMagic or ColouredMagic or LabelMagic;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or DataException)
        {
            return false;
        }
    }

    private static T Read<T>(string path, Func<IdxByteReader, T> read)
    {
        try
        {
            using var file = new IdxByteReader(path);
            return read(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: cannot be read: {exception.Message}", exception);
        }
    }

    private static uint ExpectMagic(IdxByteReader file, string what, params ReadOnlySpan<uint> expected)
    {
        uint magic = file.ReadUInt32();
        if (expected.Contains(magic))
            return magic;
        string found = magic switch
        {
            ImageMagic or ColouredMagic => " (images)",
            LabelMagic => " (labels)",
            _ when magic >> 16 == 0 && (magic >> 8) is >= 0x09 and <= 0x0E => " (IDX, but not of unsigned bytes)",
            _ => "",
        };
        throw file.Fault(0, $"the magic number is 0x{magic:x8}{found}, and {what} have 0x{expected[0]:x8}");
    }

    private static int ReadDimension(IdxByteReader file, string what, string zero)
    {
        long offset = file.Offset;
        uint size = file.ReadUInt32();
        return size switch
        {
            0 => throw file.Fault(offset, zero),
            > int.MaxValue => throw file.Fault(offset, $"{size} {what} are more than the format can mean"),
            _ => (int)size,
        };
    }
}

/// <summary>The bytes of one IDX file, decompressed where it is gzip, with the place in them for messages.</summary>
internal sealed class IdxByteReader : IDisposable
{
    // Deflate spends at least one bit on 258 bytes and a little over a bit on a length-distance pair, so that a file
    // can grow by no more than this (zlib's technical notes give 1032:1).
    private const long LargestExpansion = 1032;

    private readonly string _path;
    private readonly FileStream _file;
    private readonly Stream _content;
    private readonly bool _compressed;

    /// <summary>Opens the file and looks whether it is gzip.</summary>
    public IdxByteReader(string path)
    {
        _path = path;
        _file = InputFile.Open(path);
        Span<byte> start = stackalloc byte[2];
        _compressed = _file.ReadAtLeast(start, 2, throwOnEndOfStream: false) == 2 && start is [0x1f, 0x8b];
        _file.Position = 0;
        _content = _compressed ? new GZipStream(_file, CompressionMode.Decompress) : _file;
    }

    /// <summary>Bytes of IDX data read so far.</summary>
    public long Offset { get; private set; }

    /// <summary>Whether the file is gzip.</summary>
    public bool IsCompressed => _compressed;

    /// <summary>The error for a fault at a place in the IDX data.</summary>
    public DataException Fault(long offset, string fault, Exception? cause = null)
    {
        string where = _compressed ? $"offset {offset} (decompressed)" : $"offset {offset}";
        string message = $"{_path}: {where}: {fault}; replace it with an undamaged IDX file";
        return cause is null ? new DataException(message) : new DataException(message, cause);
    }

    /// <summary>Reads four bytes, most significant first.</summary>
    public uint ReadUInt32()
    {
        Span<byte> bytes = stackalloc byte[4];
        int read = ReadAtMost(bytes);
        if (read < bytes.Length)
            throw Fault(Offset, Offset == 0 ? "the file is empty" : "the file ends within its header");
        return BinaryPrimitives.ReadUInt32BigEndian(bytes);
    }

    /// <summary>Refuses a plain file that does not have as many elements as it promises.</summary>
    /// <param name="length">Number of bytes that the header promises.</param>
    public void RequireToEnd(long length)
    {
        if (_file.Length != Offset + length)
            throw LengthFault(length);
    }

    /// <summary>Reads the elements, which have to be all that is left of the file.</summary>
    /// <param name="length">Number of bytes that the header promises.</param>
    public byte[] ReadToEnd(int length)
    {
        if (_file.Length < (_compressed ? length / LargestExpansion : length) || StoredLength() != Offset + length)
            throw LengthFault(length);
        if (_compressed && Offset + length > DecompressionLimit.Of(_file.Length))
            throw LimitFault(Offset + length);
        byte[] bytes = HostArray.Allocate<byte>(length);
        if (ReadAtMost(bytes) < length || ReadAtMost(stackalloc byte[1]) > 0)
            throw new DataException($"{_path}: changed while it was read; try again");
        return bytes;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _content.Dispose();
        _file.Dispose();
    }

    /// <summary>
    /// The length of the IDX data as the file itself records it, known without reading it: a gzip file ends with
    /// its uncompressed length modulo 2³² (RFC 1952), and no IDX data that fits an array reaches that.
    /// </summary>
    private long StoredLength()
    {
        if (!_compressed)
            return _file.Length;
        Span<byte> end = stackalloc byte[4];
        RandomAccess.Read(_file.SafeFileHandle, end, _file.Length - end.Length);
        return BinaryPrimitives.ReadUInt32LittleEndian(end);
    }

    /// <summary>Finds out, in a small buffer, in which way the elements are not as many as promised.</summary>
    private DataException LengthFault(long length)
    {
        long start = Offset;
        long found = _compressed ? CountToEnd(length) : _file.Length - start;
        if (_compressed && Offset > DecompressionLimit.Of(_file.Length))
            return LimitFault(Offset);
        if (found < length)
        {
            return Fault(
                start + found,
                $"truncated: the header promises {length} more bytes than its own {start}, and {found} are there");
        }
        if (found > length)
        {
            return Fault(
                start + length, $"trailing bytes: the {length} that the header promises end here, and more follow");
        }
        return Fault(
            Offset,
            "the gzip file does not end with the length of its content: truncated, of several members, or followed by "
            + "other bytes");
    }

    private DataException LimitFault(long length) => new($"{_path}: {DecompressionLimit.Fault(length, _file.Length)}");

    /// <summary>
    /// Decompresses what is left, or a little more than <paramref name="length"/> bytes of it, or than the limit.
    /// </summary>
    private long CountToEnd(long length)
    {
        long start = Offset;
        var buffer = new byte[1 << 16];
        int read;
        do
        {
            read = ReadAtMost(buffer);
        }
        while (read == buffer.Length && Offset - start <= length && Offset <= DecompressionLimit.Of(_file.Length));
        return Offset - start;
    }

    private int ReadAtMost(Span<byte> bytes)
    {
        int total = 0;
        try
        {
            while (total < bytes.Length)
            {
                int read = _content.Read(bytes[total..]);
                if (read == 0)
                    break;
                total += read;
                Offset += read;
            }
        }
        catch (InvalidDataException exception)
        {
            throw Fault(Offset, "the gzip data is damaged", exception);
        }
        return total;
    }
}
