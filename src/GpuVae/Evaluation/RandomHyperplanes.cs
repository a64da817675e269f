using GpuVae.Kernels;

namespace GpuVae.Evaluation;

/// <summary>
/// Hashing without learning (Charikar 2002, "Similarity estimation techniques from rounding algorithms", section 3):
/// bit j of x says on which side of a random hyperplane x lies, [rⱼ·(x − c) > 0] with rⱼ ~ N(0, I). Two points at the
/// angle θ from c differ in a share θ/π of their bits. With the data's mean as c, which sets hyperplanes amid the
/// data, it is the baseline that a learned code has to beat.
/// </summary>
public static class RandomHyperplanes
{
    /// <summary>The normals rⱼ, (bits, D), the same for a seed on every device.</summary>
    /// <param name="bits">Hyperplanes.</param>
    /// <param name="dimensions">D.</param>
    /// <param name="seed">Decides the hyperplanes.</param>
    public static float[] Normals(int bits, int dimensions, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bits);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(dimensions);
        var normals = new float[checked(bits * dimensions)];
        Philox.FillNormal(new RandomSource(seed, RandomPurpose.Hyperplanes), step: 0, normals);
        return normals;
    }

    /// <summary>−rⱼ·c, (bits): what makes a product with the normals a distance from hyperplanes through c.</summary>
    /// <param name="normals">(bits, D).</param>
    /// <param name="center">c (D).</param>
    public static float[] Offsets(ReadOnlySpan<float> normals, ReadOnlySpan<double> center)
    {
        ArgumentOutOfRangeException.ThrowIfZero(center.Length, nameof(center));
        if (normals.Length % center.Length != 0)
            throw new ArgumentException($"Normals of {normals.Length} numbers for {center.Length} dimensions.");
        var offsets = new float[normals.Length / center.Length];
        for (int bit = 0; bit < offsets.Length; bit++)
        {
            double sum = 0;
            for (int i = 0; i < center.Length; i++)
                sum += normals[(bit * center.Length) + i] * center[i];
            offsets[bit] = (float)-sum;
        }
        return offsets;
    }
}
