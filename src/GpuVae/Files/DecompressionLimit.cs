namespace GpuVae.Files;

/// <summary>
/// What compressed data may grow to. A few kilobytes can be made to decompress to gigabytes; data that somebody has
/// measured does not shrink like that (MNIST by a factor of 5, images of flat shapes by about 120).
/// </summary>
internal static class DecompressionLimit
{
    /// <summary>Bytes that anything may grow to.</summary>
    public const long Minimum = 64 << 20;

    /// <summary>How many times its own size a file may grow to beyond that.</summary>
    public const int Ratio = 200;

    /// <summary>The most bytes that <paramref name="compressedLength"/> bytes may become.</summary>
    public static long Of(long compressedLength) => Math.Max(Minimum, compressedLength * Ratio);

    /// <summary>The fault, for a message: what was promised or found, and the limit.</summary>
    public static string Fault(long length, long compressedLength) =>
        $"{compressedLength} compressed bytes that grow to {length} or more are over the limit of "
        + $"{Of(compressedLength)}; where you trust them, give the data uncompressed";
}
