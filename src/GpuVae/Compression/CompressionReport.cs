namespace GpuVae.Compression;

/// <summary>What a compressed file takes, and how near that comes to what the model promises.</summary>
/// <param name="Images">N.</param>
/// <param name="Dimensions">D, numbers of an image; of a table its columns.</param>
/// <param name="Blocks">Blocks.</param>
/// <param name="FileBytes">The whole file.</param>
/// <param name="ModelBytes">The model's part of it; 0 where it lies elsewhere.</param>
/// <param name="SuppliedBytes">What the first images of the blocks took their codes from: part of the blocks.</param>
/// <param name="HeaderBytes">Header and index of the blocks.</param>
/// <param name="BoundBits">
/// −ELBO of all images in bits, by the codes that were drawn; where something is lost, what the symbols of the codes take by their
/// frequencies.
/// </param>
/// <param name="OriginalBytes">A byte for each number, or a bit where numbers are 0 or 1; of a table four for each, and one for a word.</param>
public sealed record CompressionReport(
    int Images, int Dimensions, int Blocks, long FileBytes, long ModelBytes, long SuppliedBytes, long HeaderBytes, double BoundBits,
    long OriginalBytes)
{
    /// <summary>The columns of a table; null for images.</summary>
    public CompressedTable? Table { get; init; }

    /// <summary>What was lost; null where nothing was.</summary>
    public LossyReport? Lossy { get; init; }

    /// <summary>The file without the model.</summary>
    public long DataBytes => FileBytes - ModelBytes;

    /// <summary>Bits of a number, in the file without the model.</summary>
    public double BitsPerDimension => 8.0 * DataBytes / ((double)Images * Dimensions);

    /// <summary>Bits of an example, in the file without the model.</summary>
    public double BitsPerExample => 8.0 * DataBytes / Images;

    /// <summary>−ELBO in the same unit as <see cref="BitsPerDimension"/>.</summary>
    public double BoundBitsPerDimension => BoundBits / ((double)Images * Dimensions);

    /// <summary>How much more the file without the model takes than −ELBO: 0.01 is one per cent.</summary>
    public double Excess => (8.0 * DataBytes / BoundBits) - 1;
}
