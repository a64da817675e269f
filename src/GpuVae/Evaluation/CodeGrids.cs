using GpuVae.Kernels;

namespace GpuVae.Evaluation;

/// <summary>Codes (n, k) that show what a model has learned, row by row of the picture that is made from them.</summary>
public static class CodeGrids
{
    /// <summary>Draws from the prior N(0, I); the first n are the same however many are drawn.</summary>
    /// <param name="count">n.</param>
    /// <param name="units">k.</param>
    /// <param name="seed">Decides the draws.</param>
    /// <returns>(n, k).</returns>
    public static float[] Prior(int count, int units, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(units);
        var codes = new float[checked(count * units)];
        Philox.FillNormal(new RandomSource(seed, RandomPurpose.Prior), step: 0, codes);
        return codes;
    }
}
