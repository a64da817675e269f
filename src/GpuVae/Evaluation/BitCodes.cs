using GpuVae.Data;

namespace GpuVae.Evaluation;

/// <summary>
/// Codes of bits, packed: bit j of a code is bit j % 64 of its word j / 64, and bits past the last are 0, so that
/// whole words compare.
/// </summary>
public sealed class BitCodes
{
    /// <summary>Bits in a word.</summary>
    public const int WordBits = 64;

    private readonly ulong[] _words; // (N, words of a code)

    /// <summary>N codes of zeros.</summary>
    /// <param name="count">N.</param>
    /// <param name="bits">Bits of a code, at least 1.</param>
    public BitCodes(int count, int bits)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bits);
        Count = count;
        Bits = bits;
        WordsPerCode = (bits + WordBits - 1) / WordBits;
        _words = new ulong[checked(count * WordsPerCode)];
    }

    /// <summary>N, the number of codes.</summary>
    public int Count { get; }

    /// <summary>Bits of a code.</summary>
    public int Bits { get; }

    /// <summary>64-bit words of a code.</summary>
    public int WordsPerCode { get; }

    /// <summary>All words: (<see cref="Count"/>, <see cref="WordsPerCode"/>).</summary>
    public ReadOnlySpan<ulong> Words => _words;

    /// <summary>The words of one code.</summary>
    public ReadOnlySpan<ulong> this[int index] => _words.AsSpan(index * WordsPerCode, WordsPerCode);

    /// <summary>Bit <paramref name="bit"/> of code <paramref name="index"/>.</summary>
    public bool Bit(int index, int bit)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bit);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(bit, Bits);
        return ((this[index][bit / WordBits] >> (bit % WordBits)) & 1) == 1;
    }

    /// <summary>Packs codes from <paramref name="first"/> on: a bit is 1 where its value is above the threshold.</summary>
    /// <param name="values">(rows, <see cref="Bits"/>).</param>
    /// <param name="threshold">½ for the activations of sigmoid units; a value equal to it gives 0.</param>
    /// <param name="first">Where the first row goes.</param>
    /// <exception cref="ArgumentException">The values are no whole number of codes, or do not fit.</exception>
    public void Pack(ReadOnlySpan<float> values, float threshold, int first)
    {
        if (values.Length % Bits != 0)
            throw new ArgumentException($"{values.Length} values are no codes of {Bits} bits.", nameof(values));
        int rows = values.Length / Bits;
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, Count - rows);
        Span<ulong> words = _words.AsSpan(first * WordsPerCode, rows * WordsPerCode);
        words.Clear();
        for (int row = 0; row < rows; row++)
        {
            Span<ulong> code = words.Slice(row * WordsPerCode, WordsPerCode);
            ReadOnlySpan<float> value = values.Slice(row * Bits, Bits);
            for (int bit = 0; bit < value.Length; bit++)
                code[bit / WordBits] |= (value[bit] > threshold ? 1UL : 0UL) << (bit % WordBits);
        }
    }
}

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
