using System.IO.Hashing;
using GpuVae.Evaluation;
using GpuVae.Files;
using GpuVae.Kernels;

namespace GpuVae.Compression;

/// <summary>What a compressed file is made of, and the file.</summary>
/// <param name="Trained">The run.</param>
/// <param name="Tensors">Its weights.</param>
/// <param name="Blocks">What the blocks take.</param>
/// <param name="Restored">What is restored of them: (n, <paramref name="ExampleBytes"/>) symbols.</param>
/// <param name="ExampleBytes">Bytes of an example's symbols.</param>
/// <param name="Dimensions">Numbers of an example.</param>
/// <param name="Kind">What the symbols are.</param>
/// <param name="LogScale">The logarithm of the likelihood's scale.</param>
internal sealed record CompressedFileWriter(
    TrainedModel Trained, NamedTensor[] Tensors, IReadOnlyList<CodedBlock> Blocks, byte[] Restored, int ExampleBytes, int Dimensions,
    PixelKind Kind, float LogScale)
{
    /// <summary>The columns of a table; null for images.</summary>
    public TableLayout? Table { get; init; }

    /// <summary>How codes are quantised; null where nothing is lost.</summary>
    public CodeSteps? Steps { get; init; }

    /// <summary>The part of all symbols that is a block.</summary>
    /// <param name="block">From 0.</param>
    /// <param name="length">Symbols of all.</param>
    /// <param name="blockLength">Symbols of a whole block.</param>
    public static Range PartOf(int block, int length, int blockLength)
    {
        int start = block * blockLength;
        return start..Math.Min(length, checked(start + Math.Min(blockLength, length - start)));
    }

    /// <summary>Writes the file, and says what it takes.</summary>
    /// <param name="path">The file; one of that name is replaced whole or not at all. Null to write none.</param>
    /// <param name="original">Bytes that the data take uncompressed.</param>
    /// <param name="options">How they were compressed.</param>
    public CompressionReport Write(string? path, long original, CompressionOptions options)
    {
        byte[] embedded = options.IsModelApart ? [] : EmbeddedModel.Write(Trained.Configuration, Tensors);
        var header = new CompressedHeader
        {
            Image = new Shape(Trained.Height, Trained.Width, Trained.Channels),
            Table = Table,
            BucketBits = Steps is null ? options.BucketBits : 0,
            Steps = Steps,
            Kind = Kind,
            IsModelApart = options.IsModelApart,
            ModelName = CompressedHeader.Shortened(Path.GetFileName(Path.TrimEndingDirectorySeparator(Trained.Folder.FullPath))),
            LogScale = LogScale,
            RestoredSum = Crc32.HashToUInt32(Restored),
            ModelLength = embedded.Length,
            ModelHash = CanonicalModel.Hash(Tensors),
            Blocks =
            [
                .. Blocks.Select((block, number) =>
                {
                    ReadOnlySpan<byte> part = Restored.AsSpan(PartOf(number, Restored.Length, options.BlockSize * ExampleBytes));
                    return new BlockEntry(
                        block.Payload.Length, part.Length / ExampleBytes, block.Supplied, Crc32.HashToUInt32(block.Payload),
                        Crc32.HashToUInt32(part));
                }),
            ],
        };
        if (path is not null)
        {
            AtomicFile.Write(path, stream =>
            {
                stream.Write(header.ToArray());
                stream.Write(embedded);
                foreach (CodedBlock block in Blocks)
                    stream.Write(block.Payload);
            });
        }
        return new CompressionReport(
            Restored.Length / ExampleBytes, Dimensions, Blocks.Count,
            header.Length + embedded.Length + Blocks.Sum(block => (long)block.Payload.Length), embedded.Length,
            Blocks.Sum(block => (long)block.Supplied * sizeof(uint)), header.Length, Blocks.Sum(block => block.BoundBits), original);
    }
}
