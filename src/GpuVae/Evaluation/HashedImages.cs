using GpuVae.Data;

namespace GpuVae.Evaluation;

/// <summary>
/// The addresses of images (Salakhutdinov and Hinton 2009, "Semantic hashing"): a binary code's activations at use,
/// without noise, thresholded at ½.
/// </summary>
/// <param name="Codes">(N, k) bits.</param>
/// <param name="Saturation">
/// The share of all activations within <see cref="Margin"/> of 0 or 1: where it is near 1, thresholding loses little.
/// </param>
public sealed record HashedImages(BitCodes Codes, double Saturation)
{
    /// <summary>How near to 0 or 1 an activation counts as one of them.</summary>
    public const float Margin = 0.1f;

    private const float Threshold = 0.5f;

    /// <summary>Encodes images with a model of binary code.</summary>
    /// <param name="codec">The model.</param>
    /// <param name="images">N of them.</param>
    public static HashedImages Of(Codec codec, ImageSet images)
    {
        ArgumentNullException.ThrowIfNull(codec);
        ArgumentNullException.ThrowIfNull(images);
        float[] activations = codec.Encode(images); // (N, k)
        var codes = new BitCodes(images.Count, activations.Length / images.Count);
        codes.Pack(activations, Threshold, first: 0);
        long saturated = 0;
        foreach (float activation in activations)
            saturated += activation is <= Margin or >= 1 - Margin ? 1 : 0;
        return new HashedImages(codes, (double)saturated / activations.Length);
    }
}
