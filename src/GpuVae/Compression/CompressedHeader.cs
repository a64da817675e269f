using System.Buffers.Binary;
using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;
using GpuVae.Kernels;
using GpuVae.Runs;

namespace GpuVae.Compression;

/// <summary>A block in the index of a compressed file.</summary>
/// <param name="Length">Bytes of its payload.</param>
/// <param name="Images">Images in it.</param>
/// <param name="Supplied">As of <see cref="CodedBlock"/>.</param>
/// <param name="PayloadSum">CRC-32 of the payload.</param>
/// <param name="RestoredSum">CRC-32 of the images, a byte for each number.</param>
internal readonly record struct BlockEntry(int Length, int Images, int Supplied, uint PayloadSum, uint RestoredSum);

/// <summary>
/// What stands before the model and the blocks of a compressed file. All numbers are little-endian:
/// <code>
///  0  magic, 8 bytes            8  u32 version          12  u32 version of the arithmetic
/// 16  u32 height               20  u32 width            24  u32 channels
/// 28  u32 images               32  u32 blocks           36  u8 bits of a code's buckets
/// 37  u8 kind of pixels        38  u8 1: model apart    39  u8 n, bytes of the model's name
/// 40  f32 log scale            44  u32 CRC of all images
/// 48  u64 bytes of the model   56  SHA-256 of its weights
/// 88  the model's name, n bytes of UTF-8
///     of a table: u32 bytes of its columns, and they (<see cref="TableLayoutBytes"/>)
///     where a code has no buckets: u32 bytes of its steps, and they (<see cref="CodeSteps"/>)
///     of each block: u32 bytes, u32 images, u32 supplied words, u32 CRC of the bytes, u32 CRC of the images
///     u32 CRC of everything before
/// </code>
/// Then the model as safetensors, and the blocks.
/// </summary>
internal sealed record CompressedHeader
{
    /// <summary>The latest version of the layout: 1 of images, 2 of tables, 3 of quantised codes.</summary>
    public const int Version = 3;

    /// <summary>Bytes before the model's name.</summary>
    public const int FixedLength = 88;

    /// <summary>The most numbers of a block's images: what restoring one may take in memory.</summary>
    public const int MostBlockNumbers = 1 << 28;

    private const int EntryLength = 20;
    private const int FirstVersion = 1;
    private const int TableVersion = 2;
    private const int MostLength = 1 << 30;
    private const int LongestName = byte.MaxValue;
    private const int MostBlocks = 1 << 22;

    private byte[]? _tableBytes;

    /// <summary>An example.</summary>
    public required Shape Image { get; init; }

    /// <summary>Bits of a code's buckets; 0 where codes are quantised.</summary>
    public required int BucketBits { get; init; }

    /// <summary>How codes are quantised; null where files lose nothing.</summary>
    public CodeSteps? Steps { get; init; }

    /// <summary>What p(x | z) is.</summary>
    public required PixelKind Kind { get; init; }

    /// <summary>Whether the model is not in the file.</summary>
    public required bool IsModelApart { get; init; }

    /// <summary>What the run was called.</summary>
    public required string ModelName { get; init; }

    /// <summary>The logarithm of the likelihood's scale.</summary>
    public required float LogScale { get; init; }

    /// <summary>The columns of a table; null for images.</summary>
    public TableLayout? Table { get; init; }

    /// <summary>CRC-32 of all images.</summary>
    public required uint RestoredSum { get; init; }

    /// <summary>Bytes of the model; 0 where it is apart.</summary>
    public required long ModelLength { get; init; }

    /// <summary>SHA-256 of the model's weights: <see cref="CanonicalModel.Hash"/>.</summary>
    public required byte[] ModelHash { get; init; }

    /// <summary>The blocks in their order.</summary>
    public required IReadOnlyList<BlockEntry> Blocks { get; init; }

    /// <summary>CRC-32 of the header where it was read, which tells the file from any other.</summary>
    public uint Sum { get; private init; }

    /// <summary>Images of all blocks.</summary>
    public int Images => Blocks.Sum(block => block.Images);

    /// <summary>Bytes of the whole file.</summary>
    public long FileLength => Length + ModelLength + Blocks.Sum(block => (long)block.Length);

    /// <summary>Bytes of the header.</summary>
    public int Length =>
        FixedLength + Encoding.UTF8.GetByteCount(ModelName) + TableLength + StepsLength + (Blocks.Count * EntryLength) + sizeof(uint);

    /// <summary>Bytes of an example's symbols.</summary>
    public int ExampleBytes => Table is null ? Image.Size : Table.Variables * sizeof(int);

