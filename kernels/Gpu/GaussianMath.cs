namespace GpuVae.Kernels.Gpu;

/// <summary>What the kernels of gaussian codes share. Comparisons are written so that NaN stays NaN.</summary>
internal static class GaussianMath
{
    /// <summary>log σ² within ±<see cref="GaussianCode.LogVarianceLimit"/>.</summary>
    public static float ClampLogVariance(float logVariance)
    {
        float bounded = logVariance > GaussianCode.LogVarianceLimit ? GaussianCode.LogVarianceLimit : logVariance;
        return bounded < -GaussianCode.LogVarianceLimit ? -GaussianCode.LogVarianceLimit : bounded;
    }

    /// <summary>d = log Lⱼⱼ within ±<see cref="GaussianCode.LogDeviationLimit"/>.</summary>
    public static float ClampLogDeviation(float d)
    {
        float bounded = d > GaussianCode.LogDeviationLimit ? GaussianCode.LogDeviationLimit : d;
        return bounded < -GaussianCode.LogDeviationLimit ? -GaussianCode.LogDeviationLimit : bounded;
    }

    /// <summary>Where row <paramref name="unit"/> of L begins among the entries below the diagonal.</summary>
    public static int RowStart(int unit) => unit * (unit - 1) / 2;

    /// <summary>Normal number <paramref name="index"/> of a block of random words.</summary>
    public static float Normal(PhiloxWords words, int index)
    {
        (float n0, float n1, float n2, float n3) = Philox.Normals(words);
        float even = index == 0 ? n0 : n2;
        float odd = index == 1 ? n1 : n3;
        return index % 2 == 0 ? even : odd;
    }
}
