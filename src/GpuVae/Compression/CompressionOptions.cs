using System.Collections.ObjectModel;

namespace GpuVae.Compression;

/// <summary>How images are compressed.</summary>
public sealed record CompressionOptions
{
    /// <summary><see cref="BucketBits"/> where nobody says.</summary>
    public const int DefaultBucketBits = 12;

    /// <summary>The images of a block where nobody says.</summary>
    public const int DefaultBlockSize = 1000;

    /// <summary>The most bits of <see cref="BucketBits"/>.</summary>
    public const int MostBucketBits = LatentBuckets.MostBits;

    /// <summary>
    /// Images of a block, which can be restored alone and is lost alone; the last may have fewer. Each block costs some dozens of
    /// bytes: the codes of its first image have no bits to come from.
    /// </summary>
    public int BlockSize { get; init; } = DefaultBlockSize;

    /// <summary>
    /// b: a number of a code is one of 2ᵇ that the prior makes equally probable. Narrow posteriors need more, and more cost the first
    /// image of a block b bits for each unit.
    /// </summary>
    public int BucketBits { get; init; } = DefaultBucketBits;

    /// <summary>How much may be lost; null for nothing. Any code will do then, and no likelihood of whole numbers is needed.</summary>
    public LossyTarget? Lossy { get; init; }

    /// <summary>
    /// Of a table: what the numbers of a column are rounded to multiples of, by its name, in the place of the precision of all columns.
    /// Whole numbers and few ones are rounded too where their column is named.
    /// </summary>
    public IReadOnlyDictionary<string, double> ColumnPrecisions { get; init; } = ReadOnlyDictionary<string, double>.Empty;

    /// <summary>Blocks that are worked on at a time. It changes no bit.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Whether the model's weights are left out, so that who restores has to have the run.</summary>
    public bool IsModelApart { get; init; }
}