    private int TableLength => Table is null ? 0 : sizeof(uint) + TableBytes.Length;

    private int StepsLength => Steps is null ? 0 : sizeof(uint) + Steps.Length;

    private byte[] TableBytes => _tableBytes ??= TableLayoutBytes.Of(Table!);

    private static ReadOnlySpan<byte> Magic => [0x89, (byte)'G', (byte)'V', (byte)'Z', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>The longest beginning of a name that fits.</summary>
    public static string Shortened(string name)
    {
        while (Encoding.UTF8.GetByteCount(name) > LongestName)
            name = name[..^(char.IsLowSurrogate(name[^1]) ? 2 : 1)];
        return name;
    }

    /// <summary>Writes it.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Length];
        byte[] name = Encoding.UTF8.GetBytes(ModelName);
        Magic.CopyTo(bytes);
        Put(bytes, 8, (uint)(Steps is not null ? Version : Table is null ? FirstVersion : TableVersion));
        Put(bytes, 12, CanonicalMath.Version);
        Put(bytes, 16, (uint)Image.Height);
        Put(bytes, 20, (uint)Image.Width);
        Put(bytes, 24, (uint)Image.Channels);
        Put(bytes, 28, (uint)Images);
        Put(bytes, 32, (uint)Blocks.Count);
        bytes[36] = (byte)BucketBits;
        bytes[37] = (byte)Kind;
        bytes[38] = IsModelApart ? (byte)1 : (byte)0;
        bytes[39] = checked((byte)name.Length);
        BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(40), LogScale);
        Put(bytes, 44, RestoredSum);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(48), ModelLength);
        ModelHash.CopyTo(bytes, 56);
        name.CopyTo(bytes, FixedLength);
        int at = FixedLength + name.Length;
        if (Table is not null)
        {
            Put(bytes, at, (uint)TableBytes.Length);
            TableBytes.CopyTo(bytes, at + sizeof(uint));
            at += TableLength;
        }
        if (Steps is not null)
        {
            Put(bytes, at, (uint)Steps.Length);
            Steps.ToArray().CopyTo(bytes, at + sizeof(uint));
            at += StepsLength;
        }
        foreach (BlockEntry block in Blocks)
        {
            uint[] numbers = [(uint)block.Length, (uint)block.Images, (uint)block.Supplied, block.PayloadSum, block.RestoredSum];
            foreach (uint number in numbers)
            {
                Put(bytes, at, number);
                at += sizeof(uint);
            }
        }
        Put(bytes, at, Crc32.HashToUInt32(bytes.AsSpan(0, at)));
        return bytes;
    }

    /// <summary>Reads it, and checks it against the length of the file.</summary>
    /// <param name="path">For messages.</param>
    /// <param name="stream">At its beginning; afterwards behind the header.</param>
    /// <exception cref="CompressedFileException">It is none.</exception>
    public static CompressedHeader Read(string path, Stream stream)
    {
        CompressedFileException Fault(string what) => new(
            CompressedFileFault.Damaged, path, $"damaged: {what}; take the file from a copy");
        var start = new byte[FixedLength];
        int read = stream.ReadAtLeast(start, FixedLength, throwOnEndOfStream: false);
        if (!start.AsSpan(0, read).StartsWith(Magic))
            throw new CompressedFileException(CompressedFileFault.OtherKind, path, "is no file that gpuvae compress wrote; give one");
        if (read < FixedLength)
            throw Fault("it ends in its header");
        (uint version, uint arithmetic) = (Get(start, 8), Get(start, 12));
        if (version > Version || arithmetic > CanonicalMath.Version)
        {
            throw new CompressedFileException(
                CompressedFileFault.Newer, path,
                $"has layout {version} and arithmetic {arithmetic}, and GpuVae {RunConfiguration.Version} reads {Version} and "
                + $"{CanonicalMath.Version}; take a newer GpuVae");
        }
        uint count = Get(start, 32);
        long table = start[37] == (byte)PixelKind.Table ? sizeof(uint) + (long)LengthAt(stream, FixedLength + start[39]) : 0;
        long steps = start[36] > 0 ? 0 : sizeof(uint) + (long)LengthAt(stream, FixedLength + start[39] + table);
        long rest = start[39] + table + steps + ((long)count * EntryLength) + sizeof(uint);
        if (count > MostBlocks || rest > stream.Length - FixedLength || rest > MostLength)
            throw Fault("it ends in its index");
        var bytes = new byte[FixedLength + rest];
        start.CopyTo(bytes, 0);
        stream.Position = FixedLength;
        stream.ReadExactly(bytes.AsSpan(FixedLength));
        if (Get(bytes, bytes.Length - sizeof(uint)) != Crc32.HashToUInt32(bytes.AsSpan(0, bytes.Length - sizeof(uint))))
            throw Fault("its header has another checksum than it was written with");
        return Parse(bytes, version == 0 || arithmetic == 0) ?? throw Fault("its header says what cannot be");
    }

    /// <summary>Whether a file is still the one that this was read from.</summary>
    /// <param name="stream">The file.</param>
    public bool IsOf(Stream stream)
    {
        var sum = new byte[sizeof(uint)];
        stream.Position = Length - sum.Length;
        return stream.ReadAtLeast(sum, sum.Length, throwOnEndOfStream: false) == sum.Length && Get(sum, 0) == Sum;
    }

    private static CompressedHeader? Parse(byte[] bytes, bool isOlder)
    {
        uint[] sizes = [Get(bytes, 16), Get(bytes, 20), Get(bytes, 24)];
        decimal dimensions = sizes.Aggregate(1m, (product, size) => product * size);
        float logScale = BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(40));
        long modelLength = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(48));
        bool isApart = bytes[38] == 1, isTable = bytes[37] == (byte)PixelKind.Table;
        if (isOlder || dimensions is < 1 or > MostBlockNumbers || bytes[36] > LatentBuckets.MostBits
            || !Enum.IsDefined((PixelKind)bytes[37]) || bytes[38] > 1 || !(Math.Abs(logScale) < 100) || modelLength < 0
            || modelLength == 0 != isApart)
        {
            return null;
        }
        var image = new Shape((int)sizes[0], (int)sizes[1], (int)sizes[2]);
        int at = FixedLength + bytes[39];
        TableLayout? table = null;
        if (isTable)
        {
            int length = (int)Get(bytes, at);
            table = TableLayoutBytes.Read(bytes[(at + sizeof(uint))..(at + sizeof(uint) + length)], image);
            at += sizeof(uint) + length;
            if (table is null || Get(bytes, 8) < TableVersion)
                return null;
            dimensions = Math.Max(dimensions, (decimal)table.Variables * sizeof(int));
        }
        CodeSteps? steps = null;
        bool isLossy = bytes[36] == 0;
        if (isLossy)
        {
            int length = (int)Get(bytes, at);
            steps = CodeSteps.Read(bytes.AsSpan(at + sizeof(uint), length));
            at += sizeof(uint) + length;
            if (steps is null || Get(bytes, 8) < Version || (!isTable && bytes[37] != (byte)PixelKind.Mean))
                return null;
        }
        else if (bytes[37] == (byte)PixelKind.Mean)
        {
            return null;
        }
        var blocks = new BlockEntry[Get(bytes, 32)];
        long images = 0;
        for (int i = 0; i < blocks.Length; i++, at += EntryLength)
        {
            (uint length, uint held, uint supplied) = (Get(bytes, at), Get(bytes, at + 4), Get(bytes, at + 8));
            if (length > Array.MaxLength || held == 0 || (isLossy && supplied > 0) || held * dimensions > MostBlockNumbers || supplied > length / sizeof(uint))
                return null;
            blocks[i] = new BlockEntry((int)length, (int)held, (int)supplied, Get(bytes, at + 12), Get(bytes, at + 16));
            images += held;
        }
        if (images != Get(bytes, 28) || images > int.MaxValue)
            return null;
        return new CompressedHeader
        {
            Image = image,
            Table = table,
            BucketBits = bytes[36],
            Steps = steps,
            Kind = (PixelKind)bytes[37],
            IsModelApart = isApart,
            ModelName = Encoding.UTF8.GetString(bytes.AsSpan(FixedLength, bytes[39])),
            LogScale = logScale,
            Sum = Get(bytes, bytes.Length - sizeof(uint)),
            RestoredSum = Get(bytes, 44),
            ModelLength = modelLength,
            ModelHash = bytes[56..(56 + SHA256.HashSizeInBytes)],
            Blocks = blocks,
        };
    }

    /// <summary>A number that says how much follows; 0 where the file ends before.</summary>
    private static uint LengthAt(Stream stream, long position)
    {
        var length = new byte[sizeof(uint)];
        stream.Position = Math.Min(position, stream.Length);
        return stream.ReadAtLeast(length, length.Length, throwOnEndOfStream: false) == length.Length ? Get(length, 0) : 0;
    }

    private static uint Get(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static void Put(Span<byte> bytes, int at, uint number) => BinaryPrimitives.WriteUInt32LittleEndian(bytes[at..], number);
}
